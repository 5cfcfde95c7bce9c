package workspace

import (
	"testing"

	"github.com/spf13/pflag"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestAPathOfACheckoutIsOnePathToTheEngine(t *testing.T) {
	for _, path := range []string{"/home/ops/odooops", "/srv/acme, inc/odooops", `/srv/the "new" one/odooops`, "/srv/ first"} {
		var got []string
		flags := pflag.NewFlagSet("pulumi", pflag.ContinueOnError)
		flags.StringSliceVar(&got, "policy-pack", nil, "")
		require.NoError(t, flags.Parse([]string{"--policy-pack=" + listed(path)}))
		assert.Equal(t, []string{path}, got)
	}
}

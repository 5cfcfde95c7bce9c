package provider

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	rpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

func check(t *testing.T, s *server, olds, news Props, seed string) (Props, []*rpc.CheckFailure) {
	oldStruct, err := encode(olds, nil)
	require.NoError(t, err)
	newStruct, err := encode(news, nil)
	require.NoError(t, err)
	resp, err := s.Check(context.Background(), &rpc.CheckRequest{
		Urn: urn(dropletType), Olds: oldStruct, News: newStruct, RandomSeed: []byte(seed),
	})
	require.NoError(t, err)
	inputs, _, err := decode(resp.GetInputs())
	require.NoError(t, err)
	return inputs, resp.GetFailures()
}

func TestAResourceIsNamedOnce(t *testing.T) {
	s := digitalOcean(t)
	program := Props{"image": "debian-13-x64", "size": "s-1vcpu-1gb"}
	first, failures := check(t, s, nil, program, "a")
	require.Empty(t, failures)
	require.Regexp(t, `^n-[0-9a-f]{7}$`, first.String("name"))
	second, _ := check(t, s, first, program, "b")
	require.Equal(t, first, second)
}

func TestAReplacementGetsAnotherName(t *testing.T) {
	s := digitalOcean(t)
	program := Props{"image": "debian-13-x64", "size": "s-1vcpu-1gb"}
	first, _ := check(t, s, nil, program, "a")
	second, _ := check(t, s, nil, program, "b")
	require.NotEqual(t, first.String("name"), second.String("name"))
}

func TestCheckNamesWhatIsMissingAndWhatIsUnknown(t *testing.T) {
	_, failures := check(t, digitalOcean(t), nil, Props{"image": "debian-13-x64", "siez": "s"}, "a")
	var keys []string
	for _, f := range failures {
		keys = append(keys, f.GetProperty())
	}
	require.Equal(t, []string{"siez", "size"}, keys)
}

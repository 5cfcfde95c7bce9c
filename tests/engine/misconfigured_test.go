package engine

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"
)

// scenario is a file of testdata/misconfigured: one mistake, and the key that
// the one error has to name.
type scenario struct {
	Stack string         `yaml:"stack"`
	Set   map[string]any `yaml:"set"` // null removes the key
	Key   string         `yaml:"key"`
}

// TestMisconfigured: each mistake is one error that names its key, by both
// ways in, before anything is created.
func TestMisconfigured(t *testing.T) {
	c := newCloud(t)
	c.up(t)
	before := c.records(t)
	files, err := filepath.Glob("testdata/misconfigured/*.yaml")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".yaml"), func(t *testing.T) {
			var s scenario
			content, err := os.ReadFile(file)
			require.NoError(t, err)
			require.NoError(t, yaml.Unmarshal(content, &s))

			config := filepath.Join(c.Dir, "Pulumi."+s.Stack+".yaml")
			good, err := os.ReadFile(config)
			require.NoError(t, err)
			defer func() { require.NoError(t, os.WriteFile(config, good, 0o600)) }()
			c.config(t, s.Stack, s.Set)

			r := c.Run(t, "bin/odooops", "up", s.Stack)
			assert.Equal(t, 2, r.Code, "wrong config is exit code 2")
			assert.Contains(t, r.Stderr, s.Key)
			assert.Equal(t, before, c.records(t), "nothing was created")
		})
	}
	t.Run("the program itself refuses too", func(t *testing.T) {
		c.config(t, "production", map[string]any{"odooops:sise": "s-2vcpu-4gb"})
		r := c.Pulumi(t, "preview", "-s", "production")
		assert.NotZero(t, r.Code)
		assert.Contains(t, r.All(), "odooops:sise")
	})
}

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// run runs the CLI in an empty checkout with one stack file.
func run(t *testing.T, stackConfig string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "Pulumi.yaml"), []byte("name: odooops\nruntime: go\n"), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "Pulumi.platform.yaml"), []byte(stackConfig), 0o600))
	var out, errOut bytes.Buffer
	a := &app{out: &out, err: &errOut, getenv: func(string) string { return "" }}
	code = a.run(context.Background(), append(args, "--cwd", dir))
	return code, out.String(), errOut.String()
}

const platformConfig = "config:\n  odooops:kind: platform\n  odooops:domain: example.com\n  odooops:region: fra1\n  odooops:adminCidrs: [10.0.0.0/8]\n"

func TestWrongUsageExitsWithTwo(t *testing.T) {
	for _, args := range [][]string{{"nonsense"}, {"up"}, {"up", "a", "b"}, {"up", "--nonsense", "platform"}, {"local", "nonsense"}, {"up", "absent"}} {
		code, _, _ := run(t, platformConfig, args...)
		assert.Equal(t, 2, code, "%v", args)
	}
}

func TestWrongConfigNamesTheKeyAndExitsWithTwo(t *testing.T) {
	code, _, stderr := run(t, platformConfig+"  odooops:colour: red\n", "up", "platform")
	assert.Equal(t, 2, code)
	assert.Contains(t, stderr, "odooops:colour")
}

func TestAMissingSecretNamesInit(t *testing.T) {
	code, _, stderr := run(t, platformConfig, "preview", "platform")
	assert.Equal(t, 2, code)
	assert.Contains(t, stderr, "odooops init")
}

func TestJSONIsOneObjectOnStdoutAlsoForAnError(t *testing.T) {
	code, stdout, _ := run(t, platformConfig, "up", "platform", "--json")
	assert.Equal(t, 2, code)
	var v map[string]string
	require.NoError(t, json.Unmarshal([]byte(stdout), &v))
	assert.NotEmpty(t, v["error"])
	assert.NotEmpty(t, v["next"])
}

func TestLocalStatusWithoutACloud(t *testing.T) {
	code, stdout, _ := run(t, platformConfig, "local", "status", "--json")
	assert.Equal(t, 0, code)
	assert.JSONEq(t, `{"running":false}`, stdout)
}

func TestInitDryRunMakesNothing(t *testing.T) {
	code, stdout, _ := run(t, platformConfig, "init", "--dry-run", "--json")
	assert.Equal(t, 0, code)
	assert.Contains(t, stdout, "sshOperatorKey")
}

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
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

func TestImagesAreSetWhereverTheyRun(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
	}
	write("Pulumi.yaml", "name: odooops\nruntime: go\n")
	for _, kind := range []string{"platform", "production", "staging", "preview-host", "preview"} {
		write("Pulumi."+kind+".yaml", "config:\n  odooops:kind: "+kind+"\n")
	}
	images := func(args ...string) (int, map[string][]string) {
		var out, errOut bytes.Buffer
		a := &app{out: &out, err: &errOut, getenv: func(string) string { return "" }}
		code := a.run(context.Background(), append(append([]string{"images"}, args...), "--cwd", dir, "--json"))
		set := map[string][]string{}
		_ = json.Unmarshal(out.Bytes(), &set)
		return code, set
	}
	digest := "@sha256:" + strings.Repeat("1", 64)
	refs := []string{"odoo=r/odoo" + digest, "traefik=r/traefik" + digest, "mailhog=r/mailhog" + digest}
	want := map[string][]string{
		"platform": {"traefik"}, "production": {"odoo", "traefik"}, "staging": {"odoo", "traefik", "mailhog"},
		"preview-host": {"traefik"}, "preview": {"odoo", "mailhog"},
	}
	code, set := images(append(refs, "--dry-run")...)
	assert.Zero(t, code)
	assert.Equal(t, want, set)
	_, set = images(refs...)
	assert.Equal(t, want, set, "a dry run changed nothing")
	_, set = images(refs...)
	assert.Empty(t, set)
	code, _ = images("nginx=r/nginx" + digest)
	assert.Equal(t, 2, code)
	code, _ = images("odoo")
	assert.Equal(t, 2, code)
}

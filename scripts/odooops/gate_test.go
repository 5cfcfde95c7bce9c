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

	"github.com/odooops/odooops/ops/gate"
)

// runGate runs a gate in a folder that is no checkout of this program.
func runGate(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	t.Chdir(t.TempDir())
	var out, errs bytes.Buffer
	a := &app{out: &out, err: &errs, getenv: func(string) string { return "" }}
	code = a.run(context.Background(), append([]string{"gate"}, args...))
	return code, out.String(), errs.String()
}

// samples are the arguments that make a gate look at one of its own.
func samples(t *testing.T) map[string]func(which string) []string {
	t.Helper()
	data, err := filepath.Abs("../../ops/gate/testdata")
	require.NoError(t, err)
	all := map[string]func(string) []string{
		"db-objects": func(which string) []string {
			return []string{"--list", filepath.Join(data, "db-objects", which, map[string]string{"good": "plain.list", "bad": "words.list"}[which])}
		},
	}
	for _, name := range []string{"addons-paths", "dockerfile", "smtp", "crons", "mask", "neutralize"} {
		all[name] = func(which string) []string { return []string{"--dir", filepath.Join(data, name, which)} }
	}
	return all
}

func TestAGateExitsWithOneForItsBadSampleAndWithZeroForTheGood(t *testing.T) {
	for name, args := range samples(t) {
		code, stdout, stderr := runGate(t, append([]string{name}, args("good")...)...)
		assert.Equal(t, 0, code, "%s: %s%s", name, stdout, stderr)
		assert.Contains(t, stdout, name+": nothing found")
		code, _, stderr = runGate(t, append([]string{name}, args("bad")...)...)
		assert.Equal(t, 1, code, name)
		assert.Contains(t, stderr, "error: gate "+name+": ")
		assert.Contains(t, stderr, "next: ")
	}
}

func TestAGateOfAnEmptyFolderOrNoneIsNoPass(t *testing.T) {
	for name := range samples(t) {
		if name == "db-objects" {
			continue
		}
		code, _, _ := runGate(t, name, "--dir", t.TempDir())
		assert.Equal(t, 1, code, "%s of an empty folder", name)
		code, _, stderr := runGate(t, name, "--dir", filepath.Join(t.TempDir(), "absent"))
		assert.Equal(t, 2, code, "%s of no folder: %s", name, stderr)
	}
	code, _, _ := runGate(t, "db-objects")
	assert.Equal(t, 2, code, "db-objects of nothing")
}

func TestAGatesJSONIsOneArrayAlsoWhenNothingIsFound(t *testing.T) {
	args := samples(t)["smtp"]
	for which, want := range map[string]bool{"good": false, "bad": true} {
		_, stdout, _ := runGate(t, append([]string{"smtp", "--json"}, args(which)...)...)
		var findings []gate.Finding
		require.NoError(t, json.Unmarshal([]byte(stdout), &findings), stdout)
		assert.NotNil(t, findings)
		assert.Equal(t, want, len(findings) > 0)
	}
}

func TestAGateWritesJUnitAlsoWhenItCouldNotLook(t *testing.T) {
	args, file := samples(t)["crons"], filepath.Join(t.TempDir(), "junit.xml")
	for which, want := range map[string]string{"good": `failures="0"`, "bad": `<failure message=`} {
		_, _, _ = runGate(t, append([]string{"crons", "--junit", file}, args(which)...)...)
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		assert.Contains(t, string(text), want)
	}
	code, _, _ := runGate(t, "crons", "--dir", t.TempDir(), "--junit", file)
	assert.Equal(t, 1, code)
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	assert.Contains(t, string(text), `<error message=`)
	code, _, stderr := runGate(t, append([]string{"crons", "--junit", filepath.Join(t.TempDir(), "a", "b")}, args("good")...)...)
	assert.Equal(t, 1, code)
	assert.Contains(t, stderr, "give --junit a file that can be written")
}

// What a user reads must know every gate there is.
func TestEveryGateIsInTheDocs(t *testing.T) {
	text, err := os.ReadFile("../../docs/gates.md")
	require.NoError(t, err)
	for _, g := range (&app{}).gates() {
		assert.True(t, bytes.Contains(text, []byte("\n## "+g.name+"\n")), "docs/gates.md has no section %s", g.name)
	}
}

package main

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/odooops/odooops/tests/workflows"
)

// TestEachStepOfTheGatesWorkflowRefusesItsBadSampleAndLetsTheGoodOnePass runs the
// commands as they stand in the file, beside a checkout as the workflow makes it.
func TestEachStepOfTheGatesWorkflowRefusesItsBadSampleAndLetsTheGoodOnePass(t *testing.T) {
	all, err := workflows.All("../..")
	require.NoError(t, err)
	data, err := filepath.Abs("../../ops/gate/testdata")
	require.NoError(t, err)
	seen := map[string]bool{}
	for _, step := range all["gates.yml"].Jobs["gates"].Steps {
		args, ours := strings.CutPrefix(step.Run, "bin/odooops ")
		if !ours {
			continue
		}
		gate := strings.Fields(args)[1]
		seen[gate] = true
		for which, want := range map[string]int{"good": 0, "bad": 1} {
			t.Chdir(t.TempDir())
			values := strings.NewReplacer(`"$COMMITS"`, "all", `"$IMAGE"`, "acme/odoo", `"$TRIVY"`, trivy(t, which))
			checkedOut(t, gate, which, filepath.Join(data, gate, which))
			var out, errs bytes.Buffer
			a := &app{out: &out, err: &errs, getenv: os.Getenv}
			code := a.run(context.Background(), strings.Fields(values.Replace(args)))
			assert.Equal(t, want, code, "%s, %s: %s%s", gate, which, out.String(), errs.String())
			assert.FileExists(t, "gate-"+gate+".xml")
		}
	}
	for _, g := range (&app{}).gates() {
		switch g.name {
		case "db-objects": // looks at a database: database-gates.yml
		case "modules": // has a workflow of its own
		default:
			assert.True(t, seen[g.name], "gates.yml has no step for %s", g.name)
		}
	}
}

// checkedOut makes .odooops/checked: the gate's sample, in git.
func checkedOut(t *testing.T, gate, which, sample string) {
	t.Helper()
	dir := ".odooops/checked"
	require.NoError(t, os.MkdirAll(dir, 0o755))
	switch gate {
	case "image":
	case "secrets":
		text := map[string]string{"good": "nothing", "bad": "token = \"ghp_" + "1a2B3c4D5e6F7g8H9i0J1k2L3m4N5o6P7q8R\"\n"}[which]
		require.NoError(t, os.WriteFile(filepath.Join(dir, "settings.py"), []byte(text), 0o600))
	default:
		require.NoError(t, os.CopyFS(dir, os.DirFS(sample)))
	}
	git := "git init -q && git add -A && git -c user.name=ada -c user.email=ada@example.com commit -q --allow-empty -m one"
	cmd := exec.Command("sh", "-c", git)
	cmd.Dir = dir
	printed, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", printed)
}

// trivy is a program that prints Trivy's result of an image: without a finding,
// or with one that has a fix.
func trivy(t *testing.T, which string) string {
	t.Helper()
	found := map[string]string{"good": "", "bad": `{"VulnerabilityID":"CVE-2026-1","PkgName":"libssl3","InstalledVersion":"1","FixedVersion":"2","Severity":"HIGH"}`}[which]
	result := `{"SchemaVersion":2,"Metadata":{"OS":{"Family":"debian","Name":"13.1"}},"Results":[{"Target":"acme/odoo","Vulnerabilities":[` + found + `]}]}`
	program := filepath.Join(t.TempDir(), "trivy")
	require.NoError(t, os.WriteFile(program, []byte("#!/bin/sh\ncat <<'EOF'\n"+result+"\nEOF\n"), 0o755))
	return program
}

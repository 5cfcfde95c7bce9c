package bench

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/odooops/odooops/tests/checkout"
)

// BenchmarkGates: each `odooops gate` on an add-ons repository of 500 modules,
// from start to exit. db-objects reads a list of 7,000 objects, not a database;
// image reads a result of 400 findings, and Trivy's own time is not in it.
// secrets looks at the 300 modules that are the repository's own.
func BenchmarkGates(b *testing.B) {
	odooops := filepath.Join(checkout.Root(b), "bin/odooops")
	dir := addonsTree(b, odooops)
	special := map[string][]string{
		"mask":       {"--dir", dir, "--manifest", manifest(b, dir)},
		"db-objects": {"--list", objects(b)},
		"image":      {"--image", "acme/odoo", "--trivy", trivyResult(b), "--dir", dir},
	}
	for _, gate := range gates(b, odooops) {
		args := append([]string{"gate", gate}, special[gate]...)
		if special[gate] == nil {
			args = append(args, "--dir", dir)
		}
		b.Run(gate, func(b *testing.B) {
			var took []time.Duration
			for range 5 {
				began := time.Now()
				out, err := exec.Command(odooops, args...).CombinedOutput()
				took = append(took, time.Since(began))
				require.NoError(b, err, "%s", out)
			}
			report(b, took, "s")
		})
	}
}

// gates are those that the program has, so that a new one is measured too.
func gates(b *testing.B, odooops string) []string {
	b.Helper()
	help := checkout.Output(b, "", odooops, "gate", "--help")
	_, list, ok := strings.Cut(help, "Available Commands:\n")
	require.True(b, ok, help)
	list, _, _ = strings.Cut(list, "\n\n")
	var names []string
	for _, line := range regexp.MustCompile(`(?m)^  ([a-z-]+) `).FindAllStringSubmatch(list, -1) {
		names = append(names, line[1])
	}
	require.Greater(b, len(names), 5)
	slices.Sort(names)
	return names
}

// manifest is a masking manifest that knows the tables of every module.
func manifest(b *testing.B, dir string) string {
	b.Helper()
	to := b.TempDir()
	for _, pattern := range []string{"addons/ipai/*", "addons/external/oca/*/*_part_*"} {
		modules, err := filepath.Glob(filepath.Join(dir, pattern))
		require.NoError(b, err)
		require.NotEmpty(b, modules)
		for _, m := range modules {
			name := filepath.Base(m)
			text := fmt.Sprintf("module: %[1]s\ntables:\n  %[1]s_part: truncate\n  %[1]s_line: truncate\n", name)
			require.NoError(b, os.WriteFile(filepath.Join(to, name+".yaml"), []byte(text), 0o644))
		}
	}
	return to
}

func objects(b *testing.B) string {
	b.Helper()
	var list strings.Builder
	for i := range 7000 {
		fmt.Fprintf(&list, "table acme_part_%d\n", i)
	}
	file := filepath.Join(b.TempDir(), "objects")
	require.NoError(b, os.WriteFile(file, []byte(list.String()), 0o644))
	return file
}

// trivyResult is a program that prints what Trivy would of an image whose 400
// findings have no fix yet.
func trivyResult(b *testing.B) string {
	b.Helper()
	var found []string
	for i := range 400 {
		found = append(found, fmt.Sprintf(`{"VulnerabilityID": "CVE-2026-%04d", "PkgName": "lib%d", "InstalledVersion": "1", "Severity": "HIGH", "Title": "lib%d: something"}`, i, i, i))
	}
	result := `{"SchemaVersion": 2, "Metadata": {"OS": {"Family": "debian", "Name": "13.1"}}, "Results": [{"Target": "acme/odoo (debian 13.1)", "Vulnerabilities": [` + strings.Join(found, ",") + `]}]}`
	dir := b.TempDir()
	require.NoError(b, os.WriteFile(filepath.Join(dir, "result"), []byte(result), 0o644))
	program := filepath.Join(dir, "trivy")
	require.NoError(b, os.WriteFile(program, []byte("#!/bin/sh\ncat "+filepath.Join(dir, "result")+"\n"), 0o755))
	return program
}

package gate

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var today = time.Date(2026, 6, 15, 12, 0, 0, 0, time.UTC)

// trivy stands in for the program: it prints a result as Trivy does, and notes
// how it was called.
func trivy(t *testing.T, result string) (program, called string) {
	t.Helper()
	dir := t.TempDir()
	abs, err := filepath.Abs(filepath.Join("testdata/image", result))
	require.NoError(t, err)
	program, called = filepath.Join(dir, "trivy"), filepath.Join(dir, "called")
	script := "#!/bin/sh\n{ echo \"$@\"; pwd; ls -A; env; } >" + called + "\ncat " + abs + "\n"
	require.NoError(t, os.WriteFile(program, []byte(script), 0o755))
	return program, called
}

func imageOf(t *testing.T, result string, files map[string]string) Image {
	t.Helper()
	program, _ := trivy(t, result)
	return Image{Image: "odoo:pr-7", Trivy: program, Dir: tempTree(t, files), MaxAge: 7 * 24 * time.Hour, Now: func() time.Time { return today }}
}

func TestImagePassesWhatHasNoFixOrIsNotSevere(t *testing.T) {
	assert.Empty(t, found(t, imageOf(t, "good/result.json", nil)))
}

func TestImageFailsWhatIsSevereAndFixed(t *testing.T) {
	assert.Equal(t, []string{
		"fail odoo:pr-7 (debian 13.1): libssl3t64 3.5.1-1 CVE-2026-0001 is critical: openssl: reads past the end",
		"fail usr/lib/python3/dist-packages: lxml 5.3.0 CVE-2026-0002 is high: lxml: follows entities",
	}, found(t, imageOf(t, "bad/result.json", nil)))
}

func TestImageFailsADistributionWithoutFixes(t *testing.T) {
	assert.Equal(t, []string{"fail odoo:pr-7: debian 9.13 gets no more fixes: what is broken there is not found either"},
		found(t, imageOf(t, "bad/eosl.json", nil)))
}

func TestImageWarnsOfADistributionThatIsNotKnown(t *testing.T) {
	got := found(t, imageOf(t, "bad/unknown.json", nil))
	require.Len(t, got, 1)
	assert.Contains(t, got[0], "warn odoo:pr-7: Trivy doesn't know its distribution")
}

const entry = `vulnerabilities:
  - id: CVE-2026-0001
    expired_at: %s
    statement: no TLS server runs in it
  - id: CVE-2026-0002
    purls: [%s]
    expired_at: 2026-07-01
    statement: reads only its own files
`

func ignoring(until, purl string) map[string]string {
	return map[string]string{".trivyignore.yaml": strings.Replace(strings.Replace(entry, "%s", until, 1), "%s", purl, 1)}
}

func TestImageIgnoresUntilADay(t *testing.T) {
	got := found(t, imageOf(t, "bad/result.json", ignoring("2026-06-16", "pkg:pypi/lxml")))
	require.Len(t, got, 2)
	assert.True(t, strings.HasPrefix(got[0], "warn ") && strings.HasSuffix(got[0], "; ignored until 2026-06-16: no TLS server runs in it"), got[0])
	assert.True(t, strings.HasPrefix(got[1], "warn "), got[1])

	got = found(t, imageOf(t, "bad/result.json", ignoring("2026-06-15", "pkg:pypi/lxml@5.3.0")))
	require.Len(t, got, 2)
	assert.True(t, strings.HasPrefix(got[0], "fail ") && strings.HasSuffix(got[0], "; it was ignored until 2026-06-15"), got[0])
	assert.True(t, strings.HasPrefix(got[1], "warn "), got[1])
}

func TestImageIgnoresNoOtherPackage(t *testing.T) {
	got := found(t, imageOf(t, "bad/result.json", ignoring("2026-06-16", "pkg:pypi/lx")))
	require.Len(t, got, 3)
	assert.Equal(t, "warn .trivyignore.yaml:5: CVE-2026-0002 is ignored, and the image does not have it", got[0])
	assert.True(t, strings.HasPrefix(got[2], "fail usr/lib/python3/dist-packages: lxml"), got[2])
}

func TestImageRefusesToIgnoreForEver(t *testing.T) {
	for text, want := range map[string]string{
		"- id: CVE-1\n  statement: x\n":                           "line 2: CVE-1 has no expired_at",
		"- id: CVE-1\n  expired_at: 2026-07-01\n":                 "CVE-1 has no statement",
		"- expired_at: 2026-07-01\n  statement: x\n":              "an entry has no id",
		"- id: CVE-1\n  expired_at: 2027-07-01\n  statement: x\n": "more than 90 days",
		"- id: CVE-1\n  expired_at: soon\n  statement: x\n":       "cannot parse \"soon\"",
		"- id: CVE-1\n  paths: [a]\n  expired_at: 2026-07-01\n":   "unknown key paths",
		"misconfigurations: []\n":                                 "field misconfigurations not found",
	} {
		if strings.HasPrefix(text, "-") {
			text = "vulnerabilities:\n" + text
		}
		assert.Contains(t, refused(t, imageOf(t, "good/result.json", map[string]string{".trivyignore.yaml": text})), want)
	}
	got := found(t, imageOf(t, "good/result.json", map[string]string{".trivyignore": "CVE-2026-0001\n"}))
	assert.Equal(t, []string{"warn .trivyignore: it is not read: its entries have no end"}, got)
}

// database is a folder as Trivy leaves it.
func database(updated, content string) map[string]string {
	return map[string]string{"db/metadata.json": `{"Version": 2, "NextUpdate": "2026-06-16T00:00:00Z", "UpdatedAt": "` + updated + `"}`, "db/trivy.db": content}
}

func TestImageUsesADatabaseWithoutANetwork(t *testing.T) {
	t.Setenv("DIGITALOCEAN_TOKEN", "not for Trivy")
	program, called := trivy(t, "good/result.json")
	g := imageOf(t, "good/result.json", map[string]string{"trivy.yaml": "severity: LOW"})
	g.Trivy, g.Database = program, tempTree(t, database("2026-06-14T00:00:00Z", "x"))
	assert.Empty(t, found(t, g))
	text, err := os.ReadFile(called)
	require.NoError(t, err)
	for _, want := range []string{"--skip-db-update --skip-java-db-update --offline-scan", "--cache-dir " + g.Database, "--severity HIGH,CRITICAL --ignore-unfixed", "TRIVY_DISABLE_TELEMETRY=true", "PATH="} {
		assert.Contains(t, string(text), want)
	}
	assert.NotContains(t, string(text), "not for Trivy")
	assert.NotContains(t, string(text), "trivy.yaml")
}

func TestImageRefusesADatabaseThatWouldFindNothing(t *testing.T) {
	for name, test := range map[string]struct {
		files map[string]string
		want  string
	}{
		"none":  {nil, "metadata.json: no such file"},
		"old":   {database("2026-06-01T00:00:00Z", "x"), "it is of 2026-06-01, more than 168h0m0s old"},
		"empty": {database("2026-06-14T00:00:00Z", ""), "trivy.db is empty"},
		"torn":  {map[string]string{"db/metadata.json": "{"}, "metadata.json: unexpected end"},
	} {
		g := imageOf(t, "good/result.json", nil)
		g.Database = tempTree(t, test.files)
		assert.Contains(t, refused(t, g), test.want, name)
	}
}

func TestImageRefusesWhatItCantLookAt(t *testing.T) {
	for result, want := range map[string]string{
		"bad/empty.json":  "Trivy found no packages in it",
		"bad/schema.json": "of schema 0, known is 2",
		"bad/torn.json":   "what trivy printed",
		"bad/absent.json": "No such file",
	} {
		assert.Contains(t, refused(t, imageOf(t, result, nil)), want)
	}
	g := imageOf(t, "good/result.json", nil)
	g.Trivy = "no-such-trivy"
	assert.Contains(t, refused(t, g), "next: install Trivy")
	assert.Contains(t, refused(t, Image{Now: time.Now}), "one of --image and --archive")
	assert.Contains(t, refused(t, Image{Image: "--output=x", Now: time.Now}), "one of --image and --archive")
}

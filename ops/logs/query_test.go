package logs

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/odooops/odooops/ops/fault"
)

func TestAQueryIsTheStacksLabelsAndFilters(t *testing.T) {
	for want, q := range map[string]Query{
		`{stack="production"}`:                                                {Stack: "production"},
		`{stack="previews"} | pr="7"`:                                         {Stack: "preview-pr-7"},
		`{stack="staging", role=~"odoo|odoo-.+"}`:                             {Stack: "staging", Sources: []string{"odoo"}},
		`{stack="staging", role=~"edge|edge-.+|sudo"}`:                        {Stack: "staging", Sources: []string{"edge", "sudo"}},
		`{stack="a", role=~"sshd|sudo|cloud-init|docker|kernel|system"}`:      {Stack: "a", Sources: []string{"journal"}},
		`{stack="production"} | level=~"warning|error|critical"`:              {Stack: "production", Level: "warning"},
		`{stack="production"} | level=~"critical"`:                            {Stack: "production", Level: "critical"},
		`{stack="production"} `[:len(`{stack="production"}`)]:                 {Stack: "production", Level: "debug"},
		`{stack="production"} |= "GET /web/login"`:                            {Stack: "production", Grep: "GET /web/login"},
		`{stack="production"} |= "\"}\\ | {a=\"b\"} ` + "`x`" + `"`:           {Stack: "production", Grep: `"}\ | {a="b"} ` + "`x`"},
		`{stack="production"} |= "two\nlines"`:                                {Stack: "production", Grep: "two\nlines"},
		`{stack="production"} |~ "\\d+ (ERROR|CRITICAL)"`:                     {Stack: "production", Grep: `/\d+ (ERROR|CRITICAL)/`},
		`{stack="production"} |= "//"`:                                        {Stack: "production", Grep: "//"},
		`{stack="previews"} |= "x" | pr="12" | level=~"error|critical"`:       {Stack: "preview-pr-12", Grep: "x", Level: "error"},
		`{stack="previews", role=~"postgres|postgres-.+"} |~ "é" | pr="1234"`: {Stack: "preview-pr-1234", Grep: "/é/", Sources: []string{"postgres"}},
	} {
		got, err := q.LogQL()
		require.NoError(t, err)
		assert.Equal(t, want, got)
	}
}

func TestWrongSourcesLevelsAndExpressionsAreUsageAndNameWhatThereIs(t *testing.T) {
	for want, q := range map[string]Query{
		"journal":            {Sources: []string{"odoo", "oddo"}},
		"warning":            {Level: "warn"},
		"missing closing )":  {Grep: "/(/"},
		"invalid nested rep": {Grep: "/a**/"},
	} {
		_, err := q.LogQL()
		assert.Equal(t, 2, fault.ExitCode(err))
		assert.ErrorContains(t, err, want)
	}
}

// TestEveryContainersLogCanBeAskedFor reads the roles that components declare.
func TestEveryContainersLogCanBeAskedFor(t *testing.T) {
	role := regexp.MustCompile(`Container\{\s*Role: *"([a-z-]+)"`)
	files, err := filepath.Glob("../../components/*/*.go")
	require.NoError(t, err)
	found := 0
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		for _, m := range role.FindAllStringSubmatch(string(text), -1) {
			found++
			known := slices.ContainsFunc(containers, func(s string) bool { return m[1] == s || strings.HasPrefix(m[1], s+"-") })
			assert.True(t, known, "%s in %s: add it to the sources of logs", m[1], file)
		}
	}
	assert.Greater(t, found, 5)
}

package observability

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const runbooks = "https://github.com/odooops/odooops/blob/main/docs/"

func TestDashboardsSayWhatTheyAreForAndPanelsToo(t *testing.T) {
	uids := map[string]string{}
	for name, text := range Dashboards() {
		d, err := parse(name, text)
		require.NoError(t, err)
		assert.Equal(t, "odooops-"+strings.TrimSuffix(name, ".json"), d.UID, name)
		assert.Empty(t, uids[d.UID], "%s has the uid of another", name)
		uids[d.UID] = name
		assert.NotEmpty(t, d.Title, name)
		assert.Regexp(t, `^[^\n]{20,160}\.$`, d.Description, "%s: one line that says what for", name)
		assert.Contains(t, d.Tags, "odooops", name)
		assert.True(t, slices.ContainsFunc(d.Templating.List, func(v variable) bool { return v.Name == "stack" }), "%s has no variable stack", name)
		require.NotEmpty(t, d.Panels, name)
		ids := map[int]bool{}
		for _, p := range d.Panels {
			where := name + ": " + p.Title
			assert.False(t, ids[p.ID], "%s has the id of another", where)
			ids[p.ID] = true
			assert.NotEmpty(t, p.Title, name)
			assert.Regexp(t, `\.$`, p.Description, where)
			assert.NotEmpty(t, p.FieldConfig.Defaults.Unit, "%s has no unit", where)
			source(t, where, p.Datasource)
			assert.NotEmpty(t, p.Targets, where)
			refs := map[string]bool{}
			for _, target := range p.Targets {
				assert.NotEmpty(t, target.Expr, where)
				assert.False(t, refs[target.RefID], "%s: two targets are called %s", where, target.RefID)
				refs[target.RefID] = true
				source(t, where, target.Datasource)
			}
			require.NotEmpty(t, p.Links, "%s leads to no runbook", where)
			page, ok := strings.CutPrefix(p.Links[0].URL, runbooks)
			require.True(t, ok, "%s: %s is not below %s", where, p.Links[0].URL, runbooks)
			assert.FileExists(t, filepath.Join("..", "docs", page), where)
			assert.LessOrEqual(t, p.GridPos.X+p.GridPos.W, 24, where)
		}
	}
}

func source(t *testing.T, where string, d datasource) {
	t.Helper()
	assert.Contains(t, []string{"prometheus", "loki"}, d.UID, where)
	assert.Equal(t, d.UID, d.Type, where)
}

func TestNoVariableIsLeftInAQuery(t *testing.T) {
	queries, err := Queries()
	require.NoError(t, err)
	require.Greater(t, len(queries), 80)
	data := 0
	for _, q := range queries {
		assert.NotContains(t, q.Expr, "$", "%s: %s", q.Dashboard, q.Panel)
		if q.Data {
			data++
		}
	}
	assert.Greater(t, data, 30, "core panels that must have data")
}

// Queries are asked of Prometheus' own parser as a file of rules.
func TestPrometheusParsesWhatPanelsAsk(t *testing.T) {
	queries, err := Queries()
	require.NoError(t, err)
	var b strings.Builder
	b.WriteString("groups:\n- name: panels\n  rules:\n")
	for i, q := range queries {
		if q.Datasource == "prometheus" {
			fmt.Fprintf(&b, "  - record: panel:query:%d\n    expr: %q\n", i, q.Expr)
		}
	}
	file := filepath.Join(t.TempDir(), "panels.yaml")
	require.NoError(t, os.WriteFile(file, []byte(b.String()), 0o600))
	promtool(t, "check", "rules", file)
}

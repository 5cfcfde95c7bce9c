package engine

import (
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/odooops/odooops/ops/mask/manifest"
	"github.com/odooops/odooops/ops/mask/plan"
)

// query is how a table's rows are read: its columns, and behind them what
// says how the row is to be masked. A place that isn't there is -1.
type query struct {
	columns  string // of the target
	selects  string
	from     string
	rule     int // number of the first rule that is true, or 0
	shipped  int
	keptFile int
	admin    int
	width    int

	keptFileSQL string
}

// models are those whose table is not named after them.
var models = map[string]string{
	"ir_act_window": "ir.actions.act_window", "ir_act_server": "ir.actions.server", "ir_act_url": "ir.actions.act_url",
	"ir_act_client": "ir.actions.client", "ir_act_report_xml": "ir.actions.report", "ir_actions": "ir.actions.actions",
	"ir_act_window_view": "ir.actions.act_window.view", "ir_module_module": "ir.module.module",
}

// ours is true for a module of ir_model_data that is one. Users make others, by
// hand or by import, and may call them as they like.
func ours(module string) string {
	return module + " IN (SELECT m.name FROM ir_module_module m) AND " + module + " NOT IN ('__export__', '__import__', '__custom__', 'studio_customization')"
}

func newQuery(t *plan.Table, m *manifest.Manifest) query {
	q := query{rule: -1, shipped: -1, keptFile: -1, admin: -1, from: "ONLY " + t.Quoted() + " t"}
	var columns, selects []string
	for _, c := range t.Columns {
		quoted := pgx.Identifier{c.Name}.Sanitize()
		columns, selects = append(columns, quoted), append(selects, "t."+quoted)
	}
	q.columns = strings.Join(columns, ", ")
	more := func(sql string) int {
		selects = append(selects, sql)
		return len(selects) - 1
	}
	if len(t.Rules) > 0 {
		var b strings.Builder
		b.WriteString("CASE")
		for i, r := range t.Rules {
			fmt.Fprintf(&b, " WHEN (%s) THEN %d", r.Where, i+1)
		}
		q.rule = more(b.String() + " ELSE 0 END")
	}
	if usesShipped(t) {
		q.shipped = more("coalesce(" + shippedSQL(t) + ", false)")
	}
	if t.Name == plan.Attachments {
		conditions := []string{"false"}
		for _, k := range m.KeepFiles {
			conditions = append(conditions, "("+k+")")
		}
		q.keptFileSQL = "coalesce(" + strings.Join(conditions, " OR ") + ", false)"
		q.keptFile = more(q.keptFileSQL)
	}
	if t.Name == "res_users" {
		q.admin = more("t.id IN (SELECT d.res_id FROM ir_model_data d WHERE d.module = 'base' AND d.name = 'user_admin' AND d.model = 'res.users')")
	}
	q.selects, q.width = strings.Join(selects, ", "), len(selects)
	return q
}

func usesShipped(t *plan.Table) bool {
	for _, c := range t.Columns {
		if c.Class.Action == manifest.Shipped {
			return true
		}
	}
	for _, r := range t.Rules {
		for _, c := range r.Columns {
			if c.Action == manifest.Shipped {
				return true
			}
		}
	}
	return false
}

// shippedSQL is true for rows that a module brought and nobody changed since:
// updates of modules write as user 1.
func shippedSQL(t *plan.Table) string {
	if t.Name == "ir_model_data" {
		return ours("t.module")
	}
	model := models[t.Name]
	if model == "" {
		model = strings.ReplaceAll(t.Name, "_", ".")
	}
	sql := fmt.Sprintf("coalesce(t.write_uid, 1) = 1 AND t.id IN (SELECT d.res_id FROM ir_model_data d WHERE %s = %s AND d.res_id IS NOT NULL AND %s)",
		modelColumn(t.Name), literal(model), ours("d.module"))
	if t.Column("arch_updated") != nil {
		sql += " AND t.arch_updated IS NOT TRUE"
	}
	return sql
}

// modelColumn: a table's name loses where its model has dots and where it has
// underscores, so the names are compared as tables, but for those in models.
func modelColumn(table string) string {
	if models[table] != "" {
		return "d.model"
	}
	return "replace(d.model, '_', '.')"
}

func literal(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

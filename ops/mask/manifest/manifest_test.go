package manifest

import (
	"strings"
	"testing"
)

func TestAColumnIsReadAsItsClass(t *testing.T) {
	m, err := Parse(map[string]string{"base.yaml": `
module: base
tables:
  res_partner:
    name: fake name
    barcode: null
    complete_name: derive if(is_company, name, join(', ', commercial_company_name, name))
    note: shipped else fake text
  bus_bus: truncate
parameters:
  web.*: keep
  web.base.url: derive url
`})
	if err != nil {
		t.Fatal(err)
	}
	columns := m.Tables["res_partner"].Columns
	for column, want := range map[string]string{"name": "fake name", "barcode": "null", "note": "shipped else fake text"} {
		if got := columns[column].String(); got != want {
			t.Errorf("%s: %s, want %s", column, got, want)
		}
	}
	if got := strings.Join(columns["complete_name"].Expr.Columns(), " "); got != "is_company name commercial_company_name name" {
		t.Errorf("complete_name reads %s", got)
	}
	if !m.Tables["bus_bus"].Truncate {
		t.Error("bus_bus is not truncated")
	}
	if c, ok := m.Parameter("web.base.url"); !ok || c.Action != Derive {
		t.Errorf("the key itself does not win over its prefix: %v", c)
	}
	if _, ok := m.Parameter("mail.x"); ok {
		t.Error("an unknown key has a class")
	}
}

func TestWhatIsNoManifestIsRefused(t *testing.T) {
	for name, yaml := range map[string]string{
		"unknown key":      "module: base\ntabels: {}",
		"unknown class":    "module: base\ntables: {a: {b: keeep}}",
		"unknown kind":     "module: base\ntables: {a: {b: fake nme}}",
		"unknown function": "module: base\ntables: {a: {b: derive system(x)}}",
		"open literal":     "module: base\ntables: {a: {b: \"derive 'x\"}}",
		"other module":     "module: web\ntables: {}",
		"column twice":     "module: base\ntables: {a: {b: keep, b: keep}}",
		"table word":       "module: base\ntables: {a: keep}",
	} {
		if _, err := Parse(map[string]string{"base.yaml": yaml}); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	_, err := Parse(map[string]string{"a.yaml": "module: a\ntables: {t: {c: keep}}", "b.yaml": "module: b\ntables: {t: {c: keep}}"})
	if err == nil || !strings.Contains(err.Error(), "t.c is classified twice") {
		t.Errorf("two modules classify one column: %v", err)
	}
}

package plan

import (
	"slices"
	"strings"
	"testing"

	"github.com/odooops/odooops/ops/mask/catalog"
	"github.com/odooops/odooops/ops/mask/manifest"
)

func partner(more ...catalog.Column) []*catalog.Table {
	return []*catalog.Table{{Schema: "public", Name: "res_partner", Columns: append([]catalog.Column{
		{Name: "id", Type: "integer", Family: catalog.Int, Key: true, NotNull: true},
		{Name: "name", Type: "character varying", Family: catalog.Text},
		{Name: "parent_id", Type: "integer", Family: catalog.Int, Reference: "res_partner"},
		{Name: "active", Type: "boolean", Family: catalog.Bool},
		{Name: "write_date", Type: "timestamp without time zone", Family: catalog.Date},
	}, more...)}}
}

func planOf(t *testing.T, yaml string, tables []*catalog.Table) *Plan {
	t.Helper()
	m, err := manifest.Parse(map[string]string{"base.yaml": "module: base\n" + yaml})
	if err != nil {
		t.Fatal(err)
	}
	return New(m, tables)
}

func TestAColumnWithoutAClassIsRefusedByName(t *testing.T) {
	p := planOf(t, "tables: {res_partner: {name: fake name}}", partner(catalog.Column{Name: "parent_res_id", Type: "integer", Family: catalog.Int}))
	if !p.Ready() {
		t.Fatalf("ids, references, booleans and stamps need a class: %v %v", p.Unclassified, p.Problems)
	}
	for _, c := range []catalog.Column{
		{Name: "x_note", Type: "text", Family: catalog.Text},
		{Name: "x_count", Type: "integer", Family: catalog.Int},
		{Name: "x_when", Type: "date", Family: catalog.Date},
		{Name: "x_props", Type: "jsonb", Family: catalog.JSON},
		{Name: "x_tags_id", Type: "integer[]", Family: catalog.Int, Array: true},
		{Name: "x_state", Type: "mood", Family: catalog.Enum},
		{Name: "x_national_id", Type: "integer", Family: catalog.Int},
		{Name: "x_login", Type: "text", Family: catalog.Text, Reference: "res_users"},
		{Name: "x_blob", Type: "bytea", Family: catalog.Bytes},
		{Name: "x_shape", Type: "polygon", Family: catalog.Other},
	} {
		p := planOf(t, "tables: {res_partner: {name: fake name}}", partner(c))
		if len(p.Unclassified) != 1 || p.Unclassified[0].Column != c.Name || p.Unclassified[0].Proposal == "" {
			t.Errorf("%s: %v", c.Name, p.Unclassified)
		}
	}
	if p := planOf(t, "tables: {}", partner()); len(p.Unclassified) != 1 {
		t.Errorf("a table without an entry: %v", p.Unclassified)
	}
}

func TestAClassThatDoesNotFitIsAProblem(t *testing.T) {
	for class, column := range map[string]catalog.Column{
		"fake name":           {Name: "x", Type: "integer", Family: catalog.Int},
		"redact":              {Name: "x", Type: "mood", Family: catalog.Enum},
		"null":                {Name: "x", Type: "date", Family: catalog.Date, NotNull: true},
		"fake phone":          {Name: "x", Type: "text", Family: catalog.Text, Alone: true},
		"derive lower(mail)":  {Name: "x", Type: "text", Family: catalog.Text},
		"file":                {Name: "x", Type: "text", Family: catalog.Text},
		"shipped else redact": {Name: "x", Type: "text", Family: catalog.Text},
		"secret":              {Name: "x", Type: "bytea", Family: catalog.Bytes, NotNull: true},
	} {
		p := planOf(t, "tables: {res_partner: {name: fake name, x: \""+class+"\"}}", partner(column))
		if len(p.Problems) == 0 || !strings.HasPrefix(p.Problems[0], "res_partner.x: ") {
			t.Errorf("%s on %s: %v", class, column.Type, p.Problems)
		}
	}
}

func TestAReferenceToATruncatedTableBecomesNull(t *testing.T) {
	ref := catalog.Column{Name: "wizard_id", Type: "integer", Family: catalog.Int, Reference: "wizard"}
	p := planOf(t, "tables: {res_partner: {name: keep}, wizard: truncate}", partner(ref))
	at := slices.IndexFunc(p.Tables[0].Columns, func(c Column) bool { return c.Name == "wizard_id" })
	if !p.Ready() || p.Tables[0].Columns[at].Class.Action != manifest.Null {
		t.Errorf("%v %v", p.Problems, p.Tables[0].Columns[at].Class)
	}
	ref.NotNull = true
	if p := planOf(t, "tables: {res_partner: {name: keep}, wizard: truncate}", partner(ref)); p.Ready() {
		t.Error("one that can't be null is accepted")
	}
}

func TestProposalsAreClasses(t *testing.T) {
	for name, want := range map[string]string{"email_from": "fake mailbox", "smtp_pass": "secret", "x_note": "redact", "state": "keep", "x_blood_type": "redact"} {
		if got := Propose("t", &catalog.Column{Name: name, Family: catalog.Text}); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}

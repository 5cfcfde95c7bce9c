package engine

import (
	"errors"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/odooops/odooops/ops/mask"
	"github.com/odooops/odooops/ops/mask/catalog"
	"github.com/odooops/odooops/ops/mask/manifest"
	"github.com/odooops/odooops/ops/mask/plan"
	"github.com/odooops/odooops/ops/mask/scan"
)

func partners(t *testing.T) *masker {
	t.Helper()
	m, err := manifest.Parse(map[string]string{"base.yaml": `
module: base
tables:
  res_partner:
    name: fake name
    complete_name: derive if(is_company, name, join(', ', 'Acme', name))
    note: redact
    tags: fake word
    title: keep
    secret: secret
    rank: keep
    reply_to: fake mailbox
rows:
  res_partner:
    - where: t.id = 1
      columns: {name: keep}
`})
	if err != nil {
		t.Fatal(err)
	}
	p := plan.New(m, []*catalog.Table{{Schema: "public", Name: "res_partner", Columns: []catalog.Column{
		{Name: "id", Family: catalog.Int, Key: true},
		{Name: "name", Family: catalog.Text},
		{Name: "is_company", Family: catalog.Bool},
		{Name: "complete_name", Family: catalog.Text},
		{Name: "note", Family: catalog.Text},
		{Name: "tags", Family: catalog.Text, Array: true},
		{Name: "title", Family: catalog.Text},
		{Name: "secret", Family: catalog.Text, NotNull: true},
		{Name: "rank", Family: catalog.Number},
		{Name: "reply_to", Family: catalog.Text},
	}}})
	if !p.Ready() {
		t.Fatal(p.Unclassified, p.Problems)
	}
	set, err := scan.NewSet(nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	set.Add(scan.Name, []byte("Jean Dupont"))
	set.Add(scan.Phone, []byte("+33 6 12 34 56 78"))
	return newMasker(p.Tables[0], newQuery(p.Tables[0], m), mask.Settings{}, m, []byte(strings.Repeat("k", 32)), set)
}

func TestARowIsMaskedColumnByColumn(t *testing.T) {
	k := partners(t)
	out, err := k.row(nil, []byte("7\tJean\tf\told\t<p>a\\tb\\\\c</p>\t{\"x y\",NULL}\tasked Jean Dupont\tabc\t33612345678.0\t{{ x or 'Jean Dupont' }}\t0\n"))
	if err != nil {
		t.Fatal(err)
	}
	f := strings.Split(strings.TrimSuffix(string(out), "\n"), "\t")
	if f[0] != "7" || f[1] == "Jean" || f[3] != "Acme, "+f[1] || f[4] != `<p>x\tx x</p>` || f[7] == "abc" || len(f) != 10 {
		t.Errorf("%q", f)
	}
	if !strings.HasPrefix(f[5], `{"`) || !strings.HasSuffix(f[5], `,NULL}`) || strings.Contains(f[5], "x y") {
		t.Errorf("array: %s", f[5])
	}
	if n := k.found[finding{6, scan.Name}]; n != 1 {
		t.Errorf("a name in a kept column: %d findings", n)
	}
	if k.found[finding{8, scan.Phone}] != 1 || k.found[finding{9, scan.Name}] != 1 {
		t.Errorf("a phone that is a number, a name in an expression: %v", k.found)
	}
	out, err = k.row(nil, []byte("1\tOdooBot\tt\told\t\\N\t\\N\t\\N\t\t\\N\t\\N\t1\n"))
	if err != nil {
		t.Fatal(err)
	}
	if f := strings.Split(string(out), "\t"); f[1] != "OdooBot" || f[3] != "OdooBot" || f[4] != `\N` {
		t.Errorf("a row with a rule: %q", f)
	}
	if _, err := k.row(nil, []byte("1\tJean\n")); err == nil || strings.Contains(err.Error(), "Jean") {
		t.Errorf("a short row: %v", err)
	}
}

func TestAnErrorNamesNoValue(t *testing.T) {
	err := safe("write res_partner", &pgconn.PgError{
		Message: `invalid input syntax for type integer: "Jean"`, Detail: "Key (name)=(Jean)", Where: "COPY, line 1: Jean", Code: "22P02", TableName: "res_partner",
	})
	if strings.Contains(err.Error(), "Jean") || !strings.Contains(err.Error(), "22P02") {
		t.Error(err)
	}
	text := safeOutput("pg_restore: error: could not execute query: ERROR:  could not create unique index \"u\"\nDETAIL:  Key (name)=(Jean) is duplicated.\nCommand was: x Jean\n")
	if strings.Contains(text, "Jean") {
		t.Error(text)
	}
	if safe("x", errors.New("eof")).Error() != "x: eof" {
		t.Error("another error is changed")
	}
}

func TestTextOfCopyComesBack(t *testing.T) {
	for _, s := range []string{"", "a\tb\nc\\d\re\bf\fg\v", `\N`, "é"} {
		if got := string(unescape(escape(nil, s))); got != s {
			t.Errorf("%q: %q", s, got)
		}
	}
	changed, err := mapJSON(`{"en_US": "<b>x</b>", "n": 12345678901234567890, "l": ["y", null, true]}`, strings.ToUpper, false)
	if err != nil || changed != `{"en_US":"<B>X</B>","l":["Y",null,true],"n":12345678901234567890}` {
		t.Errorf("%s %v", changed, err)
	}
	if changed, err = mapJSON(`{"a": [33612345678, true]}`, strings.ToUpper, true); err != nil || changed != `{"a":[0,true]}` {
		t.Errorf("numbers: %s %v", changed, err)
	}
}

package fake

import (
	"strings"
	"testing"
)

func maker() *Maker { return New([]byte("0123456789abcdef0123456789abcdef")) }

func TestTheSameValueIsTheSameFakeEverywhere(t *testing.T) {
	m := maker()
	if m.Value("email", "Jean@Acme.com", Shape{}) != m.Value("email", " jean@acme.COM", Shape{}) {
		t.Error("case and space make another address")
	}
	if m.Value("login", "jean@acme.com", Shape{Unique: true}) != m.Value("email", "jean@acme.com", Shape{}) {
		t.Error("a login that is an address is not that address")
	}
	want := m.Value("name", "Acme Ltd", Shape{}) + ", " + m.Value("person", "Jean Dupont", Shape{})
	if got := m.Value("name", "Acme Ltd, Jean Dupont", Shape{}); got != want {
		t.Errorf("parts: %s, want %s", got, want)
	}
	want = `"` + m.Value("name", "Jean Dupont", Shape{}) + `" <` + m.Value("email", "jean@acme.com", Shape{}) + ">, {{ object.email }}"
	if got := m.Value("mailbox", `"Jean Dupont" <jean@acme.com>, {{ object.email }}`, Shape{}); got != want {
		t.Errorf("mailbox: %s, want %s", got, want)
	}
	got := m.Value("mailbox", `{{ object.email or 'jean@acme.com' }}, "{{ x }}" <a@acme.com {{ x }}>`, Shape{})
	if strings.Contains(got, "acme") || !strings.Contains(got, "{{ object.email or '"+m.Value("email", "jean@acme.com", Shape{})) {
		t.Errorf("an address in an expression: %s", got)
	}
	if m.Value("iban", "BE71 0961 2345 6769", Shape{}) == "" ||
		strings.ReplaceAll(m.Value("account", "BE71 0961 2345 6769", Shape{}), " ", "") != m.Value("iban", "BE71096123456769", Shape{}) {
		t.Error("spaces make another account")
	}
	if New([]byte("another key of thirty-two bytes!")).Value("name", "x", Shape{}) == m.Value("name", "x", Shape{}) {
		t.Error("another key makes the same name")
	}
}

func TestFormsStayValid(t *testing.T) {
	m := maker()
	for i := range 500 {
		v := strings.Repeat("x", i%7+1) + string(rune('0'+i%10)) + strings.Repeat("y", i/50)
		iban := m.Value("iban", "BE71096123456769", Shape{})
		if !IsIBAN(iban) || !strings.HasPrefix(iban[4:], "ZZZZ") {
			t.Fatalf("IBAN %s", iban)
		}
		vat := m.Value("vat", v, Shape{})
		sum := 0
		for j, c := range vat[2:9] {
			sum += int(c-'0') * (8 - j)
		}
		if sum += int(vat[9]-'0')*10 + int(vat[10]-'0'); sum%97 != 0 {
			t.Fatalf("VAT %s", vat)
		}
	}
	for value, want := range map[string]int{"-1234.50": 8, "0": 1, "2147483647": 10, "1e+22": 5} {
		got := m.Value("number", value, Shape{})
		if len(got) != want || value[0] == '-' && got[0] != '-' {
			t.Errorf("number %s: %s", value, got)
		}
	}
	if d := m.Value("date", "1984-02-29", Shape{}); len(d) != 10 || d == "1984-02-29" {
		t.Errorf("date: %s", d)
	}
	if f := m.Value("filename", "Contract of Jean.PDF", Shape{}); !strings.HasSuffix(f, ".pdf") || strings.Contains(f, "Jean") {
		t.Errorf("file name: %s", f)
	}
	if w := m.Value("text", "a rather long title", Shape{Unique: true, Width: 12}); len(w) != 12 {
		t.Errorf("width: %q", w)
	}
}

func TestRedactedHTMLKeepsItsShapeAndNoWord(t *testing.T) {
	for in, want := range map[string]string{
		`Call Jean: +33 1, jean@acme.com`:                                 `Xxxx Xxxx:  00 0, xxxx xxxx.xxx`,
		`<p class="o">Hi <b>Jéan</b><br/></p>`:                            `<p class="o">Xx <b>Xxxx</b><br/></p>`,
		`<a href="mailto:a@b.c" data-x="Jean" title="Jean">x</a>`:         `<a href="#">x</a>`,
		`<t t-out="object.name"/><!-- Jean --><img src="/web/1" alt="J">`: `<t t-out="object.name"/><img src="#">`,
		`a < b &amp; c &eacute;`:                                          `x < x &amp; x  `,
		`<p style="background:url(http://jean)">x`:                        `<p>x`,
		`<div title="a>b">Jean`:                                           `<div>Xxxx`,
		`to <jean@acme.com> <Jean Dupont>`:                                `xx &lt;xxxx xxxx.xxx  &lt;Xxxx Xxxxxx `,
		`<field name="x" string="Jean"/>`:                                 `<field name="x" string="Xxxx"/>`,
		`<b Jean`:                                                         `&lt;x Xxxx`,
		`<p class=b" id="x>Jean`:                                          `<p class="b">Xxxx`,
		`<p a=b" c="x>Jean</p>`:                                           `<p>Xxxx</p>`,
		`<?xml version="1.0" encoding="UTF-8"?><data/>`:                   `<?xml version="1.0" encoding="UTF-8"?><data/>`,
		`<?xml Jean Dupont?><data/>`:                                      `<data/>`,
		`<input name="Jean Dupont"/>`:                                     `<input name="Xxxx Xxxxxx"/>`,
	} {
		if got := Redact(in); got != want {
			t.Errorf("%s: %s, want %s", in, got, want)
		}
	}
}

func BenchmarkRedact(b *testing.B) {
	s := strings.Repeat(`<p class="o">Dear <b>Jean</b>, we met <a href="https://x">there</a>.</p> `, 20)
	b.SetBytes(int64(len(s)))
	for b.Loop() {
		Redact(s)
	}
}

func BenchmarkEmail(b *testing.B) {
	m := maker()
	for b.Loop() {
		m.make("email", "jean@acme.com", Shape{})
	}
}

package scan

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"strings"
	"testing"
)

func kinds(t *testing.T, s *Set, text string) string {
	t.Helper()
	seen := map[string]bool{}
	var all []string
	(&Scanner{Set: s, Ranges: true}).Value([]byte(text), func(k Kind, _ uint64) {
		if !seen[k.String()] {
			seen[k.String()] = true
			all = append(all, k.String())
		}
	})
	return strings.Join(all, " ")
}

func TestAnOriginalIsFoundHoweverItIsWritten(t *testing.T) {
	sum := sha256.Sum256([]byte("a rather long one"))
	other := sha256.Sum256([]byte("s3cr3t-of-it"))
	s, err := NewSet([]string{"info@yourcompany.com", "@example.com"}, []string{hex.EncodeToString(sum[:]), hex.EncodeToString(other[:])})
	if err != nil {
		t.Fatal(err)
	}
	s.Add(Name, []byte("Jean-Luc Dupont"))
	s.Add(Name, []byte("Zimmermann"))
	s.Add(Name, []byte("Bob"))
	s.Add(Email, []byte(`"Jean" <jean@acme.com>`))
	s.Add(Phone, []byte("+33 6 12 34 56 78"))
	s.Add(IBAN, []byte("BE71 0961 2345 6769"))
	s.Add(VAT, []byte("BE0477472701"))
	s.Add(Login, []byte("jdupont75"))
	s.Add(Name, []byte("J\u00e9an Dupuis"))
	s.Add(Email, []byte("Jos\u00e9@M\u00fcller.de"))
	s.Add(IBAN, []byte("096-1234567-70"))
	s.Add(VAT, []byte("FR12 345678901"))
	s.Add(VAT, []byte("exempted"))
	for text, want := range map[string]string{
		"met JEAN-LUC  dupont there":                 "name",
		"<p>Jean-<b>Luc</b> Du<i>pont</i>":           "name",
		`{"a": "Jean-Luc \u0044upont"}`:              "name",
		"Mr Zimmermann":                              "name",
		"Bob was here":                               "",
		"write to Jean@ACME.com.":                    "email",
		"to x@acme.com":                              "email-range",
		"info@yourcompany.com or a.b@masked.example": "",
		"tel +33-6-12-34-56-78":                      "phone",
		"33612345678":                                "phone",
		"333612345678":                               "",
		"vat BE0477472701":                           "vat",
		"BE71 0961 2345 6769 thanks":                 "iban",
		"BE71096123456769":                           "iban",
		"DE89370400440532013000":                     "iban-range",
		"by jdupont75":                               "login",
		base64.StdEncoding.EncodeToString([]byte("hello Jean-Luc Dupont, hi")):                  "name",
		base64.URLEncoding.EncodeToString([]byte("??>>~~ for Jean-Luc Dupont???")):              "name",
		wrapped(strings.Repeat("x", 50) + " from Jean-Luc Dupont " + strings.Repeat("é", 40)):   "name",
		base64.StdEncoding.EncodeToString([]byte("\x89PNG\xff\xfe jean@acme.com \xff\xfe\xfd")): "email",
		"met Je\u0301an\u00a0Du\u00adpuis":                                                      "name",
		"écrit à jose\u0301@müller.de":                                                          "email",
		`{"a": "hello\nJean-Luc Dupont"}`:                                                       "name",
		`{"a": "so\njean@acme.com"}`:                                                            "email",
		`{"a": "so\ninfo@yourcompany.com"}`:                                                     "",
		"/contact?mail=jean%40acme.com":                                                         "email",
		"/contact?name=Jean-Luc%20Dupont":                                                       "name",
		`<a title="Jean&#45;Luc Du&#112;ont">`:                                                  "name",
		"Jean-Luc\n      Dupont":                                                                "name",
		"-jean@acme.com":                                                                        "email",
		"someone@example.com":                                                                   "",
		"someone@notexample.com":                                                                "email-range",
		"a@notmasked.example":                                                                   "email-range",
		"an exempted one":                                                                       "",
		"33612345678 2024":                                                                      "phone",
		"0612345678 0712345678":                                                                 "phone",
		"12 06 12\u202f34 56 78":                                                                "phone",
		"0033 6 12 34 56 78":                                                                    "phone",
		"account 096-1234567-70":                                                                "iban",
		"BE 0477.472.701":                                                                       "vat",
		"FR 12 345 678 901":                                                                     "vat",
		"postgres://odoo:s3cr3t-of-it@host/x":                                                   "secret",
		`[s3cr3t-of-it,1]`:                                                                      "secret",
		"Basic " + base64.StdEncoding.EncodeToString([]byte("odoo:s3cr3t-of-it")):               "secret",
		"a rather long one":                                                                     "secret",
		"jean@masked.example.com":                                                               "email-range",
	} {
		if got := kinds(t, s, text); got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}

func BenchmarkScan(b *testing.B) {
	s, _ := NewSet(nil, nil)
	for i := range 600000 {
		s.Add(Name, []byte("Jean Dupont"+strings.Repeat("x", i%9)+string(rune('a'+i%26))+string(rune('a'+i/26%26))+string(rune('a'+i/676%26))))
	}
	text := []byte(strings.Repeat(`<p class="o">Dear <b>Jean</b>, we met <a href="https://x">there 2026-01-02</a>.</p> `, 20))
	scanner := Scanner{Set: s}
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		scanner.Value(text, func(Kind, uint64) {})
	}
}

// wrapped is base64 as mails have it.
func wrapped(text string) string {
	all := base64.StdEncoding.EncodeToString([]byte(text))
	var lines []string
	for ; len(all) > 76; all = all[76:] {
		lines = append(lines, all[:76])
	}
	return strings.Join(append(lines, all), "\r\n")
}

func TestALongRunOfBase64IsDecodedOnce(t *testing.T) {
	s, err := NewSet(nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	s.Add(Name, []byte("Jean-Luc Dupont"))
	content := make([]byte, 1<<20)
	for i := range content {
		content[i] = byte(i * i >> 3)
	}
	copy(content[1<<19:], " Jean-Luc Dupont ")
	if n := hits(s, base64.StdEncoding.EncodeToString(content)); n != 1 {
		t.Errorf("%d hits", n)
	}
}

func hits(s *Set, text string) (n int) {
	(&Scanner{Set: s}).Value([]byte(text), func(Kind, uint64) { n++ })
	return n
}

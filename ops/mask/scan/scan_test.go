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
	s, err := NewSet([]string{"info@yourcompany.com"}, []string{hex.EncodeToString(sum[:])})
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
		base64.StdEncoding.EncodeToString([]byte("hello Jean-Luc Dupont, hi")): "name",
		"a rather long one":       "secret",
		"jean@masked.example.com": "email-range",
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

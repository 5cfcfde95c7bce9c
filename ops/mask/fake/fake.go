// Package fake makes values that look like what they replace and belong to
// nobody. The same value and kind give the same fake under one key, so that a
// person stays one person everywhere. All that it makes is in ranges which
// others can recognise: see Ours.
package fake

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base32"
	"encoding/hex"
	"fmt"
	"hash/maphash"
	"math/big"
	"net/netip"
	"regexp"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

//go:embed words.txt
var wordLists string

// Domain is of all e-mail addresses and links.
const Domain = "masked.example"

// Maker makes fakes under a key. It is not for concurrent use.
type Maker struct {
	key     []byte
	first   []string
	last    []string
	streets []string
	cities  []string
	words   []string
	recent  []made
	seed    maphash.Seed
	buffer  []byte
}

// made is a fake that may be wanted again soon: rows beside each other often
// have the same person.
type made struct {
	kind, value, fake string
	unique            bool
}

const recently = 1 << 12

// New makes a maker.
func New(key []byte) *Maker {
	m := &Maker{key: key, recent: make([]made, recently), seed: maphash.MakeSeed()}
	for line := range strings.Lines(wordLists) {
		name, words, _ := strings.Cut(line, ":")
		list := strings.Fields(words)
		switch name {
		case "first":
			m.first = list
		case "last":
			m.last = list
		case "streets":
			m.streets = list
		case "cities":
			m.cities = list
		case "words":
			m.words = list
		}
	}
	return m
}

// Shape is what a column demands of its values.
type Shape struct {
	Unique bool // in a unique index
	Width  int  // of varchar(n); 0 is none
}

// Sum is the value's under the key, for a kind.
func (m *Maker) Sum(kind, value string) [32]byte {
	b := append(m.buffer[:0], m.key...)
	b = append(b, kind...)
	b = append(b, 0)
	b = append(b, value...)
	m.buffer = b
	return sha256.Sum256(b)
}

// Value is the fake of a kind for a value that is not empty.
func (m *Maker) Value(kind, value string, s Shape) string {
	if value == "" {
		return ""
	}
	last := &m.recent[maphash.String(m.seed, value)%recently]
	out := last.fake
	if last.value != value || last.kind != kind || last.unique != s.Unique {
		out = m.make(kind, value, s)
		if len(value) < 200 {
			*last = made{kind, value, out, s.Unique}
		}
	}
	if s.Width > 0 && utf8.RuneCountInString(out) > s.Width {
		r := []rune(out)
		if s.Unique { // the end tells it from others
			r = r[len(r)-s.Width:]
		}
		out = string(r[:s.Width])
	}
	return out
}

func (m *Maker) make(kind, value string, s Shape) string {
	trimmed := strings.TrimSpace(value)
	switch kind {
	case "name", "person", "company":
		return m.names(trimmed)
	case "street":
		h := m.Sum("street", trimmed)
		return fmt.Sprintf("%d %s", 1+int(h[0]), pick(m.streets, h[1:]))
	case "city":
		h := m.Sum("city", trimmed)
		return pick(m.cities, h[:])
	case "email":
		return m.email(trimmed)
	case "login":
		if strings.Contains(trimmed, "@") {
			return m.email(trimmed)
		}
		h := m.Sum("login", strings.ToLower(trimmed))
		return strings.ToLower(pick(m.first, h[:])) + "." + suffix(h[4:], 10)
	case "mailbox":
		return m.mailboxes(value)
	case "messageid":
		return m.messageIDs(value)
	case "phone":
		h := m.Sum("phone", digits(trimmed))
		n := (int(h[0])<<8 | int(h[1])) % 1000
		if strings.ContainsAny(trimmed, " -./()") {
			return fmt.Sprintf("+44 7700 900%03d", n)
		}
		return fmt.Sprintf("+447700900%03d", n)
	case "iban", "account":
		return m.account(trimmed)
	case "vat":
		return m.vat(trimmed)
	case "url":
		h := m.Sum("url", trimmed)
		return "https://" + Domain + "/" + suffix(h[:], 10)
	case "domain":
		h := m.Sum("domain", strings.ToLower(trimmed))
		return suffix(h[:], 8) + "." + Domain
	case "ip":
		return m.ip(trimmed)
	case "date":
		return m.date(trimmed)
	case "number":
		return m.number(trimmed)
	case "zip", "code":
		return m.code(trimmed, kind, s)
	case "filename":
		return m.filename(trimmed)
	case "html":
		return Redact(value)
	}
	return m.text(trimmed, kind, s)
}

func pick(list []string, h []byte) string {
	return list[(int(h[0])<<8|int(h[1]))%len(list)]
}

var letters = base32.NewEncoding("abcdefghijkmnpqrstuvwxyz23456789").WithPadding(base32.NoPadding)

func suffix(h []byte, n int) string { return letters.EncodeToString(h[:n])[:n] }

// names makes one name for a person and for a company alike: copies of a name
// don't know which it was. "Company, Contact" is two.
func (m *Maker) names(value string) string {
	parts := strings.Split(value, ", ")
	for i, p := range parts {
		if strings.TrimSpace(p) == "" {
			continue
		}
		h := m.Sum("name", strings.TrimSpace(p))
		parts[i] = pick(m.first, h[:]) + " " + pick(m.last, h[2:]) + " " + suffix(h[4:], 6)
	}
	return strings.Join(parts, ", ")
}

func (m *Maker) email(value string) string {
	h := m.Sum("email", strings.ToLower(value))
	return strings.ToLower(pick(m.first, h[:])) + "." + suffix(h[4:], 10) + "@" + Domain
}

// mailboxes replaces each of a list of "Name" <address>; {{ expressions }}
// of a template stay.
func (m *Maker) mailboxes(value string) string {
	parts := splitMailboxes(value)
	for i, p := range parts {
		p = strings.TrimSpace(p)
		switch {
		case p == "":
		case strings.HasPrefix(p, "{{") && strings.HasSuffix(p, "}}"):
			p = m.addresses(p)
		case strings.HasSuffix(p, ">") && strings.Contains(p, "<"):
			at := strings.LastIndex(p, "<")
			name := strings.Trim(strings.TrimSpace(p[:at]), `"`)
			address := strings.TrimSpace(strings.TrimSuffix(p[at+1:], ">"))
			if strings.Contains(address, "{{") {
				address = m.addresses(address)
			} else {
				address = m.email(address)
			}
			if strings.Contains(name, "{{") {
				name = m.addresses(name)
			} else if name != "" {
				name = m.names(name)
			}
			if p = "<" + address + ">"; name != "" {
				p = `"` + name + `" ` + p
			}
		case strings.Contains(p, "@"):
			p = m.email(p)
		default:
			p = m.names(p)
		}
		parts[i] = p
	}
	return strings.Join(parts, ", ")
}

var address = regexp.MustCompile(`[^\s"'<>(),;:{}\[\]]+@[^\s"'<>(),;:{}\[\]]+`)

// addresses replaces those that stand in an expression.
func (m *Maker) addresses(expression string) string {
	return address.ReplaceAllStringFunc(expression, m.email)
}

// splitMailboxes at the commas that are not in quotes or in an expression.
func splitMailboxes(s string) []string {
	var parts []string
	quoted, braces, from := false, 0, 0
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"':
			quoted = !quoted
		case c == '{':
			braces++
		case c == '}':
			braces--
		case (c == ',' || c == ';' || c == '\n') && !quoted && braces <= 0:
			parts = append(parts, s[from:i])
			from = i + 1
		}
	}
	return append(parts, s[from:])
}

func (m *Maker) messageIDs(value string) string {
	fields := strings.Fields(value)
	for i, f := range fields {
		h := m.Sum("messageid", f)
		fields[i] = "<" + suffix(h[:], 16) + "@" + Domain + ">"
	}
	return strings.Join(fields, " ")
}

// account makes an IBAN of no bank for an IBAN, and a number for another.
func (m *Maker) account(value string) string {
	plain := alnum(value)
	h := m.Sum("account", plain)
	n := new(big.Int).SetBytes(h[:16])
	if !IsIBAN(plain) {
		n.Mod(n, big.NewInt(1e12))
		return fmt.Sprintf("9990%012d", n)
	}
	n.Mod(n, big.NewInt(1e14))
	rest := fmt.Sprintf("ZZZZ%014d", n)
	iban := fmt.Sprintf("GB%02d%s", 98-mod97(rest+"GB00"), rest)
	if !strings.Contains(value, " ") {
		return iban
	}
	var groups []string
	for ; len(iban) > 4; iban = iban[4:] {
		groups = append(groups, iban[:4])
	}
	return strings.Join(append(groups, iban), " ")
}

// IsIBAN is true for a number with right check digits, without spaces.
func IsIBAN(s string) bool {
	if len(s) < 15 || len(s) > 34 || !isUpper(s[0]) || !isUpper(s[1]) || !isDigit(s[2]) || !isDigit(s[3]) {
		return false
	}
	return mod97(s[4:]+s[:4]) == 1
}

func mod97(s string) int {
	rest := 0
	for i := range len(s) {
		switch c := s[i]; {
		case isDigit(c):
			rest = (rest*10 + int(c-'0')) % 97
		case isUpper(c):
			rest = (rest*100 + int(c-'A') + 10) % 97
		default:
			return -1
		}
	}
	return rest
}

// vat makes a British number, GB99 and five digits, with right check digits.
func (m *Maker) vat(value string) string {
	h := m.Sum("vat", alnum(value))
	body := fmt.Sprintf("99%05d", (int(h[0])<<16|int(h[1])<<8|int(h[2]))%100000)
	sum := 0
	for i := range len(body) {
		sum += int(body[i]-'0') * (8 - i)
	}
	return fmt.Sprintf("GB%s%02d", body, 97-sum%97)
}

func (m *Maker) ip(value string) string {
	h := m.Sum("ip", value)
	if a, err := netip.ParsePrefix(value); err == nil && a.Addr().Is6() && !a.Addr().Is4In6() || strings.Count(value, ":") > 1 {
		return fmt.Sprintf("2001:db8::%x:%x", int(h[0])<<8|int(h[1]), int(h[2])<<8|int(h[3]))
	}
	return fmt.Sprintf("192.0.2.%d", h[0])
}

// date shifts by half a year at most.
func (m *Maker) date(value string) string {
	day, rest := value, ""
	if len(value) > 10 {
		day, rest = value[:10], value[10:]
	}
	t, err := time.Parse(time.DateOnly, day)
	if err != nil { // infinity, a year before Christ
		return "2000-01-01"
	}
	h := m.Sum("date", day)
	days := (int(h[0])<<8|int(h[1]))%364 - 182
	if days >= 0 {
		days++
	}
	return t.AddDate(0, 0, days).Format(time.DateOnly) + rest
}

// number keeps sign, digits and scale.
func (m *Maker) number(value string) string {
	h := m.Sum("number", value)
	b := []byte(value)
	lead, exponent := true, false
	for i, c := range b {
		if c == 'e' || c == 'E' {
			exponent = true
		}
		if !isDigit(c) || exponent {
			continue
		}
		d := h[i%32]
		if lead && c != '0' { // the first one neither becomes 0 nor makes an int overflow
			b[i], lead = '1'+d%2, false
		} else if !lead {
			b[i] = '0' + d%10
		}
	}
	return string(b)
}

// code keeps length and case.
func (m *Maker) code(value, kind string, s Shape) string {
	h := m.Sum(kind, value)
	b := []byte(value)
	for i, c := range b {
		d := h[i%32] + byte(i/32)
		switch {
		case isDigit(c):
			b[i] = '0' + d%10
		case isUpper(c):
			b[i] = 'A' + d%26
		case c >= 'a' && c <= 'z', c >= utf8.RuneSelf:
			b[i] = 'a' + d%26
		}
	}
	if s.Unique {
		return string(b) + "-" + suffix(h[16:], 10)
	}
	return string(b)
}

// filename keeps the extension.
func (m *Maker) filename(value string) string {
	h := m.Sum("filename", value)
	name := "file-" + suffix(h[:], 8)
	if at := strings.LastIndexByte(value, '.'); at >= 0 && len(value)-at <= 6 && extension(value[at+1:]) {
		name += strings.ToLower(value[at:])
	}
	return name
}

var extensions = strings.Fields("bmp css csv doc docx eml gif gz htm html ics ico jpeg jpg js json md mov mp3 mp4 odp ods odt ogg pdf png ppt pptx rtf svg tar tif tiff tsv txt vcf wav webm webp xls xlsx xml yaml yml zip")

func extension(s string) bool {
	for _, e := range extensions {
		if strings.EqualFold(e, s) {
			return true
		}
	}
	return false
}

// text makes as many words as there were, twelve at most.
func (m *Maker) text(value, kind string, s Shape) string {
	h := m.Sum(kind, value)
	n := min(max(len(strings.Fields(value)), 1), 12)
	if kind == "word" {
		n = 1
	}
	out := make([]string, n, n+1)
	for i := range out {
		out[i] = pick(m.words, h[2*i:])
	}
	if s.Unique {
		out = append(out, suffix(h[20:], 10))
	}
	out[0] = strings.ToUpper(out[0][:1]) + out[0][1:]
	if kind == "word" {
		return strings.Join(out, "-")
	}
	return strings.Join(out, " ")
}

// Token is a new random secret for a value: 32 hexadecimal digits.
func (m *Maker) Token(place, value string) string {
	h := m.Sum("secret\x00"+place, value)
	return hex.EncodeToString(h[:16])
}

// UUID is a new random one.
func (m *Maker) UUID(place, value string) string {
	h := m.Sum("uuid\x00"+place, value)
	h[6], h[8] = h[6]&0x0f|0x40, h[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", h[:4], h[4:6], h[6:8], h[8:10], h[10:16])
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }
func isUpper(c byte) bool { return c >= 'A' && c <= 'Z' }

func digits(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, s)
}

func alnum(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToUpper(r)
		}
		return -1
	}, s)
}

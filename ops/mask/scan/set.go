// Package scan finds what a masked value gives away: originals as words of it,
// also in HTML, JSON and base64, and addresses and accounts that nobody made
// up. It holds hashes only, and tells kinds, never values.
package scan

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/odooops/odooops/ops/mask/fake"
)

// Kind of a hit.
type Kind uint8

// The kinds.
const (
	Name Kind = iota + 1
	Email
	Phone
	VAT
	IBAN
	Login
	Secret
	EmailRange
	IBANRange
)

func (k Kind) String() string {
	return [...]string{"", "name", "email", "phone", "vat", "iban", "login", "secret", "email-range", "iban-range"}[k]
}

const (
	longestName  = 4 // words; the rest of a longer name is not looked at
	shortestName = 8 // letters of a name of one word
	shortestCode = 8 // characters of a login or account, digits of a phone plus one
)

// Set is of all originals. Several may add, all before its use; it may then be
// read by many.
type Set struct {
	adding sync.Mutex
	hashes map[uint64]Kind
	last   filter // the hashes of the last words of names
	codes  filter // of the tokens that are one word
	allow  map[uint64]bool
	mails  map[string]bool
	secret map[[32]byte]bool
}

// NewSet knows what Odoo itself ships, and the hexadecimal sha256 of secrets.
func NewSet(allow, secrets []string) (*Set, error) {
	s := &Set{
		hashes: map[uint64]Kind{}, last: make(filter, 1<<17), codes: make(filter, 1<<17), allow: map[uint64]bool{},
		mails: map[string]bool{}, secret: map[[32]byte]bool{},
	}
	for _, a := range allow {
		if strings.Contains(a, "@") {
			s.mails[strings.ToLower(a)] = true
		}
		for _, kind := range []Kind{Name, Email, Phone, VAT} {
			for _, h := range tokens(kind, []byte(a)) {
				s.allow[h] = true
			}
		}
	}
	for _, text := range secrets {
		b, err := hex.DecodeString(text)
		if err != nil || len(b) != sha256.Size {
			return nil, fmt.Errorf("settings.productionSecrets: %q is no sha256", text)
		}
		s.secret[[32]byte(b)] = true
	}
	return s, nil
}

// Len is how many originals the set has.
func (s *Set) Len() int { return len(s.hashes) }

// Add an original.
func (s *Set) Add(kind Kind, value []byte) {
	found := tokens(kind, value)
	var ends []word // of the names
	if kind == Name {
		value = normal(value)
		for part := range bytes.SplitSeq(value, []byte(", ")) {
			if w := words(part); len(w) > 0 {
				ends = append(ends, w[min(len(w), longestName)-1])
			}
		}
	}
	s.adding.Lock()
	defer s.adding.Unlock()
	for _, h := range found {
		if s.allow[h] {
			continue
		}
		s.hashes[h] = kind
		if kind != Name && kind != Email { // those are not looked for by one word
			s.codes.mark(h)
		}
	}
	for _, w := range ends {
		s.last.mark(w.hash)
	}
}

// Forget what Odoo's own texts say: it is a word, not somebody.
func (s *Set) Forget(hits []uint64) {
	for _, h := range hits {
		delete(s.hashes, h)
	}
}

// filter says of most hashes that they aren't there, from a megabyte that
// stays in the processor's cache.
type filter []uint64

func (f filter) mark(h uint64)        { f[h>>6&(1<<17-1)] |= 1 << (h & 63) }
func (f filter) marked(h uint64) bool { return f[h>>6&(1<<17-1)]&(1<<(h&63)) != 0 }

// tokens are the hashes by which a value is found.
func tokens(kind Kind, value []byte) []uint64 {
	value = normal(value)
	switch kind {
	case Name:
		var all []uint64
		for part := range bytes.SplitSeq(value, []byte(", ")) {
			w := words(part)
			if len(w) == 0 || len(w) == 1 && (w[0].letters < shortestName) {
				continue
			}
			count, letters := min(len(w), longestName), 0
			h := uint64(0)
			for _, x := range w[:count] {
				h = join(h, x.hash)
				letters += x.letters
			}
			if letters >= 5 {
				all = append(all, seal(h, Name))
			}
		}
		return all
	case Email:
		var all []uint64
		addresses(value, func(address []byte) { all = append(all, seal(hash(bytes.ToLower(address)), Email)) })
		return all
	case Phone:
		var all []uint64
		for _, d := range numbers(value) {
			if len(d) > shortestCode && !zeros(d) {
				all = append(all, seal(hash(d), Phone))
			}
		}
		return all
	case VAT, IBAN, Login:
		if kind == Login && bytes.IndexByte(value, '@') >= 0 {
			return tokens(Email, value)
		}
		joined, digits := joinedWords(value), onlyDigits(value)
		// A VAT may say "exempted".
		if kind == Login && len(words(value)) != 1 || kind != Login && len(digits) == 0 {
			return nil
		}
		var all []uint64
		if len(joined) >= shortestCode {
			all = append(all, seal(hash(joined), VAT))
		}
		// In groups, its digits are what is found of it.
		if kind != Login && len(digits) > shortestCode && len(digits) < len(joined) && !zeros(digits) {
			all = append(all, seal(hash(digits), VAT))
		}
		return all
	}
	return nil
}

// numbers are the ways to write a phone: as it is, and of one with a country's
// code, which has one to three digits, also as that country writes it.
func numbers(value []byte) [][]byte {
	d := onlyDigits(value)
	text := bytes.TrimSpace(value)
	abroad := bytes.HasPrefix(d, []byte("00"))
	switch {
	case abroad:
		d = d[2:]
	case !bytes.HasPrefix(text, []byte("+")):
		return [][]byte{d}
	}
	all := [][]byte{d, append([]byte("00"), d...)}
	if len(d) > 4 {
		all = append(all, d[1:], append([]byte("0"), d[2:]...), append([]byte("0"), d[3:]...))
	}
	return all
}

type word struct {
	hash       uint64
	letters    int
	start, end int
}

func words(b []byte) []word {
	var all []word
	eachWord(b, func(w word) { all = append(all, w) })
	return all
}

const (
	offset = 14695981039346656037
	prime  = 1099511628211
)

// classes of bytes: 1 a letter, 2 a digit, 3 of a longer rune.
var classes = func() (t [256]byte) {
	for c := range t {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z':
			t[c] = 1
		case c >= '0' && c <= '9':
			t[c] = 2
		case c >= utf8.RuneSelf:
			t[c] = 3
		}
	}
	return t
}()

func eachWord(b []byte, each func(word)) {
	for i := 0; i < len(b); {
		if classes[b[i]] == 0 {
			i++
			continue
		}
		w := word{hash: offset, start: i}
		for i < len(b) {
			class := classes[b[i]]
			if class == 0 {
				break
			}
			if class == 3 {
				r, n := utf8.DecodeRune(b[i:])
				if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
					if w.end > w.start {
						break
					}
					i += n
					w.start = i
					continue
				}
				r = unicode.ToLower(r)
				for ; r > 0; r >>= 8 {
					w.hash = (w.hash ^ uint64(r&255)) * prime
				}
				w.letters++
				i += n
				w.end = i
				continue
			}
			c := b[i]
			if class == 1 {
				c |= 0x20
				w.letters++
			}
			w.hash = (w.hash ^ uint64(c)) * prime
			i++
			w.end = i
		}
		if w.end > w.start {
			each(w)
		}
	}
}

func hash(b []byte) uint64 {
	h := uint64(offset)
	for _, c := range b {
		if classes[c] == 1 {
			c |= 0x20
		}
		h = (h ^ uint64(c)) * prime
	}
	return h
}

func join(h, next uint64) uint64 { return (h*31 + next) * 0x9E3779B97F4A7C15 }

func seal(h uint64, k Kind) uint64 {
	h ^= uint64(k) << 56
	h ^= h >> 31
	return h * 0xBF58476D1CE4E5B9
}

func onlyDigits(b []byte) []byte {
	out := make([]byte, 0, 20)
	for _, c := range b {
		if classes[c] == 2 {
			out = append(out, c)
		}
	}
	return out
}

func joinedWords(b []byte) []byte {
	out := make([]byte, 0, 34)
	for _, c := range b {
		if classes[c] != 0 {
			out = append(out, c)
		}
	}
	return out
}

func zeros(b []byte) bool { return len(bytes.Trim(b, "0")) == 0 }

// part is true for the characters of an address before and behind the @.
func part(r rune, more string) bool {
	if r < utf8.RuneSelf {
		return classes[byte(r)] != 0 || strings.ContainsRune(more, r)
	}
	return unicode.IsLetter(r) || unicode.IsDigit(r)
}

func addresses(b []byte, each func([]byte)) {
	for at := 0; ; at++ {
		next := bytes.IndexByte(b[at:], '@')
		if next < 0 {
			return
		}
		at += next
		from, to := at, at+1
		for from > 0 {
			r, n := utf8.DecodeLastRune(b[:from])
			if !part(r, "._%+-") {
				break
			}
			from -= n
		}
		for from < at && (b[from] == '.' || b[from] == '-') {
			from++
		}
		for to < len(b) {
			r, n := utf8.DecodeRune(b[to:])
			if !part(r, ".-") {
				break
			}
			to += n
		}
		for to > at+1 && (b[to-1] == '.' || b[to-1] == '-') {
			to--
		}
		dot := bytes.LastIndexByte(b[at+1:to], '.')
		if from < at && dot > 0 && to-(at+1+dot) > 2 && classes[b[to-1]] != 2 {
			each(b[from:to])
		}
	}
}

// normal is one way to write what Unicode has several for, without characters
// that nobody sees.
func normal(b []byte) []byte {
	for i := range b {
		if b[i] < utf8.RuneSelf {
			continue
		}
		if !norm.NFKC.IsNormal(b) {
			b = norm.NFKC.Bytes(b)
		}
		if unseenByte(b) {
			b = bytes.Map(func(r rune) rune {
				if strings.ContainsRune(unseen, r) {
					return -1
				}
				return r
			}, b)
		}
		return b
	}
	return b
}

// unseenByte is quicker than a look for each: it is true for all that hold one
// of them, and for some others.
func unseenByte(b []byte) bool {
	return bytes.IndexByte(b, 0xe2) >= 0 || bytes.IndexByte(b, 0xef) >= 0 || bytes.Contains(b, []byte("\u00ad"))
}

// A hyphen where a word may be parted, joiners, marks of the byte order.
const unseen = "\u00ad\u200b\u200c\u200d\u2060\ufeff"

// allowed are Odoo's own addresses, and all of a domain that is @DOMAIN.
func (s *Set) allowed(address []byte) bool {
	a := strings.ToLower(string(address))
	return s.mails[a] || s.mails[a[strings.IndexByte(a, '@'):]]
}

// ours are the addresses that are made up.
func ours(address []byte) bool {
	domain := address[bytes.IndexByte(address, '@')+1:]
	return strings.HasSuffix(strings.ToLower("."+string(domain)), "."+fake.Domain)
}

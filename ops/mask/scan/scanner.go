package scan

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"html"
	"strconv"
	"unicode/utf8"

	"github.com/odooops/odooops/ops/mask/fake"
)

const (
	shortestBase64 = 24
	deepest        = 3 // base64 in JSON in HTML
)

// Scanner looks through values. It is not for concurrent use; its set is.
type Scanner struct {
	Set    *Set
	Ranges bool // also report addresses and accounts that nobody made up
	hit    func(Kind, uint64)
	recent [longestName]uint64
	buffer []byte
}

// Value looks through one, and tells each hit's kind and token.
func (s *Scanner) Value(b []byte, hit func(Kind, uint64)) {
	s.hit = hit
	s.scan(b, 0)
	if len(s.Set.secret) > 0 {
		s.secrets(b)
	}
}

func (s *Scanner) scan(b []byte, depth int) {
	s.names(b)
	s.phones(b)
	if bytes.IndexByte(b, '@') >= 0 {
		addresses(b, s.address)
	}
	if depth >= deepest {
		return
	}
	if bytes.IndexByte(b, '<') >= 0 || bytes.IndexByte(b, '&') >= 0 {
		if plain := []byte(html.UnescapeString(string(untagged(b)))); !bytes.Equal(plain, b) {
			s.scan(plain, deepest-1)
		}
	}
	if bytes.Contains(b, []byte(`\u`)) {
		s.scan(unescapedJSON(b), depth+1)
	}
}

func (s *Scanner) address(a []byte) {
	h := seal(hash(a), Email)
	if _, known := s.Set.hashes[h]; known {
		s.hit(Email, h)
	} else if s.Ranges && !ours(a) && !s.Set.mails[string(bytes.ToLower(a))] {
		s.hit(EmailRange, h)
	}
}

// names looks at one to four words in a row, and at each word as a code.
func (s *Scanner) names(b []byte) {
	n, end := 0, 0
	eachWord(b, func(w word) {
		// Words of one name have at most two characters between them.
		if w.start-end > 2 {
			n = 0
		}
		end = w.end
		copy(s.recent[1:], s.recent[:longestName-1])
		s.recent[0] = w.hash
		n = min(n+1, longestName)
		if s.Set.last.marked(w.hash) {
			for k := 1; k <= n; k++ {
				h := uint64(0)
				for i := k - 1; i >= 0; i-- {
					h = join(h, s.recent[i])
				}
				h = seal(h, Name)
				if kind, known := s.Set.hashes[h]; known && kind == Name {
					s.hit(Name, h)
				}
			}
		}
		size := w.end - w.start
		if size >= shortestCode {
			h := seal(w.hash, VAT)
			if s.Set.codes.marked(h) {
				if kind, known := s.Set.hashes[h]; known {
					s.hit(kind, h)
				}
			}
		}
		if size >= 4 && b[w.start] >= 'A' && b[w.start] <= 'Z' && classes[b[w.start+2]] == 2 && classes[b[w.start+3]] == 2 {
			s.iban(b[w.start:])
		}
		if size >= shortestBase64 {
			s.base64(b, w)
		}
	})
}

// iban joins groups of four from the beginning of b.
func (s *Scanner) iban(b []byte) {
	joined := make([]byte, 0, 34)
	for i := 0; i < len(b) && len(joined) < 34; i++ {
		switch {
		case classes[b[i]] == 1 || classes[b[i]] == 2:
			joined = append(joined, b[i])
		case b[i] == ' ' && i+1 < len(b) && b[i+1] != ' ':
			if s.account(joined) {
				return
			}
		default:
			i = len(b)
		}
	}
	s.account(joined)
}

func (s *Scanner) account(joined []byte) bool {
	if !fake.IsIBAN(string(joined)) {
		return false
	}
	h := seal(hash(joined), VAT)
	if kind, known := s.Set.hashes[h]; known {
		s.hit(kind, h)
	} else if s.Ranges && string(joined[4:8]) != "ZZZZ" && !s.Set.allow[h] {
		s.hit(IBANRange, h)
	}
	return true
}

// phones looks at digits, with what people write between them.
func (s *Scanner) phones(b []byte) {
	var digits [24]byte
	n, from := 0, -1
	check := func() {
		if n > shortestCode && n <= 16 && from >= 0 {
			h := seal(hash(digits[:n]), Phone)
			if !s.Set.codes.marked(h) {
				return
			}
			if _, known := s.Set.hashes[h]; known {
				s.hit(Phone, h)
			}
		}
	}
	gap := 0
	for i, c := range b {
		if classes[c] == 2 {
			if from < 0 {
				from = i
			}
			if n < len(digits) {
				digits[n] = c
				n++
			}
			gap = 0
			continue
		}
		if n == 0 {
			continue
		}
		if gap++; gap <= 2 && (c == ' ' || c == '-' || c == '.' || c == '/' || c == '(' || c == ')') {
			continue
		}
		check()
		n, from, gap = 0, -1, 0
	}
	check()
}

// base64 decodes the run that a long word is in.
func (s *Scanner) base64(b []byte, w word) {
	from, to := w.start, w.end
	for to < len(b) && (classes[b[to]] == 1 || classes[b[to]] == 2 || b[to] == '+' || b[to] == '/') {
		to++
	}
	for from > 0 && (b[from-1] == '+' || b[from-1] == '/' || classes[b[from-1]] == 1 || classes[b[from-1]] == 2) {
		from--
	}
	run := b[from : to-(to-from)%4]
	out := make([]byte, base64.StdEncoding.DecodedLen(len(run)))
	n, err := base64.StdEncoding.Decode(out, run)
	if err != nil || !utf8.Valid(out[:max(n-3, 0)]) {
		return
	}
	inner := Scanner{Set: s.Set, hit: s.hit}
	inner.scan(out[:n], deepest-1)
}

// secrets compares the whole and its parts with production's secrets.
func (s *Scanner) secrets(b []byte) {
	check := func(part []byte) {
		if len(part) >= shortestCode && s.Set.secret[sha256.Sum256(part)] {
			s.hit(Secret, 0)
		}
	}
	check(b)
	for _, part := range bytes.FieldsFunc(b, func(r rune) bool { return r <= ' ' || r == '"' || r == '\'' || r == '=' || r == ':' || r == '@' }) {
		if len(part) != len(b) && len(part) < 256 {
			check(part)
		}
	}
}

// untagged leaves out the tags.
func untagged(b []byte) []byte {
	out := make([]byte, 0, len(b))
	for {
		at := bytes.IndexByte(b, '<')
		if at < 0 || at+1 >= len(b) {
			return append(out, b...)
		}
		out = append(out, b[:at]...)
		end := bytes.IndexByte(b[at:], '>')
		if end < 0 || classes[b[at+1]] != 1 && b[at+1] != '/' {
			out = append(out, '<')
			b = b[at+1:]
			continue
		}
		b = b[at+end+1:]
	}
}

func unescapedJSON(b []byte) []byte {
	out := make([]byte, 0, len(b))
	for i := 0; i < len(b); i++ {
		if b[i] == '\\' && i+5 < len(b) && b[i+1] == 'u' {
			if r, err := strconv.ParseUint(string(b[i+2:i+6]), 16, 16); err == nil {
				out = utf8.AppendRune(out, rune(r))
				i += 5
				continue
			}
		}
		out = append(out, b[i])
	}
	return out
}

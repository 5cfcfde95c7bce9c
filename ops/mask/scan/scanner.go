package scan

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"html"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/odooops/odooops/ops/mask/fake"
)

const (
	shortestBase64 = 16
	deepest        = 4 // base64 in JSON in HTML, and an address in percents
	lineOfBase64   = 60
	longestNumber  = 16 // digits
)

// Scanner looks through values. It is not for concurrent use; its set is.
type Scanner struct {
	Set    *Set
	Ranges bool // also report addresses and accounts that nobody made up
	tell   func(Kind, uint64)
	told   []token
	outer  *Scanner // of the value that this one's was encoded in
	recent [longestName]uint64
}

// Value looks through one, and tells each hit's kind and token once.
func (s *Scanner) Value(b []byte, hit func(Kind, uint64)) {
	s.tell, s.told = hit, s.told[:0]
	s.scan(b, 0)
}

type token struct {
	kind Kind
	hash uint64
}

func (s *Scanner) hit(k Kind, h uint64) {
	if s.outer != nil {
		s.outer.hit(k, h)
	} else if t := (token{k, h}); !slices.Contains(s.told, t) {
		s.told = append(s.told, t)
		s.tell(k, h)
	}
}

func (s *Scanner) scan(b []byte, depth int) {
	if len(s.Set.secret) > 0 {
		s.secrets(b)
	}
	b = normal(b)
	var decoded [][]byte
	if depth < deepest {
		for _, decode := range []func([]byte) []byte{unescapedJSON, unescapedURL} {
			if plain := decode(b); plain != nil {
				decoded = append(decoded, plain)
			}
		}
	}
	// An escape before an address looks like a part of it.
	ranges := s.Ranges
	s.Ranges = ranges && len(decoded) == 0
	s.names(b, depth)
	s.phones(b)
	if bytes.IndexByte(b, '@') >= 0 {
		addresses(b, s.address)
	}
	s.Ranges = ranges
	if depth >= deepest {
		return
	}
	tags, entities := bytes.IndexByte(b, '<') >= 0, bytes.IndexByte(b, '&') >= 0
	if tags || entities {
		decoded = append(decoded, []byte(html.UnescapeString(string(untagged(b)))))
	}
	if tags && entities { // attributes
		decoded = append(decoded, []byte(html.UnescapeString(string(b))))
	}
	for _, plain := range decoded {
		if !bytes.Equal(plain, b) {
			s.scan(plain, depth+1)
		}
	}
}

func (s *Scanner) address(a []byte) {
	h := seal(hash(bytes.ToLower(a)), Email)
	if _, known := s.Set.hashes[h]; known {
		s.hit(Email, h)
	} else if s.Ranges && !ours(a) && !s.Set.allowed(a) {
		s.hit(EmailRange, h)
	}
}

// names looks at one to four words in a row, and at each word as a code.
func (s *Scanner) names(b []byte, depth int) {
	n, end, run := 0, 0, 0
	eachWord(b, func(w word) {
		// Words of one name have at most two characters between them, or space.
		if w.start-end > 2 && len(bytes.TrimSpace(b[end:w.start])) > 2 {
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
		if size >= shortestBase64-4 && w.end > run && depth < deepest {
			run = s.base64(b, w, depth)
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

// phones looks at groups of digits, with what people write between them, one
// or several in a row: another number may stand beside.
func (s *Scanner) phones(b []byte) {
	var digits [2*longestNumber + 1]byte
	var starts [longestNumber + 1]int
	n, groups, size, gap := 0, 0, 0, 0
	end := func() {
		if size > longestNumber {
			n, groups = 0, 0
		}
		size = 0
		for k := groups - 1; k >= 0 && n-starts[k] <= longestNumber; k-- {
			if n-starts[k] > shortestCode {
				s.number(digits[starts[k]:n], k < groups-1)
			}
		}
	}
	for _, c := range b {
		if classes[c] == 2 {
			if size == 0 {
				first := 0
				for first < groups && n-starts[first] >= longestNumber {
					first++
				}
				from := n
				if first < groups {
					from = starts[first]
				}
				copy(digits[:], digits[from:n])
				for k := first; k < groups; k++ {
					starts[k-first] = starts[k] - from
				}
				n, groups = n-from, groups-first
				starts[groups] = n
				groups++
			}
			if size < longestNumber {
				digits[n] = c
				n++
			}
			size++
			gap = 0
			continue
		}
		if size > 0 {
			end()
		}
		if n == 0 {
			continue
		}
		if gap++; gap > 2 || c != ' ' && c != '-' && c != '.' && c != '/' && c != '(' && c != ')' {
			n, groups, gap = 0, 0, 0
		}
	}
	if size > 0 {
		end()
	}
}

// number is a phone, or an account or a VAT in groups; in one, names sees it.
func (s *Scanner) number(digits []byte, grouped bool) {
	h := hash(digits)
	if phone := seal(h, Phone); s.Set.codes.marked(phone) {
		if _, known := s.Set.hashes[phone]; known {
			s.hit(Phone, phone)
		}
	}
	if code := seal(h, VAT); grouped && s.Set.codes.marked(code) {
		if kind, known := s.Set.hashes[code]; known {
			s.hit(kind, code)
		}
	}
}

// base64 decodes the run that a long word is in, over the ends of its lines,
// and says where it ends.
func (s *Scanner) base64(b []byte, w word, depth int) int {
	from, to := w.start, w.end
	for from > 0 && base64Byte(b[from-1]) {
		from--
	}
	run := make([]byte, 0, 2*(to-from))
	for at := from; at < len(b); {
		start := at
		for at < len(b) && base64Byte(b[at]) {
			at++
		}
		line := b[start:at]
		to = max(to, at)
		run = append(run, line...)
		if len(line) < lineOfBase64 || len(line)%4 != 0 {
			break
		}
		next := at
		for next < len(b) && (b[next] == '\r' || b[next] == '\n') {
			next++
		}
		if next == at || next == len(b) || !base64Byte(b[next]) {
			break
		}
		at = next
	}
	if len(run) < shortestBase64 {
		return to
	}
	s.decode(run, depth)
	if part := bytes.TrimLeft(run, "-_"); len(part) < len(run) {
		s.decode(part, depth)
	}
	return to
}

// base64Byte is true for both alphabets.
func base64Byte(c byte) bool {
	return classes[c] == 1 || classes[c] == 2 || c == '+' || c == '/' || c == '-' || c == '_'
}

func (s *Scanner) decode(run []byte, depth int) {
	plain := make([]byte, len(run)-len(run)%4)
	for i := range plain {
		switch c := run[i]; c {
		case '-':
			plain[i] = '+'
		case '_':
			plain[i] = '/'
		default:
			plain[i] = c
		}
	}
	rest := run[len(plain):]
	n, err := base64.StdEncoding.Decode(plain, plain)
	if err != nil {
		return
	}
	plain = plain[:n]
	if len(rest) > 1 {
		tail, err := base64.RawURLEncoding.DecodeString(strings.NewReplacer("+", "-", "/", "_").Replace(string(rest)))
		if err == nil {
			plain = append(plain, tail...)
		}
	}
	inner := Scanner{Set: s.Set, outer: s}
	inner.scan(plain, depth+1)
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
		if len(part) >= 256 || !bytes.ContainsAny(part, ",;/&?<>()[]{}") {
			continue
		}
		for _, word := range bytes.FieldsFunc(part, func(r rune) bool { return strings.ContainsRune(",;/&?<>()[]{}", r) }) {
			if len(word) != len(part) {
				check(word)
			}
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

// unescapedJSON is nil where nothing is escaped.
func unescapedJSON(b []byte) []byte {
	if bytes.IndexByte(b, '\\') < 0 {
		return nil
	}
	out := make([]byte, 0, len(b))
	for i := 0; i < len(b); i++ {
		if b[i] != '\\' || i+1 == len(b) {
			out = append(out, b[i])
			continue
		}
		i++
		switch c := b[i]; c {
		case 'n', 'r', 't', 'b', 'f':
			out = append(out, ' ')
		case 'u':
			if i+4 < len(b) {
				if r, err := strconv.ParseUint(string(b[i+1:i+5]), 16, 16); err == nil {
					out = utf8.AppendRune(out, rune(r))
					i += 4
					continue
				}
			}
			out = append(out, '\\', c)
		default:
			out = append(out, c)
		}
	}
	return out
}

// unescapedURL is nil where nothing is in percents.
func unescapedURL(b []byte) []byte {
	at := bytes.IndexByte(b, '%')
	if at < 0 {
		return nil
	}
	out, changed := append(make([]byte, 0, len(b)), b[:at]...), false
	for i := at; i < len(b); i++ {
		if b[i] == '%' && i+2 < len(b) {
			if c, err := strconv.ParseUint(string(b[i+1:i+3]), 16, 8); err == nil {
				out, changed = append(out, byte(c)), true
				i += 2
				continue
			}
		}
		out = append(out, b[i])
	}
	if !changed {
		return nil
	}
	return out
}

package fake

import (
	"bytes"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Redact keeps the shape of a text or of HTML and none of its words. Tags stay,
// with the attributes that say how it looks or what a template does.
func Redact(s string) string {
	out := make([]byte, 0, len(s))
	for len(s) > 0 {
		at := strings.IndexByte(s, '<')
		if at < 0 {
			return string(redactText(out, s))
		}
		out = redactText(out, s[:at])
		s = s[at:]
		switch {
		case strings.HasPrefix(s, "<!--"):
			end := strings.Index(s, "-->")
			if end < 0 {
				return string(out)
			}
			s = s[end+3:] // a comment may say anything: gone
		case strings.HasPrefix(s, "<?"), strings.HasPrefix(s, "<!"):
			end := strings.IndexByte(s, '>')
			if end < 0 || strings.HasPrefix(s, "<![CDATA[") {
				out = redactText(append(out, ' '), s[1:min(len(s), 9)])
				s = s[min(len(s), 9):]
				continue
			}
			if declaration.MatchString(s[:end+1]) {
				out = append(out, s[:end+1]...)
			}
			s = s[end+1:]
		case len(s) > 1 && (isLetter(s[1]) || s[1] == '/' && len(s) > 2 && isLetter(s[2])):
			end := tagEnd(s)
			if end < 0 || !tags[tagName(s)] {
				out, s = append(out, "&lt;"...), s[1:]
				continue
			}
			out = redactTag(out, s[:end])
			s = s[end:]
		default:
			out = append(out, s[0])
			s = s[1:]
		}
	}
	return string(out)
}

var declaration = regexp.MustCompile(`^<\?xml( (version|encoding|standalone)=["'](1\.[01]|(?i:utf-8|us-ascii|iso-8859-1)|yes|no)["'])* ?\?>$`)

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

// tags that may stay. Another may be an address, or a name.
var tags = func() map[string]bool {
	all := map[string]bool{}
	for _, t := range strings.Fields(`a abbr article aside audio b big blockquote body br button canvas caption center cite code col
		colgroup data dd del details div dl dt em fieldset figcaption figure font footer form g h1 h2 h3 h4 h5 h6 head header
		hr html i iframe img input ins kbd label legend li link main mark meta nav object ol option p path picture pre q rect s
		section select small source span strike strong style sub summary sup svg table tbody td textarea tfoot th thead time
		title tr tt u ul video
		activity arch calendar chatter control create data field filter form graph group kanban list notebook odoo page
		pivot search searchpanel separator sheet sort t template tree xpath`) {
		all[t] = true
	}
	return all
}()

func tagName(s string) string {
	from := 1
	if s[1] == '/' {
		from = 2
	}
	to := from
	for to < len(s) && (isLetter(s[to]) || isDigit(s[to])) {
		to++
	}
	if to < len(s) && !space(s[to]) && s[to] != '>' && s[to] != '/' {
		return ""
	}
	return strings.ToLower(s[from:to])
}

// Attributes are the parts of redacted HTML that are not x and 0.
func Attributes(s string) []byte {
	var out []byte
	for {
		at := strings.IndexByte(s, '<')
		if at < 0 {
			return out
		}
		end := tagEnd(s[at:])
		if end < 0 {
			s = s[at+1:]
			continue
		}
		if tag := s[at+1 : at+end]; strings.IndexByte(tag, '=') >= 0 {
			out = append(append(out, tag...), '\n')
		}
		s = s[at+end:]
	}
}

// tagEnd is behind the > that closes a tag, or -1.
func tagEnd(s string) int {
	var quote byte
	for i := 1; i < len(s); i++ {
		switch c := s[i]; {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '>':
			return i + 1
		case c == '<':
			return -1
		}
	}
	return -1
}

// silent are attributes whose values may tell of somebody; those that are
// named in no list go too.
var kept = map[string]bool{
	"class": true, "style": true, "type": true, "width": true, "height": true, "colspan": true, "rowspan": true,
	"align": true, "valign": true, "border": true, "cellpadding": true, "cellspacing": true, "bgcolor": true,
	"color": true, "dir": true, "lang": true, "role": true, "rel": true, "target": true, "position": true,
	"expr": true, "name": true, "invisible": true, "readonly": true, "required": true, "widget": true,
	"options": true, "groups": true, "inherit_id": true, "model": true, "context": true, "domain": true,
	"colors": true, "string": true, "version": true, "encoding": true, "xmlns": true, "viewBox": true,
	"d": true, "fill": true, "stroke": true, "nolabel": true, "col": true, "for": true, "id": true,
	"priority": true, "mode": true, "separator": true, "add": true, "remove": true, "optional": true,
}

// free are those of the kept attributes that hold what somebody wrote.
var free = map[string]bool{"string": true, "style": true, "domain": true, "context": true, "options": true, "id": true, "name": true}

func redactTag(out []byte, tag string) []byte {
	i := 1
	for i < len(tag) && !space(tag[i]) && tag[i] != '>' && (tag[i] != '/' || i == 1) {
		i++
	}
	out = append(out, tag[:i]...)
	for i < len(tag) {
		switch c := tag[i]; {
		case space(c):
			i++
		case c == '>' || c == '/':
			out = append(out, c)
			i++
		default:
			from := i
			for i < len(tag) && tag[i] != '=' && !space(tag[i]) && tag[i] != '>' && tag[i] != '/' {
				i++
			}
			name := tag[from:i]
			if i == from { // a stray =
				i++
				continue
			}
			j := i
			for j < len(tag) && space(tag[j]) {
				j++
			}
			if j >= len(tag) || tag[j] != '=' {
				if kept[name] || strings.HasPrefix(name, "t-") {
					out = append(append(out, ' '), name...)
				}
				continue
			}
			i = j + 1
			for i < len(tag) && space(tag[i]) {
				i++
			}
			value, quote := "", byte('"')
			if i < len(tag) && (tag[i] == '"' || tag[i] == '\'') {
				quote = tag[i]
				end := strings.IndexByte(tag[i+1:], quote)
				if end < 0 { // it opened in what looked like a value
					return append(out, '>')
				}
				value = tag[i+1 : i+1+end]
				i += end + 2
			} else {
				from := i
				for i < len(tag) && !space(tag[i]) && tag[i] != '>' {
					i++
				}
				value = strings.ReplaceAll(tag[from:i], `"`, "")
			}
			out = redactAttribute(out, name, value, quote)
		}
	}
	return out
}

func redactAttribute(out []byte, name, value string, quote byte) []byte {
	switch {
	case name == "t-name": // the view's key, made from its title; Odoo finds it by the column
		return out
	case strings.HasPrefix(name, "t-"), strings.HasPrefix(name, "xmlns"), kept[name] && !free[name]:
	case (name == "id" || name == "name") && strings.ContainsAny(value, " \t\n"): // no name of code
		value = string(redactText(nil, value))
	case kept[name] && name != "string" && plain(value):
	case name == "href" || name == "src":
		value = "#"
	case kept[name] && name != "style":
		value = string(redactText(nil, value))
	default:
		return out
	}
	out = append(append(out, ' '), name...)
	out = append(out, '=', quote)
	out = append(out, value...)
	return append(out, quote)
}

// plain are the values of code and of styles: no address, no number, no link.
func plain(s string) bool {
	run := 0
	for i := range len(s) {
		c := s[i]
		if c >= utf8.RuneSelf || c == '@' {
			return false
		}
		if isDigit(c) {
			run++
		} else {
			run = 0
		}
		if run > 6 {
			return false
		}
	}
	return !strings.Contains(s, "url(") && !strings.Contains(s, "//")
}

func space(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' }

var entities = [][]byte{[]byte("&amp;"), []byte("&lt;"), []byte("&gt;"), []byte("&quot;"), []byte("&nbsp;")}

// redactText: letters and digits become x and 0, white space and the commoner
// punctuation stay. An entity is dropped unless it is of the syntax.
func redactText(out []byte, s string) []byte {
	for i := 0; i < len(s); {
		c := s[i]
		switch {
		case c != '&' && c < utf8.RuneSelf:
			out = append(out, redacted[c])
		case c == '&':
			if end := strings.IndexByte(s[i:min(len(s), i+12)], ';'); end > 1 {
				entity := " "
				for _, e := range entities {
					if bytes.HasPrefix([]byte(s[i:min(len(s), i+8)]), e) {
						entity = string(e)
					}
				}
				out = append(out, entity...)
				i += end
			} else {
				out = append(out, "&amp;"...)
			}
		default:
			r, n := utf8.DecodeRuneInString(s[i:])
			if unicode.IsLetter(r) || unicode.IsDigit(r) {
				out = append(out, 'x')
			} else {
				out = append(out, ' ')
			}
			i += n - 1
		}
		i++
	}
	return out
}

// redacted are the ASCII characters.
var redacted = func() (t [utf8.RuneSelf]byte) {
	for i := range t {
		switch c := byte(i); {
		case isDigit(c):
			t[i] = '0'
		case isUpper(c):
			t[i] = 'X'
		case c >= 'a' && c <= 'z':
			t[i] = 'x'
		case space(c), strings.IndexByte(`.,;:!?()'-/`, c) >= 0:
			t[i] = c
		default:
			t[i] = ' '
		}
	}
	return t
}()

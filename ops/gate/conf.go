package gate

import (
	"path"
	"regexp"
	"strings"
)

// option of an odoo.conf.
type option struct {
	name, value string
	line        int
}

// conf is an odoo.conf, or a template of one.
type conf struct {
	file    string
	options []option
}

// get is the last of a name, which is the one that holds.
func (c *conf) get(name string) (option, bool) {
	for i := len(c.options) - 1; i >= 0; i-- {
		if c.options[i].name == name {
			return c.options[i], true
		}
	}
	return option{}, false
}

var (
	confName    = regexp.MustCompile(`(?i)(\.(conf|cfg|ini|rc)|^\.?odoorc)(\.(tmpl|template|tpl|j2|in|example|sample|dist))?$`)
	optionsHead = regexp.MustCompile(`(?m)^\[options\]\s*$`)
)

// confs are the configurations of Odoo in a tree: files with the section
// [options], but for tests'. They are read as Python's configparser reads them: a line that is
// indented goes on with the value above.
func (t *tree) confs() ([]*conf, error) {
	var all []*conf
	for _, f := range t.files {
		if !confName.MatchString(path.Base(f)) || strings.Contains("/"+f, "/tests/") {
			continue
		}
		b, err := t.read(f)
		if err != nil {
			return nil, err
		}
		if optionsHead.Match(b) {
			all = append(all, &conf{file: f, options: parseConf(string(b))})
		}
	}
	return all, nil
}

func parseConf(text string) []option {
	var all []option
	inside, open := false, false
	for i, line := range strings.Split(strings.ReplaceAll(text, "\r\n", "\n"), "\n") {
		trimmed := strings.TrimSpace(line)
		switch {
		case trimmed == "" || strings.HasPrefix(trimmed, "#") || strings.HasPrefix(trimmed, ";"):
		case strings.HasPrefix(line, "["):
			inside, open = trimmed == "[options]", false
		case !inside:
		case open && line[0] != trimmed[0]: // indented
			all[len(all)-1].value += "\n" + trimmed
		default:
			at := strings.IndexAny(line, "=:")
			if open = at > 0; open {
				all = append(all, option{
					name: strings.ToLower(strings.TrimSpace(line[:at])), value: strings.TrimSpace(line[at+1:]), line: i + 1,
				})
			}
		}
	}
	return all
}

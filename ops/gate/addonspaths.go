package gate

import (
	"context"
	"regexp"
	"strings"

	"github.com/odooops/odooops/ops/fault"
)

// AddonsPaths wants every odoo.conf to look for modules in Odoo's own folder,
// then OCA's, then the team's, and nowhere else: the first that has a module
// wins, so another order is another program.
type AddonsPaths struct{ Dir string }

// Check the configurations of a checkout, and what sets the path elsewhere.
func (g AddonsPaths) Check(ctx context.Context) (Report, error) {
	what := "gate addons-paths"
	var r Report
	t, err := openTree(ctx, "addons-paths", g.Dir)
	if err != nil {
		return r, err
	}
	confs, err := t.confs()
	if err != nil {
		return r, err
	}
	for _, c := range confs {
		r.Checked = append(r.Checked, c.file)
		o, ok := c.get("addons_path")
		if !ok {
			r.fail(c.file, 0, pathsNext, "it sets no addons_path")
			continue
		}
		if cause := wrongPaths(o.value); cause != "" {
			r.fail(c.file, o.line, pathsNext, "%s", cause)
		}
	}
	for _, f := range t.files {
		if !setting.MatchString(f) {
			continue
		}
		b, err := t.read(f)
		if err != nil {
			return r, err
		}
		for i, line := range strings.Split(string(b), "\n") {
			if m := pathFlag.FindStringSubmatch(line); m != nil && !strings.HasPrefix(strings.TrimSpace(line), "#") {
				r.Checked = append(r.Checked, f)
				if cause := wrongPaths(m[1]); cause != "" {
					r.fail(f, i+1, pathsNext, "%s", cause)
				}
			}
		}
	}
	if len(r.Checked) == 0 {
		return r, fault.Newf(what, "give --dir a folder with the odoo.conf that is run", "no odoo.conf (a file with [options]) and no --addons-path in %s", g.Dir)
	}
	return r, nil
}

const pathsNext = "set addons_path to Odoo's own addons, addons/oca and addons/ipai, in this order"

var (
	// setting are files that run or configure something.
	setting  = regexp.MustCompile(`(?i)(^|/)((Dockerfile|Containerfile)[^/]*|[^/]*\.(dockerfile|ya?ml|sh|env)|\.env[^/]*|Makefile|entrypoint[^/]*)$`)
	pathFlag = regexp.MustCompile(`--addons-path(?:=|\s+|["'],\s*["'])["']?([^\s"'\]]+)`)
	// A template's words: {{ if .Catcher }}.
	action = regexp.MustCompile(`\{\{.*?\}\}|\{%.*?%\}`)
)

// the three, by how their paths end.
var paths = []struct {
	name string
	ends *regexp.Regexp
}{
	{"odoo", regexp.MustCompile(`(^|/)(odoo/addons|addons/odoo|odoo)$`)},
	{"oca", regexp.MustCompile(`(^|/)oca$`)},
	{"ipai", regexp.MustCompile(`(^|/)ipai$`)},
}

// ours is the mail catcher's module: in the image, outside production, last.
var ours = regexp.MustCompile(`(^|/)addons/odooops$`)

// wrongPaths says what is wrong with an addons_path, or nothing.
func wrongPaths(value string) string {
	var all []string
	for _, p := range strings.FieldsFunc(action.ReplaceAllString(value, ""), func(c rune) bool { return c == ',' || c == '\n' }) {
		if p = strings.TrimRight(strings.TrimSpace(p), "/"); p != "" {
			all = append(all, p)
		}
	}
	listed := strings.Join(all, ",")
	if n := len(all); n > 0 && ours.MatchString(all[n-1]) {
		all = all[:n-1]
	}
	var names []string
	for _, p := range all {
		name := ""
		for _, want := range paths {
			if want.ends.MatchString(p) {
				name = want.name
				break
			}
		}
		if name == "" {
			return "addons_path has " + p + ", which is none of odoo, oca and ipai"
		}
		names = append(names, name)
	}
	if strings.Join(names, ",") != "odoo,oca,ipai" {
		return "addons_path is " + listed + ": want odoo, oca, ipai, each once, in this order"
	}
	return ""
}

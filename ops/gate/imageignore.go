package gate

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"

	"gopkg.in/yaml.v3"

	"github.com/odooops/odooops/ops/fault"
)

// imageIgnore is Trivy's own file, of which the gate takes a part: an entry
// must say until when, at most ignoredAtMost from now, and why.
const imageIgnore = ".trivyignore.yaml"

const ignoredAtMost = 90 * 24 * time.Hour

type ignored struct {
	Vulnerabilities []*ignoredOne `yaml:"vulnerabilities"`

	now time.Time
}

type ignoredOne struct {
	ID        string    `yaml:"id"`
	PURLs     []string  `yaml:"purls"` // only in these packages; without a version: in any
	ExpiredAt time.Time `yaml:"expired_at"`
	Statement string    `yaml:"statement"`

	line int
	used bool
}

func (e *ignoredOne) UnmarshalYAML(n *yaml.Node) error {
	type plain ignoredOne
	for i := 0; i+1 < len(n.Content); i += 2 { // a decoder of a node forgets to be strict
		if key := n.Content[i].Value; !slices.Contains([]string{"id", "purls", "expired_at", "statement"}, key) {
			return errors.New("unknown key " + key + ": id, purls, expired_at and statement are known")
		}
	}
	e.line = n.Line
	return n.Decode((*plain)(e))
}

func readIgnored(file string, now time.Time) (ignored, error) {
	i := ignored{now: now}
	text, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return i, nil
	}
	if err != nil {
		return i, fault.New("gate image", "make it readable", err)
	}
	d := yaml.NewDecoder(bytes.NewReader(text))
	d.KnownFields(true)
	if err := d.Decode(&i); err != nil && !errors.Is(err, io.EOF) {
		return i, fault.Usage("gate image: "+file, "mend the file", "%v", err)
	}
	for _, e := range i.Vulnerabilities {
		bad := func(format string, args ...any) (ignored, error) {
			return i, fault.Usage("gate image: "+file, "give each entry id, expired_at (such as "+now.AddDate(0, 0, 30).Format(time.DateOnly)+") and statement",
				"line %d: "+format, append([]any{e.line}, args...)...)
		}
		switch {
		case e.ID == "":
			return bad("an entry has no id")
		case e.ExpiredAt.IsZero():
			return bad("%s has no expired_at: it would be ignored for ever", e.ID)
		case e.ExpiredAt.After(now.Add(ignoredAtMost)):
			return bad("%s is ignored until %s, which is more than 90 days", e.ID, e.ExpiredAt.Format(time.DateOnly))
		case strings.TrimSpace(e.Statement) == "":
			return bad("%s has no statement: nobody will know why", e.ID)
		}
	}
	return i, nil
}

// report adds one vulnerability, as an entry of the file has it.
func (i ignored) report(r *Report, target string, v vulnerability) {
	if !v.matters() {
		return
	}
	update := "take " + v.PkgName + " " + v.FixedVersion + ": a newer base image, or the package's version in requirements.txt"
	past := ""
	for _, e := range i.Vulnerabilities {
		if !e.is(v) {
			continue
		}
		e.used = true
		day := e.ExpiredAt.Format(time.DateOnly)
		if i.now.Before(e.ExpiredAt) {
			r.warn(target, 0, update, "%s; ignored until %s: %s", v, day, e.Statement)
			return
		}
		past = "; it was ignored until " + day
	}
	r.fail(target, 0, update, "%s%s", v, past)
}

func (e *ignoredOne) is(v vulnerability) bool {
	return e.ID == v.VulnerabilityID && (len(e.PURLs) == 0 || slices.ContainsFunc(e.PURLs, func(p string) bool {
		of := v.PkgIdentifier.PURL
		return of == p || strings.HasPrefix(of, p+"@") || strings.HasPrefix(of, p+"?")
	}))
}

// unused warns of entries that nothing needs any more.
func (i ignored) unused(r *Report) {
	for _, e := range i.Vulnerabilities {
		if !e.used {
			r.warn(imageIgnore, e.line, "remove the entry", "%s is ignored, and the image does not have it", e.ID)
		}
	}
}

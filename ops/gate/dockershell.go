package gate

import (
	"path"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"mvdan.cc/sh/v3/syntax"
)

// shell looks at each command of a script.
func (d *dockerfile) shell(at place, text string) {
	file, err := syntax.NewParser().Parse(strings.NewReader(text), at.file)
	if err != nil {
		d.report.fail(at.file, at.line, "write it so that a shell can read it", "it can't be read as a shell script: %v", err)
		return
	}
	syntax.Walk(file, func(n syntax.Node) bool {
		if c, ok := n.(*syntax.CallExpr); ok && len(c.Args) > 0 {
			here := at
			here.line += int(c.Pos().Line()) - 1
			words := make([]string, len(c.Args))
			for i, w := range c.Args {
				words[i] = wordText(w)
			}
			d.call(here, words)
		}
		return true
	})
}

// wordText is a word without its quotes; an expansion stands as $.
func wordText(w *syntax.Word) string {
	var b strings.Builder
	var parts func([]syntax.WordPart)
	parts = func(all []syntax.WordPart) {
		for _, p := range all {
			switch p := p.(type) {
			case *syntax.Lit:
				b.WriteString(strings.ReplaceAll(p.Value, `\`, ""))
			case *syntax.SglQuoted:
				b.WriteString(p.Value)
			case *syntax.DblQuoted:
				parts(p.Parts)
			default:
				b.WriteString("$")
			}
		}
	}
	parts(w.Parts)
	return b.String()
}

// source is a file that the build copies into the image.
type source struct {
	name string // in the image
	file string // in the tree, for findings
	line int    // where its text begins
	text []byte // of a here-document; else it is in the file
}

var searched = []string{"/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"}

// copied are the files of the context behind a word of a command: a path of
// the image, a name on its PATH, or, behind a variable, any of that last name.
func (d *dockerfile) copied(stage int, word string) []source {
	var all []source
	for _, s := range d.sources(stage) {
		match := s.name == path.Clean(word)
		switch {
		case strings.Contains(word, "$"):
			match = strings.Contains(word, "/") && path.Base(s.name) == path.Base(word)
		case !strings.Contains(word, "/"):
			for _, dir := range searched {
				match = match || s.name == path.Join(dir, word)
			}
		case !path.IsAbs(word):
			match = strings.HasSuffix(s.name, "/"+path.Clean(word))
		}
		if match {
			all = append(all, s)
		}
	}
	return all
}

// sources are all that a stage has from the context, its base's too.
func (d *dockerfile) sources(stage int) []source {
	if all, ok := d.files[stage]; ok {
		return all
	}
	var all []source
	s := d.stages[stage]
	if base, ok := d.stage(stage, s.BaseName); ok {
		all = append(all, d.sources(base)...)
	}
	workdir, env := "/", map[string]string{}
	for _, c := range s.Commands {
		switch c := c.(type) {
		case *instructions.ArgCommand:
			d.take(env, *c)
		case *instructions.EnvCommand:
			for _, kv := range c.Env {
				env[kv.Key], _ = d.expand(kv.Value, env)
			}
		case *instructions.WorkdirCommand:
			dir, _ := d.expand(c.Path, env)
			workdir = absolute(workdir, dir)
		case *instructions.CopyCommand:
			from := d.context
			if c.From != "" {
				other, ok := d.stage(stage, c.From)
				if !ok {
					continue
				}
				there := d.sources(other)
				from = func(src string) []source { return below(there, absolute("/", src)) }
			}
			all = append(all, d.lands(c.SourcesAndDest, workdir, env, line(c.Location()), from)...)
		case *instructions.AddCommand:
			all = append(all, d.lands(c.SourcesAndDest, workdir, env, line(c.Location()), d.context)...)
		}
	}
	d.files[stage] = all
	return all
}

// lands are the files of a COPY, by the names that they get. from lists a
// source: with the name "" if it is a file, else with what is below it.
func (d *dockerfile) lands(c instructions.SourcesAndDest, workdir string, env map[string]string, at int, from func(string) []source) []source {
	dest, _ := d.expand(c.DestPath, env)
	folder := strings.HasSuffix(dest, "/") || dest == "." || len(c.SourcePaths)+len(c.SourceContents) > 1
	dest = absolute(workdir, dest)
	var all []source
	for _, content := range c.SourceContents {
		name := dest
		if folder {
			name = path.Join(dest, content.Path)
		}
		all = append(all, source{name: name, file: d.file, line: at + 1, text: []byte(content.Data)})
	}
	for _, src := range c.SourcePaths {
		src, _ = d.expand(src, env)
		found := from(src)
		if len(found) == 0 && !strings.Contains(src, "://") {
			d.report.warn(d.file, at, "run the gate where the build runs, after what makes it", "%s is not there: what it runs can't be looked at", src)
		}
		for _, s := range found {
			switch {
			case s.name != "":
				s.name = path.Join(dest, s.name)
			case folder && !strings.ContainsAny(src, "*?["):
				s.name = path.Join(dest, path.Base(src))
			case folder || len(found) > 1:
				s.name = path.Join(dest, path.Base(s.file))
			default:
				s.name = dest
			}
			all = append(all, s)
		}
	}
	return all
}

// context lists a source of the build's context: the Dockerfile's folder, or
// else the checkout.
func (d *dockerfile) context(src string) []source {
	src = strings.TrimPrefix(path.Clean("/"+src), "/")
	for _, root := range []string{path.Dir(d.file), "."} {
		var all []source
		pattern := path.Join(root, src)
		for _, f := range d.tree.files {
			name, below := "", pattern == "."
			if rest, ok := strings.CutPrefix(f, pattern+"/"); ok {
				name, below = rest, true
			} else if below {
				name = f
			}
			if same, err := path.Match(pattern, f); below || f == pattern || same && err == nil {
				all = append(all, source{name: name, file: f, line: 1})
			}
		}
		if len(all) > 0 {
			return all
		}
	}
	return nil
}

// below are those of a stage's files that are a path, or below it.
func below(all []source, at string) []source {
	var found []source
	for _, s := range all {
		if s.name == at {
			s.name = ""
			found = append(found, s)
		} else if rest, ok := strings.CutPrefix(s.name, strings.TrimSuffix(at, "/")+"/"); ok {
			s.name = rest
			found = append(found, s)
		}
	}
	return found
}

func absolute(workdir, p string) string {
	if path.IsAbs(p) {
		return path.Clean(p)
	}
	return path.Join(workdir, p)
}

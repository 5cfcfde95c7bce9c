package gate

import (
	"bytes"
	"context"
	"errors"
	"path"
	"regexp"
	"strconv"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
	"github.com/moby/buildkit/frontend/dockerfile/shell"

	"github.com/odooops/odooops/ops/fault"
)

// Dockerfile wants images that are whole when they are built: every base by
// digest, and no package manager in what a container runs.
type Dockerfile struct {
	Dir string
	// BuildArgs are those of the build, as docker build --build-arg takes them:
	// NAME=VALUE.
	BuildArgs []string
}

var dockerfileName = regexp.MustCompile(`(?i)^(Dockerfile|Containerfile)(\..+)?$|\.(dockerfile|containerfile)$`)

// Check every Dockerfile of a checkout, and the scripts that they start.
func (g Dockerfile) Check(ctx context.Context) (Report, error) {
	what := "gate dockerfile"
	var r Report
	given := map[string]string{}
	for _, arg := range g.BuildArgs {
		name, value, ok := strings.Cut(arg, "=")
		if !ok || name == "" {
			return r, fault.Usage(what, "give --build-arg NAME=VALUE", "%q is not NAME=VALUE", arg)
		}
		given[name] = value
	}
	t, err := openTree(ctx, "dockerfile", g.Dir)
	if err != nil {
		return r, err
	}
	for _, f := range t.files {
		if !dockerfileName.MatchString(path.Base(f)) || strings.HasSuffix(f, ".dockerignore") {
			continue
		}
		text, err := t.read(f)
		if err != nil {
			return r, err
		}
		r.Checked = append(r.Checked, f)
		d := &dockerfile{tree: t, report: &r, file: f, given: given}
		if err := d.parse(text); err != nil {
			r.fail(f, errorLine(err), "correct it: docker build would refuse it too", "it is no Dockerfile: %v", err)
			continue
		}
		d.syntax(text)
		d.bases()
		d.runs()
		if d.failed != nil {
			return r, d.failed
		}
	}
	if len(r.Checked) == 0 {
		return r, fault.Newf(what, "give --dir the folder of the Dockerfile", "no Dockerfile in %s", g.Dir)
	}
	return r, nil
}

// dockerfile is one of them, read.
type dockerfile struct {
	tree   *tree
	report *Report
	file   string
	given  map[string]string
	lex    *shell.Lex
	stages []instructions.Stage
	args   map[string]string // before the first FROM
	seen   map[string]bool   // scripts that were looked at
	failed error             // to read one
	files  map[int][]source  // of a stage, once listed
}

func (d *dockerfile) parse(text []byte) error {
	parsed, err := parser.Parse(bytes.NewReader(text))
	if err != nil {
		return err
	}
	stages, args, err := instructions.Parse(parsed.AST, nil)
	if err != nil {
		return err
	}
	d.lex = shell.NewLex(parsed.EscapeToken)
	d.stages, d.args = stages, map[string]string{}
	d.seen, d.files = map[string]bool{}, map[int][]source{}
	for _, a := range args {
		d.take(d.args, a)
	}
	return nil
}

// take adds what an ARG is: as given, or its default.
func (d *dockerfile) take(env map[string]string, a instructions.ArgCommand) {
	for _, arg := range a.Args {
		if value, ok := d.given[arg.Key]; ok {
			env[arg.Key] = value
		} else if arg.Value != nil {
			env[arg.Key], _ = d.expand(*arg.Value, env)
		} else if value, ok := d.args[arg.Key]; ok {
			env[arg.Key] = value
		}
	}
}

// expand is a word with its variables; unknown are those without a value.
func (d *dockerfile) expand(word string, env map[string]string) (text string, unknown []string) {
	list := make([]string, 0, len(env))
	for k, v := range env {
		list = append(list, k+"="+v)
	}
	text, unmatched, err := d.lex.ProcessWord(word, shell.EnvsFromSlice(list))
	if err != nil {
		return word, []string{word}
	}
	for name := range unmatched {
		unknown = append(unknown, name)
	}
	return text, unknown
}

var digest = regexp.MustCompile(`@sha256:[0-9a-f]{64}$`)

const pinNext = "write NAME@sha256:…, the digest that docker buildx imagetools inspect NAME prints"

// bases looks at every image that the build takes something from.
func (d *dockerfile) bases() {
	for i, s := range d.stages {
		d.pinned(i, s.BaseName, line(s.Location), d.args)
		env := map[string]string{}
		for _, c := range s.Commands {
			switch c := c.(type) {
			case *instructions.ArgCommand:
				d.take(env, *c)
			case *instructions.CopyCommand:
				if c.From != "" {
					d.pinned(i, c.From, line(c.Location()), env)
				}
			case *instructions.RunCommand:
				_ = c.Expand(func(word string) (string, error) { return word, nil }) // which is what parses the mounts
				for _, m := range instructions.GetMounts(c) {
					if m.From != "" {
						d.pinned(i, m.From, line(c.Location()), env)
					}
				}
			}
		}
	}
}

// pinned wants an image by digest, where it is not a stage before this one.
func (d *dockerfile) pinned(stage int, image string, at int, env map[string]string) {
	if _, ok := d.stage(stage, image); ok || image == "scratch" {
		return
	}
	text, unknown := d.expand(image, env)
	if _, ok := d.stage(stage, text); ok {
		return
	}
	switch {
	case len(unknown) > 0:
		d.report.fail(d.file, at, "give ARG "+unknown[0]+" a default with a digest, or the gate --build-arg "+unknown[0]+"=NAME@sha256:…",
			"%s is not known before the build: ARG %s has no value", image, unknown[0])
	case !digest.MatchString(text):
		d.report.fail(d.file, at, pinNext, "%s is not pinned by digest: the next build may take another one", text)
	}
}

// stage finds an earlier stage by name or number.
func (d *dockerfile) stage(before int, name string) (int, bool) {
	if n, err := strconv.Atoi(name); err == nil {
		return n, n >= 0 && n < before
	}
	for i := before - 1; i >= 0; i-- {
		if d.stages[i].Name != "" && strings.EqualFold(d.stages[i].Name, name) {
			return i, true
		}
	}
	return 0, false
}

func (d *dockerfile) syntax(text []byte) {
	ref, _, at, ok := parser.DetectSyntax(text)
	if ok && !digest.MatchString(ref) {
		d.report.warn(d.file, line(at), pinNext, "# syntax=%s runs an image that is not pinned by digest while building", ref)
	}
}

func line(at []parser.Range) int {
	if len(at) == 0 {
		return 0
	}
	return at[0].Start.Line
}

func errorLine(err error) int {
	var at *parser.LocationError
	if errors.As(err, &at) && len(at.Locations) > 0 {
		return line(at.Locations[0])
	}
	return 0
}

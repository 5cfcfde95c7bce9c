package gate

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"sync"

	"github.com/rs/zerolog"
	"github.com/spf13/viper"
	"github.com/zricethezav/gitleaks/v8/cmd/scm"
	"github.com/zricethezav/gitleaks/v8/config"
	"github.com/zricethezav/gitleaks/v8/detect"
	"github.com/zricethezav/gitleaks/v8/logging"
	"github.com/zricethezav/gitleaks/v8/report"
	"github.com/zricethezav/gitleaks/v8/sources"
	"golang.org/x/sync/errgroup"

	"github.com/odooops/odooops/ops/fault"
	"github.com/odooops/odooops/ops/git"
)

// Files of a repository that change what gitleaks finds, in its root.
const (
	secretsRules  = ".gitleaks.toml"
	secretsIgnore = ".gitleaksignore"
)

// Secrets finds passwords, keys and tokens in the files that git has or would
// take, and in commits, by the rules of gitleaks. Submodules are others'
// repositories and are left out. No finding says what the secret is.
type Secrets struct {
	Dir string
	// Commits are commits to look at too, as what each of them added: "all",
	// or a range such as origin/main..HEAD. A secret that a later commit took
	// out again is still there for who has the repository.
	Commits string
}

// Check is the gate.
func (g Secrets) Check(ctx context.Context) (Report, error) {
	var r Report
	logging.Logger = zerolog.Nop() // it would print; what fails is asked for below
	rules, own, err := g.rules()
	if err != nil {
		return r, fault.Usage("gate secrets", "mend "+secretsRules, "%v", err)
	}
	if own {
		r.warn(secretsRules, 0, "put `useDefault = true` under [extend]", "it replaces the rules of gitleaks instead of adding to them")
	}
	files, err := g.files(ctx)
	if err != nil {
		return r, err
	}
	r.Checked = files.names
	if err := g.look(ctx, &r, rules, files); err != nil {
		return r, err
	}
	if g.Commits == "" {
		return r, nil
	}
	commits, err := g.commits(ctx)
	if err != nil {
		return r, err
	}
	r.Checked = append(r.Checked, "commits "+g.Commits)
	return r, g.look(ctx, &r, rules, commits)
}

// look adds what is found in a source. gitleaks itself goes on after an error.
func (g Secrets) look(ctx context.Context, r *Report, rules config.Config, source sources.Source) error {
	d := detect.NewDetectorContext(ctx, rules)
	d.MaxDecodeDepth = 5 // as its command line has it
	ignore := filepath.Join(g.Dir, secretsIgnore)
	if _, err := os.Stat(ignore); err == nil {
		if err := d.AddGitleaksIgnore(ignore); err != nil {
			return fault.New("gate secrets", "make it readable", err)
		}
	}
	strict := &strictly{Source: source}
	if inCommits, ok := source.(*sources.Git); ok {
		inCommits.Config, inCommits.Sema = &d.Config, d.Sema
	}
	found, err := d.DetectSource(ctx, strict)
	if err = errors.Join(err, strict.failed, ctx.Err()); err != nil {
		return fault.New("gate secrets", "make all of it readable, and run it again", err)
	}
	for _, f := range found {
		r.secret(f)
	}
	return nil
}

func (r *Report) secret(f report.Finding) {
	where := f.File
	if f.Commit != "" {
		where = "commit " + f.Commit[:min(12, len(f.Commit))] + " " + f.File
	}
	r.fail(where, f.StartLine, "revoke it where it was issued, then take it out; if it is none: gitleaks:allow in a comment on the line, or this in "+secretsIgnore+": "+f.Fingerprint,
		"rule %s: %s", f.RuleID, strings.TrimSuffix(f.Description, "."))
}

// rules are gitleaks' own, or what the repository's file makes of them; own is
// true where that file leaves gitleaks' out.
func (g Secrets) rules() (rules config.Config, own bool, err error) {
	defer func() { // a pattern that is none
		if p := recover(); p != nil {
			err = fmt.Errorf("%v", p)
		}
	}()
	text, err := os.ReadFile(filepath.Join(g.Dir, secretsRules))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		text = []byte(config.DefaultConfig)
	case err != nil:
		return rules, false, err
	default:
		own = true
	}
	v := viper.New()
	v.SetConfigType("toml")
	if err := v.ReadConfig(strings.NewReader(string(text))); err != nil {
		return rules, false, err
	}
	var vc config.ViperConfig
	if err := v.Unmarshal(&vc); err != nil {
		return rules, false, err
	}
	own = own && !vc.Extend.UseDefault
	if vc.Extend.Path != "" || vc.Extend.URL != "" {
		return rules, false, errors.New("extend.path and extend.url are not followed, only extend.useDefault is")
	}
	if rules, err = vc.Translate(); err != nil {
		return rules, false, err
	}
	if len(rules.Rules) == 0 {
		return rules, false, errors.New("it leaves no rule")
	}
	rules.Path = secretsRules
	return rules, own, nil
}

// files are those that git has or would take.
func (g Secrets) files(ctx context.Context) (*gitFiles, error) {
	list, err := git.Run(ctx, g.Dir, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
	if err != nil {
		return nil, fault.New("gate secrets", "give --dir the checkout", err)
	}
	f := &gitFiles{root: g.Dir}
	for _, name := range strings.Split(strings.TrimRight(list, "\x00"), "\x00") {
		info, err := os.Lstat(filepath.Join(g.Dir, filepath.FromSlash(name)))
		switch {
		case name == "" || errors.Is(err, fs.ErrNotExist): // deleted, and not staged
		case err != nil:
			return nil, fault.New("gate secrets", "make it readable", err)
		case info.Mode().IsRegular():
			f.names = append(f.names, name)
		}
	}
	return f, nil
}

var aRange = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._/~^@{}-]*$`)

// commits are what git's log says they added.
func (g Secrets) commits(ctx context.Context) (*sources.Git, error) {
	if !aRange.MatchString(g.Commits) {
		return nil, fault.Usage("gate secrets", "--commits all, or --commits origin/main..HEAD", "%q is no range of commits", g.Commits)
	}
	// Half a history would pass.
	shallow, err := git.Line(ctx, g.Dir, "rev-parse", "--is-shallow-repository")
	if err != nil {
		return nil, fault.New("gate secrets", "give --dir the checkout", err)
	}
	if shallow != "false" {
		return nil, fault.Newf("gate secrets", "git fetch --unshallow, or fetch-depth: 0 where CI checks out", "this checkout has no history")
	}
	options := "--full-history --diff-filter=tuxdb --all"
	if g.Commits != "all" {
		options = "--full-history --diff-filter=tuxdb " + g.Commits
	}
	log, err := sources.NewGitLogCmdContext(ctx, g.Dir, options)
	if err != nil {
		return nil, fault.New("gate secrets", "", err)
	}
	return &sources.Git{Cmd: log, Remote: &sources.RemoteInfo{Platform: scm.NoPlatform}}, nil
}

// gitFiles are files as a source of gitleaks.
type gitFiles struct {
	root  string
	names []string
}

func (s *gitFiles) Fragments(ctx context.Context, yield sources.FragmentsFunc) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(runtime.NumCPU())
	for _, name := range s.names {
		g.Go(func() error {
			if err := ctx.Err(); err != nil {
				return err
			}
			f, err := os.Open(filepath.Join(s.root, filepath.FromSlash(name)))
			if err != nil {
				return err
			}
			defer func() { _ = f.Close() }()
			return (&sources.File{Content: f, Path: name}).Fragments(ctx, yield)
		})
	}
	return g.Wait()
}

// strictly keeps the errors that gitleaks only logs.
type strictly struct {
	sources.Source
	mu     sync.Mutex
	failed error
}

func (s *strictly) Fragments(ctx context.Context, yield sources.FragmentsFunc) error {
	return s.Source.Fragments(ctx, func(f sources.Fragment, err error) error {
		if err != nil {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.failed = errors.Join(s.failed, err)
			return err
		}
		return yield(f, nil)
	})
}

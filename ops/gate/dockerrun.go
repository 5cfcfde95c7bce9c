package gate

import (
	"bytes"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
)

// runs looks at what containers of the image run: CMD, ENTRYPOINT, HEALTHCHECK,
// and the scripts of the build's context that these call. Scripts of the base
// are the base's.
func (d *dockerfile) runs() {
	for i, s := range d.stages {
		for _, c := range s.Commands {
			switch c := c.(type) {
			case *instructions.CmdCommand:
				d.commandLine(i, c.CmdLine, c.PrependShell, line(c.Location()))
			case *instructions.EntrypointCommand:
				d.commandLine(i, c.CmdLine, c.PrependShell, line(c.Location()))
			case *instructions.HealthCheckCommand:
				if c.Health == nil || len(c.Health.Test) == 0 {
					continue
				}
				d.commandLine(i, c.Health.Test[1:], c.Health.Test[0] == "CMD-SHELL", line(c.Location()))
			}
		}
	}
}

func (d *dockerfile) commandLine(stage int, words []string, inShell bool, at int) {
	here := place{file: d.file, line: at, stage: stage}
	if inShell {
		d.shell(here, strings.Join(words, " "))
		return
	}
	d.call(here, words)
}

// place is where a command stands.
type place struct {
	file  string
	line  int // of the file's first line of the text; findings add to it
	stage int
}

// call looks at one command with its words.
func (d *dockerfile) call(at place, words []string) {
	if manager := packageManager(words); manager != "" {
		d.report.fail(at.file, at.line, "run it in a RUN of the Dockerfile, with versions pinned; a container only starts what is there",
			"%s runs when a container starts: %.80s", manager, strings.Join(words, " "))
	}
	if text, ok := shellText(words); ok {
		d.shell(at, text)
	}
	for i, word := range words {
		if i == 0 || strings.Contains(word, "/") {
			d.script(at.stage, word)
		}
	}
}

// script looks at a file of the context that a command names.
func (d *dockerfile) script(stage int, word string) {
	for _, s := range d.copied(stage, word) {
		if d.seen[s.file+s.name] {
			continue
		}
		d.seen[s.file+s.name] = true
		text := s.text
		if text == nil {
			var err error
			if text, err = d.tree.read(s.file); err != nil {
				d.failed = err
				return
			}
		}
		if bytes.IndexByte(text, 0) >= 0 {
			continue // a program
		}
		d.report.Checked = append(d.report.Checked, s.file)
		at := place{file: s.file, line: s.line, stage: stage}
		first, _, _ := strings.Cut(string(text), "\n")
		if strings.HasSuffix(s.name, ".py") || strings.HasPrefix(first, "#!") && strings.Contains(first, "python") {
			d.python(at, string(text))
		} else if shebang.MatchString(first) || !strings.HasPrefix(first, "#!") && shellName.MatchString(s.name) {
			d.shell(at, string(text))
		}
	}
}

var (
	shebang = regexp.MustCompile(`^#!.*\b(ba|da|a|k|z)?sh\b`)
	// Without one, a shell takes it for its own.
	shellName = regexp.MustCompile(`(^|/)[^./]+$|\.(ba)?sh$`)
	inPy      = regexp.MustCompile(`["'\s](apt-get|apt|apk|dnf|yum|npx)["'\s]|\bpip3?["'\s,]+install\b|\b(npm|yarn|pnpm)["'\s,]+(install|ci|add)\b`)
)

// python looks for a package manager among a script's words: in its lists of
// arguments and in its command lines.
func (d *dockerfile) python(at place, text string) {
	for i, l := range strings.Split(text, "\n") {
		l, _, _ = strings.Cut(l, "#")
		if found := inPy.FindString(l); found != "" {
			d.report.fail(at.file, at.line+i, "run it in a RUN of the Dockerfile, with versions pinned", "a package manager runs when a container starts: %s", strings.TrimSpace(l))
		}
	}
}

// whole are of no use without a network; the others by what they are told.
var (
	whole    = []string{"apt", "apt-get", "aptitude", "apk", "dnf", "microdnf", "yum", "zypper", "pacman", "npx", "uvx"}
	byVerb   = []string{"pip", "pip3", "pipx", "uv", "poetry", "npm", "yarn", "pnpm", "gem", "cargo", "go", "conda", "easy_install", "dpkg", "rpm"}
	verbs    = []string{"install", "i", "ci", "add", "sync", "update", "upgrade", "download", "get", "-i", "-U", "--install"}
	harmless = []string{"echo", "printf", "command", "which", "type", "grep", "test", "[", ":"}
)

// packageManager is the one that a command calls, behind sudo, env or -m.
func packageManager(words []string) string {
	if len(words) == 0 || slices.Contains(harmless, words[0]) {
		return ""
	}
	for i, word := range words {
		name := path.Base(word)
		if slices.Contains(whole, name) {
			return name
		}
		if !slices.Contains(byVerb, name) {
			continue
		}
		for _, verb := range words[i+1:] {
			if slices.Contains(verbs, verb) {
				return name
			}
			if !strings.HasPrefix(verb, "-") && name != "uv" && name != "cargo" {
				break // a verb that is none of these: npm start
			}
		}
	}
	return ""
}

var shellNames = []string{"sh", "bash", "dash", "ash", "zsh"}

// shellText is what sh -c is to run.
func shellText(words []string) (string, bool) {
	for i := 0; i+2 < len(words); i++ {
		if !slices.Contains(shellNames, path.Base(words[i])) {
			continue
		}
		for j := i + 1; j+1 < len(words) && strings.HasPrefix(words[j], "-"); j++ {
			if strings.HasSuffix(words[j], "c") && !strings.HasPrefix(words[j], "--") {
				return words[j+1], true
			}
		}
	}
	return "", false
}

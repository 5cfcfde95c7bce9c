package logs

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/odooops/odooops/ops/fault"
)

// previews is the label of all previews' lines; which one is no label but
// structured metadata: Loki keeps a stream a label set.
const (
	previews      = "previews"
	previewPrefix = "preview-pr-"
)

// journal is the source of everything that is no container.
const journal = "journal"

// units are the classes of the journal's lines.
var units = []string{"sshd", "sudo", "cloud-init", "docker", "kernel", "system"}

// containers are the roles of containers; with each go the jobs that are named
// after it, such as odoo-init. Other is what this project did not declare.
var containers = []string{
	"odoo", "postgres", "edge", "mail", "backup", "seed", "egress", "agent", "docker-read", "metrics",
	"loki", "prometheus", "alertmanager", "grafana", "other",
}

// Sources are what a query may be narrowed to.
func Sources() []string { return slices.Concat(containers, []string{journal}, units) }

// Levels are those of lines, the harmless first.
var Levels = []string{"debug", "info", "warning", "error", "critical"}

// Query says which lines.
type Query struct {
	// Stack by its name; previews' are preview-pr-N.
	Stack string
	// Sources are some of Sources; empty is all.
	Sources []string
	// Level is the least of Levels that is shown; empty is all, also lines
	// that have none.
	Level string
	// Grep is a text that lines hold, or a regular expression between slashes.
	Grep string
}

// LogQL is the query in Loki's language. An error is the user's.
func (q Query) LogQL() (string, error) {
	what := "logs of " + q.Stack
	stack, pr := q.Stack, ""
	if number, ok := strings.CutPrefix(q.Stack, previewPrefix); ok {
		stack, pr = previews, number
	}
	matchers := []string{"stack=" + strconv.Quote(stack)}
	if len(q.Sources) > 0 {
		roles, err := rolesOf(what, q.Sources)
		if err != nil {
			return "", err
		}
		matchers = append(matchers, "role=~"+strconv.Quote(strings.Join(roles, "|")))
	}
	text := "{" + strings.Join(matchers, ", ") + "}"
	// What the lines hold comes first: it is the cheapest to tell.
	if q.Grep != "" {
		filter, err := grep(what, q.Grep)
		if err != nil {
			return "", err
		}
		text += filter
	}
	if pr != "" {
		text += " | pr=" + strconv.Quote(pr)
	}
	if q.Level != "" {
		i := slices.Index(Levels, q.Level)
		if i < 0 {
			return "", fault.Usage(what, "one of: "+strings.Join(Levels, ", "), "there is no level %q", q.Level)
		}
		if i > 0 {
			text += " | level=~" + strconv.Quote(strings.Join(Levels[i:], "|"))
		}
	}
	return text, nil
}

func rolesOf(what string, sources []string) ([]string, error) {
	var roles []string
	for _, s := range sources {
		switch {
		case s == journal:
			roles = append(roles, units...)
		case slices.Contains(units, s):
			roles = append(roles, s)
		case slices.Contains(containers, s):
			roles = append(roles, s, s+"-.+")
		default:
			return nil, fault.Usage(what, "one of: "+strings.Join(Sources(), ", "), "there is no source %q", s)
		}
	}
	return roles, nil
}

// grep is a line filter. Slashes around it make a regular expression, as Go
// and Loki know them.
func grep(what, s string) (string, error) {
	if len(s) < 3 || !strings.HasPrefix(s, "/") || !strings.HasSuffix(s, "/") {
		return " |= " + strconv.Quote(s), nil
	}
	expr := s[1 : len(s)-1]
	if _, err := regexp.Compile(expr); err != nil {
		return "", fault.Usage(what, "correct what is between the slashes of --grep; without slashes it is plain text", "%v", err)
	}
	return " |~ " + strconv.Quote(expr), nil
}

package metrics

import (
	"cmp"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// Statement is one of pg_stat_statements.
type Statement struct {
	ID      int64
	Query   string
	Seconds float64 // since Postgres began to count it
}

const (
	// most statements are served, the costly ones.
	most = 20
	// width is how much of a text is, in letters.
	width = 80
)

// statementCounter adds up statements that look the same: Odoo writes a list of
// seven ids and one of eight as two. Postgres forgets the rare ones; what it
// counted of them must not be lost from the sum, or the sum would look like a
// counter that began anew.
type statementCounter struct {
	seen   map[int64]float64
	totals map[string]float64
}

func (c *statementCounter) add(all []Statement) []sample {
	seen, totals := map[int64]float64{}, map[string]float64{}
	for _, s := range all {
		text := shape(s.Query)
		if _, ok := totals[text]; !ok {
			totals[text] = c.totals[text]
		}
		more := s.Seconds - c.seen[s.ID]
		if more < 0 {
			more = s.Seconds
		}
		totals[text] += more
		seen[s.ID] = s.Seconds
	}
	c.seen, c.totals = seen, totals
	texts := slices.SortedFunc(maps.Keys(totals), func(a, b string) int {
		return cmp.Or(cmp.Compare(totals[b], totals[a]), cmp.Compare(a, b))
	})
	var out []sample
	for _, text := range texts[:min(len(texts), most)] {
		out = append(out, sample{"odooops_statement_seconds_total", []string{text}, totals[text]})
	}
	return out
}

var (
	space = regexp.MustCompile(`\s+`)
	// literal is where a constant begins that Postgres left in.
	literal = regexp.MustCompile(`'|\$[^0-9]`)
	number  = regexp.MustCompile(`\$\d+|\b\d+(\.\d+)?\b`)
	list    = regexp.MustCompile(`\?(, ?\?)+`)
	columns = regexp.MustCompile(`^(?i:SELECT) .{12,}? (?i:FROM) `)
)

// shape is what statements have in common that differ in their values only: no
// constants, no long lists, and little enough for a label.
func shape(query string) string {
	text := strings.TrimSpace(space.ReplaceAllString(query, " "))
	if at := literal.FindStringIndex(text); at != nil {
		text = text[:at[0]] + "..."
	}
	text = number.ReplaceAllString(text, "?")
	text = list.ReplaceAllString(text, "?, ...")
	text = columns.ReplaceAllString(text, "SELECT ... FROM ")
	if letters := []rune(text); len(letters) > width {
		text = string(letters[:width])
	}
	return text
}

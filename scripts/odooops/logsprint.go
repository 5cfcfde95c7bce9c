package main

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"unicode"

	"github.com/odooops/odooops/ops/logs"
)

// colours says whether a person looks at a terminal that has them.
func (a *app) colours() bool {
	file, ok := a.out.(*os.File)
	if !ok || a.getenv("NO_COLOR") != "" || a.getenv("TERM") == "dumb" {
		return false
	}
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

const (
	plain = "\x1b[0m"
	faint = "\x1b[2m"
)

// levelColours are of what deserves a look.
var levelColours = map[string]string{"warning": "\x1b[33m", "error": "\x1b[31m", "critical": "\x1b[1;31m"}

// odooPrefix is what Odoo writes before logger and message: time, process,
// level and database.
var odooPrefix = regexp.MustCompile(`^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} \d+ [A-Z]+ \S+ `)

// lineText is a line for people: time, source, level, text.
func lineText(l logs.Line, colours bool) string {
	text := printable(strings.TrimPrefix(l.Text, odooPrefix.FindString(l.Text)))
	at, level := l.Time.UTC().Format("2006-01-02 15:04:05.000"), ""
	if l.Level != "" {
		level = strings.ToUpper(printable(l.Level)) + " "
	}
	if !colours {
		return fmt.Sprintf("%s %s %s%s\n", at, printable(l.Role), level, text)
	}
	if c := levelColours[l.Level]; c != "" {
		level, text = c+level, text+plain
	}
	return fmt.Sprintf("%s%s %s%s %s%s\n", faint, at, printable(l.Role), plain, level, text)
}

// printable spells what would move a terminal's cursor or change its colours:
// anybody can write into a log.
func printable(s string) string {
	if strings.IndexFunc(s, unprintable) < 0 {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		if unprintable(r) {
			fmt.Fprintf(&b, "\\x%02x", r)
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

func unprintable(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' }

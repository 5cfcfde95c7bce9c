package github

import (
	_ "embed"
	"strings"
	"text/template"
	"time"
)

// Preview is what a pull request's comment says of one preview. It has no
// field for a password, on purpose: a comment is read by everybody and mailed.
type Preview struct {
	Number  int
	URL     string // of Odoo
	MailURL string // of MailHog
	Image   string // Odoo's, by digest
	Data    string // such as "template 20260801T020000Z", "demo", "new"
	Expires time.Time
	// Failed is an update that did not succeed; the rest may be of before.
	Failed bool
	// Log is where to read on; may be empty.
	Log string
}

//go:embed files/comment.md.tmpl
var commentTemplate string

var comment = template.Must(template.New("comment").Funcs(template.FuncMap{
	"cell": cell,
	"time": func(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 UTC") },
}).Parse(commentTemplate))

// Body is the text of the comment, Markdown; without previews it says that
// there is none any more.
func Body(previews ...Preview) string {
	var b strings.Builder
	if err := comment.Execute(&b, previews); err != nil {
		panic(err) // a template of our own over strings of our own
	}
	return b.String()
}

// cell keeps a value within its cell of a Markdown table.
func cell(s string) string {
	return strings.NewReplacer("|", `\|`, "`", "'", "\n", " ", "<", "&lt;").Replace(s)
}

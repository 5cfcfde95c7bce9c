package manifest

import (
	"fmt"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// Action is what is done to a value.
type Action string

// The actions. Shipped is keep for rows that a module brought and nobody
// changed, and another class for the rest.
const (
	Keep    Action = "keep"
	Null    Action = "null"
	Redact  Action = "redact"
	Secret  Action = "secret"
	File    Action = "file"
	Shipped Action = "shipped"
	Fake    Action = "fake"
	Derive  Action = "derive"
)

// Kinds are those of fake.
var Kinds = []string{
	"name", "person", "company", "street", "city", "zip", "email", "mailbox", "messageid", "phone", "iban",
	"account", "vat", "login", "url", "domain", "ip", "text", "word", "number", "date", "filename", "code", "html",
}

var secrets = []string{"", "password", "uuid", "token"}

// Class is what is done to a column.
type Class struct {
	Action Action
	Kind   string // of fake and secret
	Expr   *Expr  // of derive
	Else   *Class // of shipped
}

// ParseClass reads a class as it is written: "fake email".
func ParseClass(s string) (Class, error) {
	action, rest, _ := strings.Cut(strings.TrimSpace(s), " ")
	rest = strings.TrimSpace(rest)
	c := Class{Action: Action(action)}
	switch c.Action {
	case Keep, Null, Redact, File:
		if rest != "" {
			return c, fmt.Errorf("%q: nothing follows %s", s, action)
		}
	case Secret:
		c.Kind = rest
		if !slices.Contains(secrets, rest) {
			return c, fmt.Errorf("%q: a secret is one of: password, uuid, token, or nothing", s)
		}
	case Fake:
		c.Kind = rest
		if !slices.Contains(Kinds, rest) {
			return c, fmt.Errorf("%q: the kinds are: %s", s, strings.Join(Kinds, " "))
		}
	case Derive:
		e, err := ParseExpr(rest)
		if err != nil {
			return c, fmt.Errorf("%q: %w", s, err)
		}
		c.Expr = e
	case Shipped:
		other := Class{Action: Redact}
		if rest != "" {
			what := strings.TrimPrefix(rest, "else ")
			var err error
			if other, err = ParseClass(what); err != nil {
				return c, err
			}
			if other.Action == Shipped {
				return c, fmt.Errorf("%q: shipped in shipped", s)
			}
		}
		c.Else = &other
	default:
		return c, fmt.Errorf("%q is no class; the classes are: keep, null, redact, secret, file, shipped, fake KIND, derive EXPRESSION", s)
	}
	return c, nil
}

// UnmarshalYAML reads a class.
func (c *Class) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind != yaml.ScalarNode {
		return fmt.Errorf("line %d: a class is one line of text", n.Line)
	}
	parsed, err := ParseClass(n.Value)
	if err != nil {
		return fmt.Errorf("line %d: %w", n.Line, err)
	}
	*c = parsed
	return nil
}

func (c Class) String() string {
	switch c.Action {
	case Fake, Secret:
		return strings.TrimSpace(string(c.Action) + " " + c.Kind)
	case Derive:
		return "derive " + c.Expr.String()
	case Shipped:
		return "shipped else " + c.Else.String()
	}
	return string(c.Action)
}

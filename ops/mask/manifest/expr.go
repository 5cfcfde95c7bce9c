package manifest

import (
	"fmt"
	"slices"
	"strings"
)

// Expr is an expression of derive, over the masked values of the same row.
type Expr struct {
	Call    string // a function's name, or ""
	Args    []*Expr
	Column  string
	Literal string
	text    string
}

// Arities of the functions; -1 is one or more.
var arities = map[string]int{
	"lower": 1, "upper": 1, "digits": 1, "phone": 1, "alnum": 1,
	"coalesce": -1, "join": -1, "if": 3, "element": 2, "url": 0, "domain": 0, "null": 0,
}

func (e *Expr) String() string { return e.text }

// Columns are those that the expression reads.
func (e *Expr) Columns() []string {
	var all []string
	if e.Column != "" {
		all = append(all, e.Column)
	}
	for _, a := range e.Args {
		all = append(all, a.Columns()...)
	}
	return all
}

// ParseExpr reads an expression: column, 'literal', f(x, …), url, domain, null.
func ParseExpr(s string) (*Expr, error) {
	p := &parser{rest: s}
	e, err := p.expr()
	if err != nil {
		return nil, err
	}
	if p.skip(); p.rest != "" {
		return nil, fmt.Errorf("unexpected %q", p.rest)
	}
	e.text = strings.TrimSpace(s)
	return e, nil
}

type parser struct{ rest string }

func (p *parser) skip() { p.rest = strings.TrimLeft(p.rest, " \t\n") }

func (p *parser) take(c string) bool {
	p.skip()
	var ok bool
	p.rest, ok = strings.CutPrefix(p.rest, c)
	return ok
}

func (p *parser) expr() (*Expr, error) {
	p.skip()
	if strings.HasPrefix(p.rest, "'") {
		return p.literal()
	}
	end := strings.IndexFunc(p.rest, func(r rune) bool {
		return r != '_' && (r < 'a' || r > 'z') && (r < '0' || r > '9')
	})
	if end < 0 {
		end = len(p.rest)
	}
	name := p.rest[:end]
	if name == "" {
		return nil, fmt.Errorf("a column, a function or a 'literal' is missing at %q", p.rest)
	}
	p.rest = p.rest[end:]
	if !p.take("(") {
		if slices.Contains([]string{"url", "domain", "null"}, name) {
			return &Expr{Call: name}, nil
		}
		return &Expr{Column: name}, nil
	}
	arity, known := arities[name]
	if !known {
		return nil, fmt.Errorf("there is no function %s", name)
	}
	e := &Expr{Call: name}
	for !p.take(")") {
		if len(e.Args) > 0 && !p.take(",") {
			return nil, fmt.Errorf("a comma is missing at %q", p.rest)
		}
		a, err := p.expr()
		if err != nil {
			return nil, err
		}
		e.Args = append(e.Args, a)
	}
	if (arity >= 0 && len(e.Args) != arity) || (arity < 0 && len(e.Args) == 0) {
		return nil, fmt.Errorf("%s has %d arguments", name, len(e.Args))
	}
	return e, nil
}

func (p *parser) literal() (*Expr, error) {
	var b strings.Builder
	for i := 1; i < len(p.rest); i++ {
		if p.rest[i] != '\'' {
			b.WriteByte(p.rest[i])
			continue
		}
		if i+1 < len(p.rest) && p.rest[i+1] == '\'' {
			b.WriteByte('\'')
			i++
			continue
		}
		p.rest = p.rest[i+1:]
		return &Expr{Call: "literal", Literal: b.String()}, nil
	}
	return nil, fmt.Errorf("a literal has no end: %s", p.rest)
}

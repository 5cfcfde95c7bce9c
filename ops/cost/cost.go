// Package cost estimates what stacks cost a month, from what the engine
// remembers of them. It asks no provider: an invoice is DigitalOcean's, this is
// what to expect of it.
package cost

import (
	"slices"

	"github.com/odooops/odooops/components/price"
	"github.com/odooops/odooops/ops/workspace"
)

// Stack is the estimate for one stack.
type Stack struct {
	Stack string `json:"stack"`
	Kind  string `json:"kind"`
	// Parts are what costs something, or what nobody knows the price of.
	Parts []price.Part `json:"parts"`
	// Dollars a month, of what is known and the stack's own.
	Dollars float64 `json:"dollars"`
}

// Estimate is that of several stacks.
type Estimate struct {
	// PricesOf is the day of the price table, and Source where it is from.
	PricesOf string  `json:"pricesOf"`
	Source   string  `json:"source"`
	Stacks   []Stack `json:"stacks"`
	// Account is what is paid once, whichever stacks have it.
	Account []price.Part `json:"account,omitempty"`
	// Dollars a month, of all of it.
	Dollars float64 `json:"dollars"`
	// Unknown are the parts that Dollars leaves out, by stack and name.
	Unknown []string `json:"unknown,omitempty"`
	// Use is what comes on top of Dollars by use.
	Use []string `json:"use,omitempty"`
}

// Of estimates one stack.
func Of(stack, kind string, resources []price.Resource) Stack {
	s := Stack{Stack: stack, Kind: kind, Parts: price.Of(resources)}
	s.Dollars, _ = price.Sum(own(s.Parts))
	return s
}

// own are the parts that a stack pays for alone.
func own(parts []price.Part) []price.Part {
	return slices.DeleteFunc(slices.Clone(parts), func(p price.Part) bool { return p.Account })
}

// Sum puts stacks together.
func Sum(stacks []Stack) Estimate {
	e := Estimate{PricesOf: price.Date, Source: price.Source, Stacks: stacks}
	for _, s := range stacks {
		e.Dollars += s.Dollars
		for _, p := range s.Parts {
			if p.Unknown != "" {
				e.Unknown = append(e.Unknown, s.Stack+": "+p.Name+": "+p.Unknown)
			}
			if p.Use != "" && !slices.Contains(e.Use, p.What+": "+p.Use) {
				e.Use = append(e.Use, p.What+": "+p.Use)
			}
			if p.Account && !slices.ContainsFunc(e.Account, func(a price.Part) bool { return a.Type == p.Type }) {
				p.Name = ""
				e.Account = append(e.Account, p)
				e.Dollars += p.Dollars
			}
		}
	}
	return e
}

// Resources are those of a state.
func Resources(s workspace.State) []price.Resource {
	var list []price.Resource
	for _, r := range s.Resources {
		if r.Custom && !r.Delete && !r.External {
			list = append(list, price.Resource{Type: string(r.Type), Name: r.URN.Name(), Inputs: r.Inputs})
		}
	}
	return list
}

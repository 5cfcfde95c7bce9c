package cost

import (
	"maps"
	"slices"
	"strings"

	"github.com/odooops/odooops/components/price"
	"github.com/odooops/odooops/ops/workspace"
)

// Change is what becomes of the price of one resource.
type Change struct {
	Type string `json:"type"`
	Name string `json:"name"`
	// Before and After are what was paid for and what will be, such as a size;
	// empty when there is none.
	Before string `json:"before,omitempty"`
	After  string `json:"after,omitempty"`
	// Dollars a month more, or with a minus less.
	Dollars float64 `json:"dollars"`
	// Account is paid once an account: Dollars is right only where no other
	// stack has it, and Before and After of the Difference leave it out.
	Account bool `json:"account,omitempty"`
	// Unknown says why Dollars is no figure.
	Unknown string `json:"unknown,omitempty"`
}

// Difference is what a change of a stack's resources changes in its price.
type Difference struct {
	// Before and After are dollars a month, of what is known and the stack's own.
	Before  float64  `json:"before"`
	After   float64  `json:"after"`
	Changes []Change `json:"changes,omitempty"`
}

// OfPlan is what a preview changes.
func OfPlan(p workspace.Plan) Difference { return Differ(listed(p.Before), listed(p.After)) }

// listed are a plan's resources. A URN ends in the type, after its parents',
// and the name.
func listed(of workspace.Inputs) []price.Resource {
	var list []price.Resource
	for _, urn := range slices.Sorted(maps.Keys(of)) {
		parts := strings.SplitN(urn, "::", 4)
		if len(parts) == 4 {
			typ := parts[2][strings.LastIndex(parts[2], "$")+1:]
			list = append(list, price.Resource{Type: typ, Name: parts[3], Inputs: of[urn]})
		}
	}
	return list
}

// Differ compares a stack's resources as they are with those that a preview
// leads to.
func Differ(before, after []price.Resource) Difference {
	was, is := price.Of(before), price.Of(after)
	var d Difference
	d.Before, _ = price.Sum(own(was))
	d.After, _ = price.Sum(own(is))
	old := map[string]price.Part{}
	for _, p := range was {
		old[key(p)] = p
	}
	for _, p := range is {
		o := old[key(p)]
		delete(old, key(p))
		if o != p {
			d.Changes = append(d.Changes, change(o, p))
		}
	}
	for _, o := range was {
		if _, gone := old[key(o)]; gone {
			d.Changes = append(d.Changes, change(o, price.Part{}))
		}
	}
	return d
}

func change(o, p price.Part) Change {
	either := func(a, b string) string {
		if a != "" {
			return a
		}
		return b
	}
	return Change{
		Type: either(p.Type, o.Type), Name: either(p.Name, o.Name), Before: o.What, After: p.What,
		Dollars: p.Dollars - o.Dollars, Account: p.Account || o.Account, Unknown: either(p.Unknown, o.Unknown),
	}
}

func key(p price.Part) string { return p.Type + " " + p.Name }

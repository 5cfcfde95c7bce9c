package policies

import (
	"fmt"
	"slices"
	"strings"

	"github.com/odooops/odooops/components/price"
	"github.com/odooops/odooops/policypacks/odooops/policy"
	"github.com/odooops/odooops/stacks/config"
)

// ceilings are the defaults, in dollars a month.
var ceilings = map[string]float64{
	config.KindPlatform: 60, config.KindProduction: 200, config.KindStaging: 60,
	config.KindPreviewHost: 120, config.KindPreview: 30, config.KindRestore: 120,
}

// costCeiling keeps a stack from costing more than somebody has agreed to.
func costCeiling() policy.Policy {
	var settings []policy.Setting
	for _, kind := range config.Kinds {
		settings = append(settings, policy.Setting{
			Name: kind, What: "dollars a month that a stack of this kind may cost", Default: ceilings[kind],
		})
	}
	return policy.Policy{
		Name: "cost-ceiling", Severity: policy.Mandatory,
		Holds: "No stack costs more a month than its kind may.",
		Why: "Machines are one line of config, and the invoice comes a month later. The estimate is list prices of " + price.Date +
			", without what is paid by use; `odooops cost` shows its parts, and names what the table has no price for.",
		Bad:  `six droplets of size s-8vcpu-16gb in a staging: 576 $ a month`,
		Good: `one droplet of size s-1vcpu-2gb and a volume of 10 GiB in a staging: 13 $ a month`,

		Config: settings,
		Types:  []string{droplet, volume},
		// What is too dear alone is not made at all.
		Check: func(r *policy.Resource) {
			ceiling := ceilingOf(r.Kind, r.Settings)
			if dollars, _ := price.Sum(price.Of([]price.Resource{priced(r)})); dollars > ceiling {
				r.Deny("it alone would cost %.2f $ a month, and a stack of kind %s may cost %.2f; take a smaller one, or raise the ceiling in the policy's config", dollars, r.Kind, ceiling)
			}
		},
		CheckStack: func(s *policy.Stack) {
			ceiling := ceilingOf(s.Kind, s.Settings)
			var all []price.Resource
			for _, r := range s.Resources {
				all = append(all, priced(r))
			}
			parts := price.Of(all)
			dollars, _ := price.Sum(parts)
			if dollars <= ceiling {
				return
			}
			slices.SortFunc(parts, func(a, b price.Part) int { return int(100 * (b.Dollars - a.Dollars)) })
			var most []string
			for _, p := range parts[:min(3, len(parts))] {
				most = append(most, fmt.Sprintf("%s %s (%s) %.2f", p.Type[strings.LastIndex(p.Type, ":")+1:], p.Name, p.What, p.Dollars))
			}
			s.Deny("the stack would cost %.2f $ a month, and a stack of kind %s may cost %.2f; most of it: %s; make it smaller, or raise the ceiling in the policy's config",
				dollars, s.Kind, ceiling, strings.Join(most, ", "))
		},
	}
}

// ceilingOf a kind; a stack that says none may cost what the cheapest may.
func ceilingOf(kind string, settings policy.Settings) float64 {
	if kind != "" {
		return settings.Number(kind)
	}
	var all []float64
	for name := range settings {
		all = append(all, settings.Number(name))
	}
	return slices.Min(all)
}

// priced is a resource with what its price depends on. What is not known yet
// is told so by whoever reads it.
func priced(r *policy.Resource) price.Resource {
	p := price.Resource{Type: r.Type, Name: r.Name, Inputs: map[string]any{}}
	switch r.Type {
	case droplet:
		if slug, ok := r.Get("size").Text(); ok {
			p.Inputs["size"] = slug
		}
		if on, ok := r.Get("backups").Bool(); ok {
			p.Inputs["backups"] = on
		}
		if policy := r.Get("backupPolicy"); !policy.Absent() && !policy.Unknown() {
			plan, _ := policy.At("plan").Text()
			p.Inputs["backupPolicy"] = map[string]any{"plan": plan}
		}
	case volume:
		if gib, ok := r.Get("size").Number(); ok {
			p.Inputs["size"] = gib
		}
	case reservedIP:
		// Assigned by whoever it is: then it costs nothing.
		if id := r.Get("dropletId"); id.Unknown() || !id.Absent() {
			p.Inputs["dropletId"] = true
		}
	}
	return p
}

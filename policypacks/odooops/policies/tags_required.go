package policies

import (
	"slices"
	"strings"

	"github.com/odooops/odooops/policypacks/odooops/policy"
)

// tagsRequired makes sure that what is found in the cloud says whose it is.
func tagsRequired() policy.Policy {
	return policy.Policy{
		Name: "tags-required", Severity: policy.Mandatory,
		Holds: "Droplets, volumes, and all that Docker runs, carry their stack and its kind.",
		Why: `The sweep removes what no stack has any more, and goes by tags and labels: without them an orphan is paid for until somebody asks whose it is, and with another stack's it is removed, or kept, with that one.
What is missing is filled in: tags odooops:stack:NAME and odooops:kind:KIND of droplets and volumes, labels odooops.stack and odooops.kind of containers, networks and volumes of Docker's.`,
		Bad:  `Tags: pulumi.ToStringArray([]string{"odooops:stack:production"}) // in the stack staging`,
		Good: `Tags: host.Tags(ctx.Stack(), config.KindStaging, marks)`,

		Types: []string{droplet, volume, container, dockerNetwork, dockerVolume},
		Fix: func(r *policy.Resource) map[string]any {
			if r.Kind == "" {
				return nil // names-reserved refuses the stack
			}
			if r.Type == droplet || r.Type == volume {
				return missingTags(r)
			}
			return missingLabels(r)
		},
		Check: func(r *policy.Resource) {
			for what, want := range map[string]string{"stack": r.Stack, "kind": r.Kind} {
				if r.Type == droplet || r.Type == volume {
					tags, _ := r.Get("tags").Strings()
					for _, t := range tags {
						if of, is := strings.CutPrefix(t, "odooops:"+what+":"); is && of != want {
							r.Deny("its tag %s is another %s's; this is %s", t, what, want)
						}
					}
					continue
				}
				if of, known := labelOf(r, "odooops."+what); known && of != "" && of != want {
					r.Deny("its label odooops.%s is %s; this is %s", what, of, want)
				}
			}
		},
	}
}

func missingTags(r *policy.Resource) map[string]any {
	tags := r.Get("tags")
	if tags.Unknown() {
		return nil
	}
	list, _ := tags.Strings()
	elements, _ := tags.List()
	if len(list) != len(elements) {
		return nil // some are not known yet, and would be lost
	}
	added := false
	for what, want := range map[string]string{"stack": r.Stack, "kind": r.Kind} {
		prefix := "odooops:" + what + ":"
		if !slices.ContainsFunc(list, func(t string) bool { return strings.HasPrefix(t, prefix) }) {
			list, added = append(list, prefix+want), true
		}
	}
	if !added {
		return nil
	}
	slices.Sort(list)
	return map[string]any{"tags": anys(list)}
}

func missingLabels(r *policy.Resource) map[string]any {
	list, known := r.Get("labels").List()
	if !known {
		return nil
	}
	var all []any
	seen := map[string]bool{}
	for _, l := range list {
		name, okName := l.At("label").Text()
		value, okValue := l.At("value").Text()
		if !okName || !okValue {
			return nil // not known yet
		}
		seen[name] = true
		all = append(all, map[string]any{"label": name, "value": value})
	}
	added := false
	for _, l := range [][2]string{{"odooops.kind", r.Kind}, {"odooops.stack", r.Stack}} {
		if !seen[l[0]] {
			all, added = append(all, map[string]any{"label": l[0], "value": l[1]}), true
		}
	}
	if !added {
		return nil
	}
	return map[string]any{"labels": all}
}

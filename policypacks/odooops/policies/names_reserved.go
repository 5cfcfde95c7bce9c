package policies

import (
	"regexp"
	"strings"

	"github.com/odooops/odooops/policypacks/odooops/policy"
	"github.com/odooops/odooops/stacks/config"
)

// namesReserved keeps stacks out of each other's names.
func namesReserved() policy.Policy {
	return policy.Policy{
		Name: "names-reserved", Severity: policy.Mandatory,
		Holds: "No stack uses a name that is another's, and every stack says its kind.",
		Why: `The zones find each other by name: whoever declares a droplet platform-bastion in the previews' zone has all of them log in through it. A record for pr-7 in another stack takes that preview's visitors and their password.
A stack without a kind would be held to no rule of its kind; then those of every kind hold, and this one says so.`,
		Bad:  `digitalocean.NewDroplet(ctx, "way", &digitalocean.DropletArgs{Name: pulumi.String("platform-bastion")}) // in the stack preview-pr-7`,
		Good: `digitalocean.NewDroplet(ctx, "way", &digitalocean.DropletArgs{Name: pulumi.String(ctx.Stack() + "-way")})`,

		Types: []string{droplet, volume, vpc, bucket, container, dockerNetwork, dockerVolume, dnsRecord, root},
		Check: func(r *policy.Resource) {
			switch r.Type {
			case root:
				stackName(r)
				return
			case dnsRecord:
				recordName(r)
				return
			}
			name, ok := r.Get("name").Text()
			if !ok {
				return
			}
			owned := strings.TrimPrefix(name, "odooops-")
			if owner := ownerOf(owned); owner != "" && !belongs(owned, r.Stack) {
				r.Deny("the name %q is kept for the stack %s; begin it with %s-", name, owner, r.Stack)
			}
		},
	}
}

// stackName looks at what is known before anything is made.
func stackName(r *policy.Resource) {
	switch {
	case r.Kind == "":
		r.Deny("the stack says no kind; set odooops:kind to one of %s", strings.Join(config.Kinds, ", "))
	case strings.HasPrefix(r.Stack, "preview-pr-") != (r.Kind == config.KindPreview):
		r.Deny("names preview-pr-N are for previews, and previews have no others; this is %s of the kind %s", r.Stack, r.Kind)
	case config.IsRestore(r.Stack) != (r.Kind == config.KindRestore):
		r.Deny("names restore-… are for restores, and restores have no others; this is %s of the kind %s", r.Stack, r.Kind)
	}
}

// kept are the stacks whose names nobody else's things begin with.
var kept = regexp.MustCompile(`^(platform|production|staging|preview-host|preview-pr-[0-9]+|restore-[a-z0-9]+)(-|$)`)

func ownerOf(name string) string {
	if m := kept.FindStringSubmatch(name); m != nil {
		return m[1]
	}
	return ""
}

// belongs says whether a name is the stack's own: its name, or that and more.
func belongs(name, stack string) bool { return name == stack || strings.HasPrefix(name, stack+"-") }

// previewName is that of a preview, below any domain.
var previewName = regexp.MustCompile(`^pr-([0-9]+)(-[a-z0-9-]+)?(\.|$)`)

// recordName looks at the part of a record's name before the domain.
func recordName(r *policy.Resource) {
	name, ok := r.Get("name").Text()
	if !ok {
		return
	}
	name = strings.ToLower(name)
	label, _, _ := strings.Cut(name, ".")
	switch m := previewName.FindStringSubmatch(name); {
	case m != nil && r.Stack != "preview-pr-"+m[1]:
		r.Deny("the name %q is kept for the stack preview-pr-%s", name, m[1])
	case label == "*":
		r.Deny("the name %q is for every name that nobody has declared; declare each", name)
	case (label == "grafana" || label == "bastion") && !r.MayBe(config.KindPlatform):
		r.Deny("the name %q is kept for the platform", name)
	case (name == "@" || name == "" || name == "www") && !r.MayBe(config.KindPlatform, config.KindProduction):
		r.Deny("the domain's own name is kept for production and the platform")
	}
}

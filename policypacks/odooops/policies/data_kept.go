package policies

import (
	"strings"

	"github.com/odooops/odooops/policypacks/odooops/policy"
	"github.com/odooops/odooops/stacks/config"
)

// dataKept keeps production's data from going by accident.
func dataKept() policy.Policy {
	return policy.Policy{
		Name: "data-kept", Severity: policy.Mandatory,
		Holds: "What holds data in production is protected and backed up.",
		Why: `An update deletes what the program no longer declares, and replaces what can't be changed in place. Protection has the engine refuse that; it is the only thing that holds against a plain pulumi up and pulumi destroy too.
odooops up refuses more: nothing of production in the cloud is replaced or deleted without --allow-replace. A policy can't say that: the engine shows it what will be, never what goes.
Whoever wants the data gone sets odooops:protect: "false" first. Buckets are backup-buckets' business.`,
		Bad: `digitalocean.NewVolume(ctx, "production", &digitalocean.VolumeArgs{Region: pulumi.String("fra1"), Size: pulumi.Int(50)})`,
		Good: `digitalocean.NewVolume(ctx, "production", &digitalocean.VolumeArgs{Region: pulumi.String("fra1"), Size: pulumi.Int(50)}, pulumi.Protect(true))
// and postgres.New with Archive, which declares the container backup`,

		Types: []string{volume, database},
		Check: func(r *policy.Resource) {
			if r.MayBe(config.KindProduction) && !r.Protected && !r.LetGo {
				r.Deny("it holds data and is not protected; give it pulumi.Protect(true), or let the stack's data go by odooops:protect: \"false\"")
			}
		},
		CheckStack: func(s *policy.Stack) {
			if !s.MayBe(config.KindProduction) || len(s.OfType(volume)) == 0 {
				return
			}
			unknown := false
			for _, c := range s.OfType(container) {
				role, known := labelOf(c, "odooops.role")
				unknown = unknown || !known
				if role != "backup" {
					continue
				}
				for _, f := range uploads(c, "crontab") {
					text, ok := content(f)
					if !ok || strings.Contains(text, "backup-run full") {
						return
					}
				}
			}
			if !unknown {
				s.OfType(volume)[0].Deny("nothing backs it up: the stack has no container of the role backup with a crontab that runs backup-run full; declare Postgres with its Archive")
			}
		},
	}
}

// labelOf is a label of a container, a network or a volume of Docker's.
func labelOf(r *policy.Resource, name string) (value string, known bool) {
	list, known := r.Get("labels").List()
	for _, l := range list {
		if l.At("label").Unknown() {
			known = false
			continue
		}
		if n, _ := l.At("label").Text(); n == name {
			return l.At("value").Text()
		}
	}
	return "", known
}

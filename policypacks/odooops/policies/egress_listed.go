package policies

import (
	"slices"
	"strings"

	"github.com/odooops/odooops/policypacks/odooops/policy"
	"github.com/odooops/odooops/stacks/config"
)

// ways out: the networks that have one, and who may be on each.
var waysOut = map[string][]string{
	"front":     {"edge", "egress"},
	"out":       {"egress"},
	"telemetry": {"agent"},
}

// egressListed keeps copies of data from calling anybody.
func egressListed() policy.Policy {
	return policy.Policy{
		Name: "egress-listed", Severity: policy.Mandatory,
		Holds: "Outside production containers reach nobody but what is listed.",
		Why: `A staging has production's integrations in its database: payment, shipping, calendars. What calls out from there acts on real accounts, and a pull request's code could carry data away.
Only three have a way out: the edge, the proxy that knows the allow-list (config egressAllow), and the agent, each on a network for it.`,
		Bad:  `docker.NewNetwork(ctx, "web", &docker.NetworkArgs{Name: pulumi.String("staging-web")}) // and Odoo on it`,
		Good: `docker.NewNetwork(ctx, "web", &docker.NetworkArgs{Name: pulumi.String("staging-web"), Internal: pulumi.Bool(true)})`,
		Config: []policy.Setting{{
			Name: "ports", What: "The ports that a host's firewall may let out to everybody, outside production: packages, images, names, time.",
			Default: []any{"53", "80", "123", "443"},
		}},
		Types: []string{container, dockerNetwork, firewall},
		Check: func(r *policy.Resource) {
			switch {
			case r.Type == firewall && r.OutsideProduction():
				outboundListed(r)
			case !r.MayBe(config.KindStaging, config.KindPreview, config.KindRestore):
			case r.Type == dockerNetwork:
				internal, known := r.Get("internal").Bool()
				name, named := r.Get("name").Text()
				if _, meant := waysOut[role(r, name)]; known && named && !internal && !meant {
					r.Deny("the network %s has a way out; set internal", name)
				}
			case r.Type == container:
				attached(r)
			}
		},
		CheckStack: func(s *policy.Stack) {
			if !s.Preview || !s.MayBe(config.KindStaging, config.KindPreview, config.KindRestore) {
				return // an update has the names
			}
			for _, c := range s.OfType(container) {
				attachedLater(c)
			}
		},
	}
}

// attachedLater looks at the networks that are still to be made: by what
// depends on what, their names are known.
func attachedLater(c *policy.Resource) {
	networks, _ := c.Get("networksAdvanced").List()
	who, named := c.Get("name").Text()
	if !named || !slices.ContainsFunc(networks, func(n policy.Value) bool { return n.At("name").Unknown() }) {
		return
	}
	found := false
	for _, urn := range c.Dependencies["networksAdvanced"] {
		if !strings.Contains(urn, dockerNetwork+"::") {
			continue
		}
		found = true
		on(c, who, urn[strings.LastIndex(urn, "::")+2:])
	}
	if !found {
		c.NotYet("networksAdvanced")
	}
}

// on looks at one network of a container.
func on(r *policy.Resource, who, network string) {
	if may, out := waysOut[role(r, network)]; out && !slices.Contains(may, role(r, who)) {
		r.Deny("is on %s, which has a way out that is for %s alone", network, strings.Join(may, " and "))
	}
}

// role is a name without its stack: staging-web is web.
func role(r *policy.Resource, name string) string { return strings.TrimPrefix(name, r.Stack+"-") }

func attached(r *policy.Resource) {
	who, named := r.Get("name").Text()
	if !named {
		return
	}
	networks, known := r.Get("networksAdvanced").List()
	if mode, ok := r.Get("networkMode").Text(); ok && known && len(networks) == 0 && slices.Contains([]string{"", "default", "bridge"}, mode) {
		r.Deny("is on Docker's default network, which has a way out; name an internal one, or none")
	}
	for _, n := range networks {
		if n.At("name").Unknown() && r.Preview {
			continue // CheckStack knows which it is
		}
		if name, ok := n.At("name").Text(); ok {
			on(r, who, name)
		}
	}
	for _, f := range uploads(r, "egress-allow") {
		text, ok := content(f)
		for host := range strings.FieldsSeq(text) {
			if ok && (strings.ContainsAny(host, "*/") || !strings.Contains(host, ".")) {
				r.Deny("the allow-list has %q, which is more than one host; name each", host)
			}
		}
	}
}

// outboundListed looks at the host. To private addresses it may say anything.
func outboundListed(r *policy.Resource) {
	rules, _ := r.Get("outboundRules").List()
	for _, rule := range rules {
		to, _ := rule.At("destinationAddresses").Strings()
		ports, ok := rulePorts(rule)
		// Port 25 is what smtp-refused says.
		if ok && ports != "" && ports != "25" && anyPublic(to) && !slices.Contains(r.Settings.Strings("ports"), ports) {
			r.Deny("%s lets port %s out to everybody outside production; name the addresses", rule.Path(), ports)
		}
	}
}

package policies

import (
	"net/netip"
	"regexp"
	"slices"
	"strconv"

	"github.com/odooops/odooops/policypacks/odooops/policy"
)

const databaseFirewall = "digitalocean:index/databaseFirewall:DatabaseFirewall"

// dashboards is an API of Traefik's that asks nobody who they are.
var dashboards = regexp.MustCompile(`(?m)^\s*insecure:\s*true\b`)

// databasesPrivate keeps what holds or shows data behind the edge.
func databasesPrivate() policy.Policy {
	return policy.Policy{
		Name: "databases-private", Severity: policy.Mandatory,
		Holds: "No database and no dashboard has a port on its host.",
		Why: `A published port is open to the whole network of the host, and Docker opens it past the host's own firewall. One rule that is too wide, and the database is on the internet.
Containers find each other on their networks; people come through the edge or the bastion.`,
		Bad:  `Ports: docker.ContainerPortArray{docker.ContainerPortArgs{Internal: pulumi.Int(5432), External: pulumi.Int(5432)}}`,
		Good: `NetworksAdvanced: docker.ContainerNetworksAdvancedArray{docker.ContainerNetworksAdvancedArgs{Name: data.Name}}`,
		Config: []policy.Setting{{
			Name: "published", What: "The ports inside a container that may be published: the edge's, and the intake of telemetry, which the firewall opens to the private network.",
			Default: []any{"80", "443", "4318"},
		}},
		Types: []string{container, database, databaseFirewall},
		Check: func(r *policy.Resource) {
			switch r.Type {
			case database:
				if network := r.Get("privateNetworkUuid"); network.Absent() {
					r.Deny("the database cluster is on no private network; set privateNetworkUuid")
				}
			case databaseFirewall:
				rules, _ := r.Get("rules").List()
				for _, rule := range rules {
					if from, ok := rule.At("value").Text(); ok && anyPublic([]string{from}) {
						r.Deny("%s lets everybody at the database; name a tag or addresses", rule.Path())
					}
				}
			default:
				published(r)
			}
		},
	}
}

func published(r *policy.Resource) {
	if all, ok := r.Get("publishAllPorts").Bool(); ok && all {
		r.Deny("publishes all its ports; name the ones that must be")
	}
	ports, _ := r.Get("ports").List()
	for _, p := range ports {
		ip, known := p.At("ip").Text()
		if a, err := netip.ParseAddr(ip); !known || err == nil && a.IsLoopback() {
			continue
		}
		inside, ok := p.At("internal").Number()
		if port := strconv.Itoa(int(inside)); ok && !slices.Contains(r.Settings.Strings("published"), port) {
			r.Deny("%s publishes port %s on the host; put those who need it on a network with the container", p.Path(), port)
		}
	}
	if value, given := flag(r, "--api.insecure"); given && value != "false" {
		r.Deny("shows Traefik's dashboard to whoever asks; remove --api.insecure")
	}
	for _, name := range []string{"traefik.yml", "traefik.yaml"} {
		for _, f := range uploads(r, name) {
			if text, ok := content(f); ok && dashboards.MatchString(text) {
				r.Deny("%s shows Traefik's dashboard to whoever asks; remove insecure", f.Path())
			}
		}
	}
}

package api

import (
	"context"
	"net/http"
	"net/netip"
	"slices"
	"time"

	"github.com/digitalocean/godo"
	"github.com/google/uuid"

	"github.com/odooops/odooops/localcloud/records"
)

func (a *API) firewalls() {
	a.read("GET /v2/firewalls", func(c *call) (any, error) {
		return page(c, "firewalls", records.Sorted(c.state.Firewalls))
	})
	a.read("GET /v2/droplets/{id}/firewalls", func(c *call) (any, error) {
		d, err := c.droplet()
		if err != nil {
			return nil, err
		}
		return page(c, "firewalls", FirewallsOf(c.state, d))
	})
	a.write("POST /v2/firewalls", http.StatusAccepted, func(c *call) (any, error) {
		f := &godo.Firewall{ID: uuid.NewString(), Created: a.Now().UTC().Format(time.RFC3339)}
		c.state.Firewalls[f.ID] = f
		return c.setFirewall(f)
	})
	a.read("GET /v2/firewalls/{id}", func(c *call) (any, error) {
		f, err := c.firewall()
		return object{"firewall": f}, err
	})
	a.write("PUT /v2/firewalls/{id}", http.StatusOK, func(c *call) (any, error) {
		f, err := c.firewall()
		if err != nil {
			return nil, err
		}
		return c.setFirewall(f)
	})
	a.write("DELETE /v2/firewalls/{id}", http.StatusNoContent, func(c *call) (any, error) {
		f, err := c.firewall()
		if err != nil {
			return nil, err
		}
		delete(c.state.Firewalls, f.ID)
		c.then(a.firewallsChanged)
		return nil, nil
	})
	for _, method := range []string{http.MethodPost, http.MethodDelete} {
		for _, part := range []string{"droplets", "tags", "rules"} {
			a.write(method+" /v2/firewalls/{id}/"+part, http.StatusNoContent, func(c *call) (any, error) {
				return nil, c.editFirewall(method == http.MethodPost)
			})
		}
	}
}

func (a *API) firewallsChanged(ctx context.Context) error { return a.Effects.FirewallsChanged(ctx) }

// FirewallsOf finds the firewalls that name a droplet by id or by tag.
func FirewallsOf(s *records.State, d *records.Droplet) []*godo.Firewall {
	return slices.DeleteFunc(records.Sorted(s.Firewalls), func(f *godo.Firewall) bool {
		return !slices.Contains(f.DropletIDs, d.ID) && !slices.ContainsFunc(f.Tags, d.HasTag)
	})
}

func (c *call) firewall() (*godo.Firewall, error) {
	f, ok := c.state.Firewalls[c.PathValue("id")]
	if !ok {
		return nil, notFound()
	}
	return f, nil
}

// setFirewall replaces everything of a firewall by the request.
func (c *call) setFirewall(f *godo.Firewall) (any, error) {
	var in godo.FirewallRequest
	if err := c.body(&in); err != nil {
		return nil, err
	}
	if in.Name == "" {
		return nil, unprocessable("firewall name can't be blank")
	}
	for _, other := range c.state.Firewalls {
		if other.ID != f.ID && other.Name == in.Name {
			return nil, conflict("duplicate name: a firewall named %q exists", in.Name)
		}
	}
	if len(in.InboundRules)+len(in.OutboundRules) == 0 {
		return nil, unprocessable("firewall must have at least one rule")
	}
	f.Name, f.Status, f.PendingChanges = in.Name, "succeeded", []godo.PendingChange{}
	f.InboundRules, f.OutboundRules = append([]godo.InboundRule{}, in.InboundRules...), append([]godo.OutboundRule{}, in.OutboundRules...)
	f.DropletIDs, f.Tags = append([]int{}, in.DropletIDs...), append([]string{}, in.Tags...)
	if err := c.checkFirewall(f); err != nil {
		return nil, err
	}
	c.then(c.api.firewallsChanged)
	return object{"firewall": f}, nil
}

// editFirewall adds or removes droplets, tags or rules.
func (c *call) editFirewall(add bool) error {
	f, err := c.firewall()
	if err != nil {
		return err
	}
	var in godo.FirewallRequest
	if err := c.body(&in); err != nil {
		return err
	}
	normalise(in.InboundRules, in.OutboundRules)
	f.DropletIDs = edit(f.DropletIDs, in.DropletIDs, add, func(a, b int) bool { return a == b })
	f.Tags = edit(f.Tags, in.Tags, add, func(a, b string) bool { return a == b })
	f.InboundRules = edit(f.InboundRules, in.InboundRules, add, sameInbound)
	f.OutboundRules = edit(f.OutboundRules, in.OutboundRules, add, sameOutbound)
	if err := c.checkFirewall(f); err != nil {
		return err
	}
	c.then(c.api.firewallsChanged)
	return nil
}

func edit[T any](list, change []T, add bool, same func(a, b T) bool) []T {
	for _, x := range change {
		list = slices.DeleteFunc(list, func(y T) bool { return same(x, y) })
		if add {
			list = append(list, x)
		}
	}
	return list
}

// checkFirewall refuses references to what is not there and writes rules as
// the API reads them back.
func (c *call) checkFirewall(f *godo.Firewall) error {
	normalise(f.InboundRules, f.OutboundRules)
	if err := c.checkPeers(f.DropletIDs, f.Tags, nil); err != nil {
		return err
	}
	for _, r := range f.InboundRules {
		if err := checkRule(r.Protocol, r.PortRange); err != nil {
			return err
		}
		if err := noBalancers(r.Sources.LoadBalancerUIDs, r.Sources.KubernetesIDs); err != nil {
			return err
		}
		if err := c.checkPeers(r.Sources.DropletIDs, r.Sources.Tags, r.Sources.Addresses); err != nil {
			return err
		}
	}
	for _, r := range f.OutboundRules {
		if err := checkRule(r.Protocol, r.PortRange); err != nil {
			return err
		}
		if err := noBalancers(r.Destinations.LoadBalancerUIDs, r.Destinations.KubernetesIDs); err != nil {
			return err
		}
		if err := c.checkPeers(r.Destinations.DropletIDs, r.Destinations.Tags, r.Destinations.Addresses); err != nil {
			return err
		}
	}
	return nil
}

func checkRule(protocol, ports string) error {
	if protocol != "tcp" && protocol != "udp" && protocol != "icmp" {
		return unprocessable("firewall rule protocol must be tcp, udp or icmp, not %q", protocol)
	}
	if protocol == "icmp" {
		return nil
	}
	if _, _, err := ParsePorts(ports); err != nil {
		return unprocessable("%v", err)
	}
	return nil
}

// noBalancers refuses peers that can't exist here.
func noBalancers(balancers, clusters []string) error {
	if len(balancers) > 0 {
		return missing("Load balancer", balancers[0])
	}
	if len(clusters) > 0 {
		return missing("Kubernetes cluster", clusters[0])
	}
	return nil
}

func (c *call) checkPeers(droplets []int, tags, addresses []string) error {
	for _, id := range droplets {
		if _, ok := c.state.Droplets[id]; !ok {
			return missing("Droplet", id)
		}
	}
	for _, t := range tags {
		if !c.state.Tags[t] {
			return unprocessable("tag %q does not exist", t)
		}
	}
	for _, addr := range addresses {
		if _, err := ParseAddress(addr); err != nil {
			return unprocessable("%v", err)
		}
	}
	return nil
}

// normalise makes every rule have its peers, and "0" read as all ports.
func normalise(in []godo.InboundRule, out []godo.OutboundRule) {
	for i := range in {
		if in[i].Sources == nil {
			in[i].Sources = &godo.Sources{}
		}
		if in[i].PortRange == "0" {
			in[i].PortRange = "all"
		}
	}
	for i := range out {
		if out[i].Destinations == nil {
			out[i].Destinations = &godo.Destinations{}
		}
		if out[i].PortRange == "0" {
			out[i].PortRange = "all"
		}
	}
}

// ParseAddress reads an address or a network.
func ParseAddress(text string) (netip.Prefix, error) {
	if addr, err := netip.ParseAddr(text); err == nil {
		return netip.PrefixFrom(addr, addr.BitLen()), nil
	}
	return netip.ParsePrefix(text)
}

package localcloud

import (
	"net/netip"
	"slices"

	"github.com/digitalocean/godo"

	"github.com/odooops/odooops/localcloud/api"
	"github.com/odooops/odooops/localcloud/records"
)

// resolveFirewall is the union of all firewalls that name the droplet, with
// droplets and tags resolved to addresses; nil when no firewall names it.
func resolveFirewall(s *records.State, d *records.Droplet) (*Firewall, error) {
	firewalls := api.FirewallsOf(s, d)
	if len(firewalls) == 0 {
		return nil, nil
	}
	f := &Firewall{}
	for _, fw := range firewalls {
		for _, r := range fw.InboundRules {
			rule, err := resolveRule(s, r.Protocol, r.PortRange, godo.Destinations(*r.Sources))
			if err != nil {
				return nil, err
			}
			f.Inbound = append(f.Inbound, rule)
		}
		for _, r := range fw.OutboundRules {
			rule, err := resolveRule(s, r.Protocol, r.PortRange, *r.Destinations)
			if err != nil {
				return nil, err
			}
			f.Outbound = append(f.Outbound, rule)
		}
	}
	return f, nil
}

func resolveRule(s *records.State, protocol, ports string, peers godo.Destinations) (Rule, error) {
	rule := Rule{Protocol: protocol}
	var err error
	if protocol != "icmp" {
		if rule.PortFrom, rule.PortTo, err = api.ParsePorts(ports); err != nil {
			return rule, err
		}
	}
	for _, text := range peers.Addresses {
		p, err := api.ParseAddress(text)
		if err != nil {
			return rule, err
		}
		rule.Peers = append(rule.Peers, p)
	}
	for _, d := range records.Sorted(s.Droplets) {
		if slices.Contains(peers.DropletIDs, d.ID) || slices.ContainsFunc(peers.Tags, d.HasTag) {
			rule.Peers = append(rule.Peers, addresses(s, d)...)
		}
	}
	return rule, nil
}

// addresses are all a droplet may speak from: public, private and reserved.
func addresses(s *records.State, d *records.Droplet) []netip.Prefix {
	texts := []string{d.PublicIP, d.PrivateIP}
	for _, r := range records.Sorted(s.ReservedIPs) {
		if r.DropletID == d.ID {
			texts = append(texts, r.IP)
		}
	}
	var list []netip.Prefix
	for _, text := range texts {
		if p, err := api.ParseAddress(text); err == nil {
			list = append(list, p)
		}
	}
	return list
}

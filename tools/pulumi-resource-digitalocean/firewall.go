package main

import (
	"context"

	"github.com/digitalocean/godo"

	"github.com/odooops/odooops/tools/internal/provider"
)

// firewall is digitalocean:index/firewall:Firewall.
type firewall struct{ client *godo.Client }

func firewallRequest(in provider.Props) *godo.FirewallRequest {
	req := &godo.FirewallRequest{
		Name: in.String("name"), DropletIDs: ints(in["dropletIds"]), Tags: in.Strings("tags"),
	}
	for _, rule := range in.Objects("inboundRules") {
		req.InboundRules = append(req.InboundRules, godo.InboundRule{
			Protocol: rule.String("protocol"), PortRange: rule.String("portRange"),
			Sources: &godo.Sources{
				Addresses: rule.Strings("sourceAddresses"), Tags: rule.Strings("sourceTags"),
				DropletIDs: ints(rule["sourceDropletIds"]), LoadBalancerUIDs: rule.Strings("sourceLoadBalancerUids"),
				KubernetesIDs: rule.Strings("sourceKubernetesIds"),
			},
		})
	}
	for _, rule := range in.Objects("outboundRules") {
		req.OutboundRules = append(req.OutboundRules, godo.OutboundRule{
			Protocol: rule.String("protocol"), PortRange: rule.String("portRange"),
			Destinations: &godo.Destinations{
				Addresses: rule.Strings("destinationAddresses"), Tags: rule.Strings("destinationTags"),
				DropletIDs: ints(rule["destinationDropletIds"]), LoadBalancerUIDs: rule.Strings("destinationLoadBalancerUids"),
				KubernetesIDs: rule.Strings("destinationKubernetesIds"),
			},
		})
	}
	return req
}

func (r firewall) Create(ctx context.Context, in provider.Props) (string, provider.Props, error) {
	f, _, err := r.client.Firewalls.Create(ctx, firewallRequest(in))
	if err != nil {
		return "", nil, err
	}
	out, err := r.Read(ctx, f.ID, in)
	return f.ID, out, err
}

func (r firewall) Read(ctx context.Context, id string, _ provider.Props) (provider.Props, error) {
	f, _, err := r.client.Firewalls.Get(ctx, id)
	if err != nil {
		return nil, gone(err)
	}
	inbound, outbound, pending := []any{}, []any{}, []any{}
	for _, rule := range f.InboundRules {
		out := ruleOutput(rule.Protocol, rule.PortRange)
		if s := rule.Sources; s != nil {
			peers(out, "source", s.Addresses, s.Tags, s.LoadBalancerUIDs, s.KubernetesIDs, s.DropletIDs)
		}
		inbound = append(inbound, out)
	}
	for _, rule := range f.OutboundRules {
		out := ruleOutput(rule.Protocol, rule.PortRange)
		if d := rule.Destinations; d != nil {
			peers(out, "destination", d.Addresses, d.Tags, d.LoadBalancerUIDs, d.KubernetesIDs, d.DropletIDs)
		}
		outbound = append(outbound, out)
	}
	for _, p := range f.PendingChanges {
		pending = append(pending, map[string]any{"dropletId": float64(p.DropletID), "removing": p.Removing, "status": p.Status})
	}
	return provider.Props{
		"name": f.Name, "status": f.Status, "createdAt": f.Created, "pendingChanges": pending,
		"dropletIds": nums(f.DropletIDs), "tags": strs(f.Tags),
		"inboundRules": inbound, "outboundRules": outbound,
	}, nil
}

// ruleOutput writes a rule as a program would: the API says 0 for all ports,
// and knows no ports of icmp.
func ruleOutput(protocol, ports string) map[string]any {
	out := map[string]any{"protocol": protocol}
	switch {
	case protocol == "icmp":
	case ports == "0":
		out["portRange"] = "all"
	case ports != "":
		out["portRange"] = ports
	}
	return out
}

func peers(out map[string]any, side string, addresses, tags, balancers, clusters []string, droplets []int) {
	for suffix, list := range map[string][]string{
		"Addresses": addresses, "Tags": tags, "LoadBalancerUids": balancers, "KubernetesIds": clusters,
	} {
		if len(list) > 0 {
			out[side+suffix] = strs(list)
		}
	}
	if len(droplets) > 0 {
		out[side+"DropletIds"] = nums(droplets)
	}
}

func (r firewall) Update(ctx context.Context, id string, _, in provider.Props) (provider.Props, error) {
	if _, _, err := r.client.Firewalls.Update(ctx, id, firewallRequest(in)); err != nil {
		return nil, err
	}
	return r.Read(ctx, id, in)
}

func (r firewall) Delete(ctx context.Context, id string, _ provider.Props) error {
	_, err := r.client.Firewalls.Delete(ctx, id)
	return gone(err)
}

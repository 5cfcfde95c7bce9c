package docker

import (
	"context"
	"fmt"
	"net/netip"

	"github.com/containerd/errdefs"
	"github.com/moby/moby/api/types/network"
	"github.com/moby/moby/client"

	"github.com/odooops/odooops/localcloud"
)

// Up makes the public network and loads the firewall of the machines known.
func (m *Machines) Up(ctx context.Context, n localcloud.Network) error {
	if _, err := m.docker.Ping(ctx, client.PingOptions{NegotiateAPIVersion: true}); err != nil {
		return fmt.Errorf("machines: Docker does not answer: %w: run scripts/dockerd, which starts it", err)
	}
	if err := bridgeNetfilter(ctx); err != nil {
		return err
	}
	m.mu.Lock()
	m.network = n
	m.mu.Unlock()
	if err := m.ensureNamespace(ctx); err != nil {
		return err
	}
	if err := m.ensurePublic(ctx, n.Subnet, n.Gateway); err != nil {
		return err
	}
	if err := m.loadFirewall(ctx); err != nil {
		return err
	}
	m.watchReboots()
	return nil
}

func (m *Machines) ensurePublic(ctx context.Context, subnet netip.Prefix, gateway netip.Addr) error {
	name := m.publicNetwork()
	found, err := m.docker.NetworkInspect(ctx, name, client.NetworkInspectOptions{})
	if err == nil {
		if have := found.Network.IPAM.Config; len(have) == 1 && have[0].Subnet == subnet && have[0].Gateway == gateway {
			return nil
		}
		return fmt.Errorf("network %s is there with another range than %s: run `odooops local stop --purge`", name, subnet)
	}
	if !errdefs.IsNotFound(err) {
		return fmt.Errorf("look for network %s: %w", name, err)
	}
	_, err = m.docker.NetworkCreate(ctx, name, client.NetworkCreateOptions{
		Driver: "bridge",
		Labels: m.labels(),
		IPAM: &network.IPAM{
			Driver: "default",
			Config: []network.IPAMConfig{{Subnet: subnet, Gateway: gateway}},
		},
	})
	if err != nil {
		return fmt.Errorf("make network %s with range %s: %w (is the range used by another network? see `docker network ls` and `ip route`)", name, subnet, err)
	}
	m.log.Info("network made", "name", name, "subnet", subnet)
	return nil
}

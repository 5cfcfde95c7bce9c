package docker

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"

	"github.com/odooops/odooops/localcloud"
)

// A VPC is a bridge in a network namespace of the cloud. This computer has no
// address in it and no route to it, so that a range declared for DigitalOcean
// clashes neither with this computer's networks nor with another cloud's, and
// a private address is reached as there: through the bastion.

func (m *Machines) namespace() string     { return m.prefix() }
func (m *Machines) namespacePath() string { return filepath.Join("/run/netns", m.namespace()) }

// vpcBridge is the bridge of a VPC. Interface names hold 15 characters.
func vpcBridge(id string) string { return "vpc-" + shorten(id) }

// shorten keeps the first 10 letters and digits of an id, a UUID as a rule.
func shorten(id string) string {
	id = strings.ReplaceAll(id, "-", "")
	return id[:min(len(id), 10)]
}

// EnsureVPC makes the private network of a VPC.
func (m *Machines) EnsureVPC(ctx context.Context, v localcloud.VPC) error {
	m.mu.Lock()
	m.vpcs[v.ID] = v.IPRange.Masked()
	m.mu.Unlock()
	if err := m.ensureNamespace(ctx); err != nil {
		return err
	}
	bridge := vpcBridge(v.ID)
	if m.hasLink(bridge) {
		return nil
	}
	if err := run(ctx, nil, "ip", "-n", m.namespace(), "link", "add", bridge, "up", "type", "bridge"); err != nil {
		return fmt.Errorf("make the network of VPC %s: %w", v.Name, err)
	}
	m.log.Info("VPC made", "name", v.Name, "range", v.IPRange)
	return nil
}

// DeleteVPC removes the private network.
func (m *Machines) DeleteVPC(ctx context.Context, id string) error {
	m.mu.Lock()
	delete(m.vpcs, id)
	m.mu.Unlock()
	if !m.hasLink(vpcBridge(id)) {
		return nil
	}
	if err := run(ctx, nil, "ip", "-n", m.namespace(), "link", "delete", vpcBridge(id)); err != nil {
		return fmt.Errorf("remove the network of VPC %s: %w", id, err)
	}
	return nil
}

// joinVPC gives a running machine its interface in its VPC.
func (m *Machines) joinVPC(ctx context.Context, pid int, spec localcloud.Machine) error {
	if spec.VPCID == "" {
		return nil
	}
	m.mu.Lock()
	vpcRange, known := m.vpcs[spec.VPCID]
	m.mu.Unlock()
	if !known {
		return fmt.Errorf("VPC %s has no network yet: EnsureVPC comes first", spec.VPCID)
	}
	const nic = "eth1" // as on DigitalOcean
	joined := false
	err := inNetwork(pid, func() error {
		_, err := net.InterfaceByName(nic)
		joined = err == nil
		return nil
	})
	if err != nil {
		return err
	}
	if !joined {
		outer := fmt.Sprintf("m%d", spec.ID)
		// The kernel takes its time to clear away the network of a machine
		// that stopped, with the other end of this link.
		if err := run(ctx, nil, "ip", "-n", m.namespace(), "link", "delete", outer); err != nil && m.hasLink(outer) {
			return fmt.Errorf("leave VPC %s: %w", spec.VPCID, err)
		}
		err := run(ctx, nil, "ip", "-n", m.namespace(), "link", "add", outer, "up", "master", vpcBridge(spec.VPCID),
			"type", "veth", "peer", "name", nic, "netns", fmt.Sprint(pid))
		if err != nil {
			return fmt.Errorf("join VPC %s: %w", spec.VPCID, err)
		}
	}
	address := netip.PrefixFrom(spec.PrivateIP, vpcRange.Bits()).String()
	return inNetwork(pid, func() error {
		if err := run(ctx, nil, "ip", "address", "replace", address, "dev", nic); err != nil {
			return err
		}
		return run(ctx, nil, "ip", "link", "set", nic, "up")
	})
}

func (m *Machines) ensureNamespace(ctx context.Context) error {
	if _, err := os.Stat(m.namespacePath()); errors.Is(err, fs.ErrNotExist) {
		if err := run(ctx, nil, "ip", "netns", "add", m.namespace()); err != nil {
			return fmt.Errorf("make the network namespace of the VPCs: %w", err)
		}
	}
	return inNamespace(m.namespacePath(), func() error { return bridgeNetfilter(ctx) })
}

func (m *Machines) removeNamespace(ctx context.Context) error {
	if _, err := os.Stat(m.namespacePath()); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return run(ctx, nil, "ip", "netns", "delete", m.namespace())
}

func (m *Machines) hasLink(name string) bool {
	found := false
	err := inNamespace(m.namespacePath(), func() error {
		_, err := net.InterfaceByName(name)
		found = err == nil
		return nil
	})
	return err == nil && found
}

package docker

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"slices"

	"github.com/odooops/odooops/localcloud"
)

// SetReservedIPs routes exactly these addresses to the machine, now if it
// runs, and at each start.
func (m *Machines) SetReservedIPs(ctx context.Context, id int, ips []netip.Addr) error {
	defer m.lock(id)()
	err := m.change(id, func(r *record) { r.Reserved = slices.Clone(ips) })
	if err != nil {
		return err
	}
	if err := m.loadFirewall(ctx); err != nil {
		return err
	}
	pid, err := m.pid(ctx, id)
	if err != nil || pid == 0 {
		return err
	}
	return setAddresses(ctx, pid, m.record(id).Machine.PublicIP, ips)
}

// setAddresses gives the interface of the public address exactly these
// further ones. They are /32: a reserved address is no neighbour's.
func setAddresses(ctx context.Context, pid int, public netip.Addr, reserved []netip.Addr) error {
	return inNetwork(pid, func() error {
		nic, have, err := publicInterface(public)
		if err != nil {
			return err
		}
		for _, ip := range have {
			if !slices.Contains(reserved, ip) {
				if err := run(ctx, nil, "ip", "address", "del", ip.String()+"/32", "dev", nic.Name); err != nil {
					return err
				}
			}
		}
		for _, ip := range reserved {
			if !slices.Contains(have, ip) {
				if err := run(ctx, nil, "ip", "address", "add", ip.String()+"/32", "dev", nic.Name); err != nil {
					return err
				}
			}
			if err := announce(nic, ip); err != nil {
				return err
			}
		}
		return nil
	})
}

// publicInterface finds the interface that has the public address, and the
// /32 addresses it has besides. Interface names depend on Docker's version.
func publicInterface(public netip.Addr) (*net.Interface, []netip.Addr, error) {
	all, err := net.Interfaces()
	if err != nil {
		return nil, nil, err
	}
	for _, nic := range all {
		addresses, err := nic.Addrs()
		if err != nil {
			return nil, nil, err
		}
		var single []netip.Addr
		found := false
		for _, a := range addresses {
			prefix, err := netip.ParsePrefix(a.String())
			if err != nil {
				continue
			}
			switch {
			case prefix.Addr() == public:
				found = true
			case prefix.Addr().Is4() && prefix.IsSingleIP():
				single = append(single, prefix.Addr())
			}
		}
		if found {
			return &nic, single, nil
		}
	}
	return nil, nil, fmt.Errorf("no interface of the machine has its public address %s", public)
}

// SetFirewall lets exactly these packets through.
func (m *Machines) SetFirewall(ctx context.Context, id int, f *localcloud.Firewall) error {
	defer m.lock(id)()
	if err := m.change(id, func(r *record) { r.Firewall = f }); err != nil {
		return err
	}
	return m.loadFirewall(ctx)
}

package localcloud

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"sync"

	"github.com/digitalocean/godo"

	"github.com/odooops/odooops/localcloud/api"
	"github.com/odooops/odooops/localcloud/records"
)

// effects says to Machines what the records say. Everything it says is
// idempotent, so saying too much is never wrong.
type effects struct {
	store    *records.Store
	machines Machines
	locks    sync.Map // droplet id → *sync.Mutex: one thing at a time on a machine
}

var _ api.Effects = (*effects)(nil)

// with runs f alone on the droplet, with a copy of its record.
func (e *effects) with(id int, f func(d records.Droplet) error) error {
	lock, _ := e.locks.LoadOrStore(id, &sync.Mutex{})
	lock.(*sync.Mutex).Lock()
	defer lock.(*sync.Mutex).Unlock()
	var d *records.Droplet
	e.store.View(func(s *records.State) {
		if found := s.Droplets[id]; found != nil {
			copied := *found
			d = &copied
		}
	})
	if d == nil {
		return nil // deleted meanwhile: nothing to say
	}
	return f(*d)
}

func (e *effects) DropletUp(ctx context.Context, id int) error {
	return e.with(id, func(d records.Droplet) error {
		m, err := machine(d)
		if err != nil {
			return err
		}
		if err := e.firewall(ctx, d); err != nil { // before the first packet
			return err
		}
		if err := e.machines.Boot(ctx, m); err != nil {
			return fmt.Errorf("boot droplet %s: %w", d.Name, err)
		}
		for _, volume := range d.VolumeIDs {
			if v, ok := e.volume(volume); ok {
				if err := e.machines.AttachVolume(ctx, id, machineVolume(v)); err != nil {
					return fmt.Errorf("attach volume %s to droplet %s: %w", v.Name, d.Name, err)
				}
			}
		}
		if err := e.machines.SetReservedIPs(ctx, id, e.reservedIPs(id)); err != nil {
			return fmt.Errorf("route the reserved addresses of droplet %s: %w", d.Name, err)
		}
		return nil
	})
}

func (e *effects) DropletDown(ctx context.Context, id int, graceful bool) error {
	return e.with(id, func(records.Droplet) error { return e.machines.PowerOff(ctx, id, graceful) })
}

func (e *effects) DropletGone(ctx context.Context, id int) error {
	return e.with(id, func(d records.Droplet) error {
		var failed error
		for _, volume := range d.VolumeIDs {
			if v, ok := e.volume(volume); ok {
				failed = errors.Join(failed, e.machines.DetachVolume(ctx, id, machineVolume(v)))
			}
		}
		return errors.Join(failed, e.machines.Destroy(ctx, id))
	})
}

func (e *effects) VolumeAttached(ctx context.Context, id int, v godo.Volume) error {
	return e.with(id, func(records.Droplet) error { return e.machines.AttachVolume(ctx, id, machineVolume(v)) })
}

func (e *effects) VolumeDetached(ctx context.Context, id int, v godo.Volume) error {
	return e.with(id, func(records.Droplet) error { return e.machines.DetachVolume(ctx, id, machineVolume(v)) })
}

func (e *effects) VolumeGone(ctx context.Context, v godo.Volume) error {
	return e.machines.DeleteVolume(ctx, machineVolume(v))
}

func (e *effects) AddressesChanged(ctx context.Context, id int) error {
	return e.with(id, func(d records.Droplet) error {
		if d.Status == "off" || d.Deleting {
			return nil // said at the next boot
		}
		return e.machines.SetReservedIPs(ctx, id, e.reservedIPs(id))
	})
}

// FirewallsChanged includes droplets that boot just now: they may have read
// the firewalls before the change.
func (e *effects) FirewallsChanged(ctx context.Context) error {
	var ids []int
	e.store.View(func(s *records.State) {
		for id := range s.Droplets {
			ids = append(ids, id)
		}
	})
	var failed error
	for _, id := range ids {
		failed = errors.Join(failed, e.with(id, func(d records.Droplet) error {
			if d.Deleting { // its machine may be gone already
				return nil
			}
			return e.firewall(ctx, d)
		}))
	}
	return failed
}

func (e *effects) firewall(ctx context.Context, d records.Droplet) error {
	var f *Firewall
	var err error
	e.store.View(func(s *records.State) { f, err = resolveFirewall(s, &d) })
	if err == nil {
		err = e.machines.SetFirewall(ctx, d.ID, f)
	}
	if err != nil {
		return fmt.Errorf("set the firewall of droplet %s: %w", d.Name, err)
	}
	return nil
}

func (e *effects) VPCUp(ctx context.Context, id string) error {
	var v *godo.VPC
	e.store.View(func(s *records.State) {
		if found := s.VPCs[id]; found != nil {
			copied := *found
			v = &copied
		}
	})
	if v == nil {
		return nil
	}
	ipRange, err := netip.ParsePrefix(v.IPRange)
	if err == nil {
		err = e.machines.EnsureVPC(ctx, VPC{ID: v.ID, Name: v.Name, IPRange: ipRange})
	}
	if err != nil {
		return fmt.Errorf("make the network of VPC %s: %w", v.Name, err)
	}
	return nil
}

func (e *effects) VPCGone(ctx context.Context, id string) error { return e.machines.DeleteVPC(ctx, id) }

func (e *effects) volume(id string) (v godo.Volume, ok bool) {
	e.store.View(func(s *records.State) {
		if found := s.Volumes[id]; found != nil {
			v, ok = *found, true
		}
	})
	return v, ok
}

func (e *effects) reservedIPs(droplet int) []netip.Addr {
	ips := []netip.Addr{}
	e.store.View(func(s *records.State) {
		for _, r := range records.Sorted(s.ReservedIPs) {
			if addr, err := netip.ParseAddr(r.IP); err == nil && r.DropletID == droplet {
				ips = append(ips, addr)
			}
		}
	})
	return ips
}

func machineVolume(v godo.Volume) Volume {
	return Volume{ID: v.ID, Name: v.Name, SizeGB: int(v.SizeGigaBytes)}
}

func machine(d records.Droplet) (Machine, error) {
	size, ok := api.Size(d.Size)
	if !ok {
		return Machine{}, fmt.Errorf("droplet %s has the size %q, which is not in the catalogue", d.Name, d.Size)
	}
	public, err := netip.ParseAddr(d.PublicIP)
	if err != nil {
		return Machine{}, err
	}
	private, err := netip.ParseAddr(d.PrivateIP)
	if err != nil {
		return Machine{}, err
	}
	keys := []string{}
	for _, k := range d.PublicKeys {
		keys = append(keys, strings.TrimSpace(k))
	}
	return Machine{
		ID: d.ID, Name: d.Name, Image: d.Image, VCPUs: size.Vcpus, MemoryMB: size.Memory, UserData: d.UserData,
		SSHKeys: keys, PublicIP: public, VPCID: d.VPC, PrivateIP: private,
	}, nil
}

package docker

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/odooops/odooops/localcloud"
)

// A block volume is a sparse file behind a loop device. The device exists only
// while a running machine shows it, so that no loop device is left over.

func (m *Machines) image(v localcloud.Volume) string {
	return filepath.Join(m.volumesDir(), v.ID+".img")
}

// diskLink is the name DigitalOcean gives a volume in a droplet.
func diskLink(v localcloud.Volume) string { return "/dev/disk/by-id/scsi-0DO_Volume_" + v.Name }

// AttachVolume shows the volume to the machine, now if it runs, and at each start.
func (m *Machines) AttachVolume(ctx context.Context, id int, v localcloud.Volume) error {
	defer m.lock(id)()
	if other := m.holder(v); other != 0 && other != id {
		return fmt.Errorf("attach volume %s to machine %d: machine %d has it: detach it there first", v.Name, id, other)
	}
	err := m.change(id, func(r *record) {
		r.Volumes = append(without(r.Volumes, v), v)
	})
	if err != nil {
		return err
	}
	pid, err := m.pid(ctx, id)
	if err != nil || pid == 0 {
		return err
	}
	return m.showVolume(pid, v)
}

// DetachVolume takes the volume away, also from a machine that has it mounted:
// there every further access is an I/O error, as on DigitalOcean. What was
// written before is on the volume.
func (m *Machines) DetachVolume(ctx context.Context, id int, v localcloud.Volume) error {
	defer m.lock(id)()
	if m.holder(v) != id {
		return nil
	}
	pid, err := m.pid(ctx, id)
	if err == nil && pid != 0 {
		err = m.hideVolume(pid, v)
	}
	if err == nil {
		err = loopDetach(m.image(v))
	}
	if err != nil {
		return fmt.Errorf("detach volume %s from machine %d: %w", v.Name, id, err)
	}
	return m.change(id, func(r *record) { r.Volumes = without(r.Volumes, v) })
}

// DeleteVolume deletes the data.
func (m *Machines) DeleteVolume(_ context.Context, v localcloud.Volume) error {
	if holder := m.holder(v); holder != 0 {
		return fmt.Errorf("delete volume %s: machine %d has it: detach it first", v.Name, holder)
	}
	if err := loopDetach(m.image(v)); err != nil {
		return fmt.Errorf("delete volume %s: %w", v.Name, err)
	}
	if err := os.Remove(m.image(v)); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("delete volume %s: %w", v.Name, err)
	}
	return nil
}

// holder is the machine the volume is attached to, or 0.
func (m *Machines) holder(v localcloud.Volume) int {
	m.mu.Lock()
	defer m.mu.Unlock()
	for id, r := range m.records {
		if slices.ContainsFunc(r.Volumes, func(have localcloud.Volume) bool { return have.ID == v.ID }) {
			return id
		}
	}
	return 0
}

// showVolume makes the device and its link in the machine. A volume that grew
// grows here too; it never shrinks.
func (m *Machines) showVolume(pid int, v localcloud.Volume) error {
	if err := growFile(m.image(v), int64(v.SizeGB)<<30); err != nil {
		return fmt.Errorf("volume %s: %w", v.Name, err)
	}
	device, err := loopAttach(m.image(v))
	if err != nil {
		return fmt.Errorf("volume %s: %w", v.Name, err)
	}
	if err := makeDevice(pid, device, diskLink(v)); err != nil {
		return fmt.Errorf("volume %s: show %s in the machine: %w", v.Name, device, err)
	}
	return nil
}

func (m *Machines) hideVolume(pid int, v localcloud.Volume) error {
	device, err := loopFind(m.image(v))
	if err != nil || device == "" {
		return err
	}
	if unused(device) != nil {
		if err := unplug(device); err != nil {
			return err
		}
	}
	if err := loopRelease(device); err != nil {
		return err
	}
	return removeDevice(pid, device, diskLink(v))
}

// freeVolumes gives back the loop devices of a machine that is off.
func (m *Machines) freeVolumes(id int) error {
	var errs []error
	for _, v := range m.record(id).Volumes {
		if err := loopDetach(m.image(v)); err != nil {
			errs = append(errs, fmt.Errorf("machine %d: free volume %s: %w", id, v.Name, err))
		}
	}
	return errors.Join(errs...)
}

func without(volumes []localcloud.Volume, v localcloud.Volume) []localcloud.Volume {
	return slices.DeleteFunc(slices.Clone(volumes), func(have localcloud.Volume) bool { return have.ID == v.ID })
}

func growFile(path string, size int64) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if info.Size() >= size {
		return nil
	}
	return f.Truncate(size)
}

package api

import (
	"context"
	"net/http"
	"regexp"
	"slices"

	"github.com/digitalocean/godo"
	"github.com/google/uuid"

	"github.com/odooops/odooops/localcloud/records"
)

// The real limits of a volume, in GB, and of volumes on a droplet.
const (
	maxVolumeGB       = 16384
	volumesPerDroplet = 15
)

func (a *API) volumes() {
	name := regexp.MustCompile(`^[a-z][a-z0-9-]{0,62}[a-z0-9]$`)
	a.read("GET /v2/volumes", func(c *call) (any, error) {
		q := c.URL.Query()
		return page(c, "volumes", slices.DeleteFunc(records.Sorted(c.state.Volumes), func(v *godo.Volume) bool {
			return q.Has("name") && v.Name != q.Get("name") || q.Has("region") && v.Region.Slug != q.Get("region")
		}))
	})
	a.write("POST /v2/volumes", http.StatusCreated, func(c *call) (any, error) { return a.createVolume(c, name) })
	a.read("GET /v2/volumes/{id}", func(c *call) (any, error) {
		v, err := c.volume(c.PathValue("id"))
		return object{"volume": v}, err
	})
	a.write("DELETE /v2/volumes/{id}", http.StatusNoContent, a.deleteVolume)
	a.write("POST /v2/volumes/{id}/actions", http.StatusAccepted, a.actOnVolume)
	a.routeActions("/v2/volumes/{id}", func(c *call, x *records.Action) bool { return x.Resource == c.PathValue("id") })
}

func (c *call) volume(id string) (*godo.Volume, error) {
	v, ok := c.state.Volumes[id]
	if !ok {
		return nil, notFound()
	}
	return v, nil
}

// volume reads a copy for an effect.
func (a *API) volume(id string) (v godo.Volume, ok bool) {
	a.Store.View(func(s *records.State) {
		if found := s.Volumes[id]; found != nil {
			v, ok = *found, true
		}
	})
	return v, ok
}

func (a *API) createVolume(c *call, name *regexp.Regexp) (any, error) {
	var in godo.VolumeCreateRequest
	if err := c.body(&in); err != nil {
		return nil, err
	}
	where, err := region(in.Region)
	if err != nil {
		return nil, err
	}
	switch {
	case !name.MatchString(in.Name):
		return nil, unprocessable("invalid volume name %q: lower-case letters, digits and dashes, starting with a letter, at most 64", in.Name)
	case in.SizeGigaBytes < 1 || in.SizeGigaBytes > maxVolumeGB:
		return nil, unprocessable("size_gigabytes must be from 1 to %d, not %d", maxVolumeGB, in.SizeGigaBytes)
	case in.SnapshotID != "":
		return nil, missing("Snapshot", in.SnapshotID)
	case in.FilesystemType != "" && in.FilesystemType != "ext4" && in.FilesystemType != "xfs":
		return nil, unprocessable("filesystem_type must be ext4 or xfs, not %q", in.FilesystemType)
	}
	for _, v := range c.state.Volumes {
		if v.Name == in.Name && v.Region.Slug == where.Slug {
			return nil, conflict("a volume named %q exists in region %s", in.Name, where.Slug)
		}
	}
	v := &godo.Volume{
		ID: uuid.NewString(), Region: where, Name: in.Name, SizeGigaBytes: in.SizeGigaBytes, Description: in.Description,
		DropletIDs: []int{}, CreatedAt: a.Now().UTC(), FilesystemType: in.FilesystemType,
		FilesystemLabel: in.FilesystemLabel, Tags: append([]string{}, in.Tags...),
	}
	for _, t := range in.Tags {
		c.state.Tags[t] = true
	}
	c.state.Volumes[v.ID] = v
	return object{"volume": v}, nil
}

func (a *API) deleteVolume(c *call) (any, error) {
	v, err := c.volume(c.PathValue("id"))
	if err != nil {
		return nil, err
	}
	if len(v.DropletIDs) > 0 {
		return nil, conflict("volume %s is attached to droplet %d; detach it first", v.Name, v.DropletIDs[0])
	}
	gone := *v
	delete(c.state.Volumes, v.ID)
	delete(c.state.Docker, v.ID) // what was recorded as lying on it is gone with it
	unlist(c.state, "do:volume:"+v.ID)
	c.then(func(ctx context.Context) error { return a.Effects.VolumeGone(ctx, gone) })
	return nil, nil
}

func (a *API) actOnVolume(c *call) (any, error) {
	v, err := c.volume(c.PathValue("id"))
	if err != nil {
		return nil, err
	}
	var in struct {
		Type      string `json:"type"`
		DropletID int    `json:"droplet_id"`
		SizeGB    int64  `json:"size_gigabytes"`
	}
	if err := c.body(&in); err != nil {
		return nil, err
	}
	x := records.Action{Type: in.Type, ResourceID: in.DropletID, ResourceType: "volume", RegionSlug: v.Region.Slug, Resource: v.ID}
	switch in.Type {
	case actionAttach, actionDetach:
		d, ok := c.state.Droplets[in.DropletID]
		if !ok {
			return nil, missing("Droplet", in.DropletID)
		}
		if err := refusePending(c.state, d.ID); err != nil {
			return nil, err
		}
		if in.Type == actionAttach {
			err = attachable(v, d)
		} else if !slices.Contains(v.DropletIDs, d.ID) {
			err = unprocessable("volume %s is not attached to droplet %d", v.Name, d.ID)
		}
		if err != nil {
			return nil, err
		}
	case actionResize:
		if in.SizeGB < v.SizeGigaBytes || in.SizeGB > maxVolumeGB {
			return nil, unprocessable("a volume of %d GB can't be resized to %d GB: it can only grow, to %d at most", v.SizeGigaBytes, in.SizeGB, maxVolumeGB)
		}
		v.SizeGigaBytes = in.SizeGB
		x.ResourceID = 0
		if len(v.DropletIDs) > 0 { // attaching again is how machines learn the size
			x.Type, x.ResourceID = actionAttach, v.DropletIDs[0]
			if err := refusePending(c.state, x.ResourceID); err != nil {
				return nil, err
			}
		}
	default:
		return nil, newRefusal(http.StatusNotImplemented, "not_implemented", "The local cloud does not serve the volume action %q.", in.Type)
	}
	return respondAction(a.begin(c, x))
}

func attachable(v *godo.Volume, d *records.Droplet) error {
	switch {
	case v.Region.Slug != d.Region:
		return unprocessable("volume %s is in region %s, droplet %s in %s", v.Name, v.Region.Slug, d.Name, d.Region)
	case len(v.DropletIDs) > 0 && v.DropletIDs[0] != d.ID:
		return unprocessable("volume %s is already attached to droplet %d", v.Name, v.DropletIDs[0])
	case len(d.VolumeIDs) >= volumesPerDroplet:
		return unprocessable("droplet %s has %d volumes, the most it can have", d.Name, volumesPerDroplet)
	}
	return nil
}

func attach(s *records.State, d *records.Droplet, volume string) {
	if v, ok := s.Volumes[volume]; ok {
		v.DropletIDs = []int{d.ID}
		d.VolumeIDs = with(d.VolumeIDs, volume)
	}
}

func detach(s *records.State, d *records.Droplet, volume string) {
	if v, ok := s.Volumes[volume]; ok {
		v.DropletIDs = []int{}
	}
	d.VolumeIDs = without(d.VolumeIDs, volume)
}

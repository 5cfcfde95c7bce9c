package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/digitalocean/godo"

	"github.com/odooops/odooops/tools/internal/provider"
)

// volume is digitalocean:index/volume:Volume. Sizes are in GiB.
type volume struct{ client *godo.Client }

func (r volume) Create(ctx context.Context, in provider.Props) (string, provider.Props, error) {
	v, _, err := r.client.Storage.CreateVolume(ctx, &godo.VolumeCreateRequest{
		Region:          strings.ToLower(in.String("region")),
		Name:            in.String("name"),
		Description:     in.String("description"),
		SizeGigaBytes:   int64(in.Int("size")),
		SnapshotID:      in.String("snapshotId"),
		FilesystemType:  in.String("initialFilesystemType"),
		FilesystemLabel: in.String("initialFilesystemLabel"),
		Tags:            in.Strings("tags"),
	})
	if err != nil {
		return "", nil, err
	}
	out, err := r.Read(ctx, v.ID, in)
	return v.ID, out, err
}

func (r volume) Read(ctx context.Context, id string, _ provider.Props) (provider.Props, error) {
	v, _, err := r.client.Storage.GetVolume(ctx, id)
	if err != nil {
		return nil, gone(err)
	}
	out := provider.Props{
		"name": v.Name, "size": float64(v.SizeGigaBytes), "description": v.Description, "tags": strs(v.Tags),
		"dropletIds": nums(v.DropletIDs), "volumeUrn": v.URN(),
		"filesystemType": v.FilesystemType, "filesystemLabel": v.FilesystemLabel,
	}
	if v.Region != nil {
		out["region"] = v.Region.Slug
	}
	return out, nil
}

// Update grows the volume: DigitalOcean refuses to shrink one.
func (r volume) Update(ctx context.Context, id string, old, in provider.Props) (provider.Props, error) {
	if old.Int("size") != in.Int("size") {
		a, _, err := r.client.StorageActions.Resize(ctx, id, in.Int("size"), strings.ToLower(in.String("region")))
		if err := finish(ctx, r.client, "resizing volume "+in.String("name"), a, err); err != nil {
			return nil, err
		}
	}
	if err := retag(ctx, r.client, id, godo.VolumeResourceType, old.Strings("tags"), in.Strings("tags")); err != nil {
		return nil, err
	}
	return r.Read(ctx, id, in)
}

func (r volume) Delete(ctx context.Context, id string, _ provider.Props) error {
	_, err := r.client.Storage.DeleteVolume(ctx, id)
	return err
}

// volumeAttachment is digitalocean:index/volumeAttachment:VolumeAttachment.
type volumeAttachment struct {
	immutable
	client *godo.Client
}

func (r volumeAttachment) Create(ctx context.Context, in provider.Props) (string, provider.Props, error) {
	volumeID, dropletID := in.String("volumeId"), in.Int("dropletId")
	v, _, err := r.client.Storage.GetVolume(ctx, volumeID)
	if err != nil {
		return "", nil, fmt.Errorf("volume %s: %w", volumeID, err)
	}
	if !slices.Contains(v.DropletIDs, dropletID) {
		err := whilePending(ctx, func() error {
			a, _, err := r.client.StorageActions.Attach(ctx, volumeID, dropletID)
			return finish(ctx, r.client, fmt.Sprintf("attaching volume %s to droplet %d", volumeID, dropletID), a, err)
		})
		if err != nil {
			return "", nil, err
		}
	}
	return fmt.Sprintf("%d-%s", dropletID, volumeID), nil, nil
}

func (r volumeAttachment) Read(ctx context.Context, _ string, state provider.Props) (provider.Props, error) {
	v, _, err := r.client.Storage.GetVolume(ctx, state.String("volumeId"))
	if err != nil {
		return nil, gone(err)
	}
	if len(v.DropletIDs) == 0 || v.DropletIDs[0] != state.Int("dropletId") {
		return nil, provider.ErrGone
	}
	return nil, nil
}

func (r volumeAttachment) Delete(ctx context.Context, _ string, state provider.Props) error {
	return detach(ctx, r.client, state.String("volumeId"), state.Int("dropletId"))
}

func detach(ctx context.Context, c *godo.Client, volumeID string, dropletID int) error {
	return whilePending(ctx, func() error {
		a, _, err := c.StorageActions.DetachByDropletID(ctx, volumeID, dropletID)
		if err != nil {
			return gone(err)
		}
		return finish(ctx, c, fmt.Sprintf("detaching volume %s from droplet %d", volumeID, dropletID), a, nil)
	})
}

// whilePending tries again while the droplet has another event under way.
func whilePending(ctx context.Context, try func() error) error {
	var last error
	err := poll(ctx, "the droplet's pending event", func() (bool, error) {
		last = try()
		var e *godo.ErrorResponse
		pending := errors.As(last, &e) && hasStatus(last, http.StatusUnprocessableEntity) && strings.Contains(e.Message, "pending event")
		return !pending, nil
	})
	if last != nil {
		return last
	}
	return err
}

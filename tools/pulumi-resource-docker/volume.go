package main

import (
	"context"

	"github.com/moby/moby/client"

	"github.com/odooops/odooops/tools/internal/provider"
)

// volumeResource is docker:index/volume:Volume. Its id is its name, and every
// change replaces it.
type volumeResource struct{ daemon *daemon }

func (r volumeResource) Create(ctx context.Context, in provider.Props) (string, provider.Props, error) {
	var args struct {
		Name       string            `json:"name"`
		Driver     string            `json:"driver"`
		DriverOpts map[string]string `json:"driverOpts"`
		Labels     []label           `json:"labels"`
	}
	if err := in.Decode(&args); err != nil {
		return "", nil, err
	}
	c, err := r.daemon.connect(ctx)
	if err != nil {
		return "", nil, err
	}
	made, err := c.VolumeCreate(ctx, client.VolumeCreateOptions{
		Name: args.Name, Driver: args.Driver, DriverOpts: args.DriverOpts, Labels: labelMap(args.Labels),
	})
	if err != nil {
		return "", nil, err
	}
	return made.Volume.Name, provider.Props{
		"name": made.Volume.Name, "driver": made.Volume.Driver, "mountpoint": made.Volume.Mountpoint,
	}, nil
}

func (r volumeResource) Read(ctx context.Context, id string, _ provider.Props) (provider.Props, error) {
	c, err := r.daemon.connect(ctx)
	if err != nil {
		return nil, err
	}
	live, err := c.VolumeInspect(ctx, id, client.VolumeInspectOptions{})
	if err != nil {
		return nil, missing(err)
	}
	return provider.Props{"name": live.Volume.Name, "driver": live.Volume.Driver, "mountpoint": live.Volume.Mountpoint}, nil
}

func (r volumeResource) Update(context.Context, string, provider.Props, provider.Props) (provider.Props, error) {
	return nil, nil
}

func (r volumeResource) Delete(ctx context.Context, id string, _ provider.Props) error {
	c, err := r.daemon.connect(ctx)
	if err != nil {
		return err
	}
	_, err = c.VolumeRemove(ctx, id, client.VolumeRemoveOptions{Force: true})
	return missing(err)
}

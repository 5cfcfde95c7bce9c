package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/moby/moby/client"

	"github.com/odooops/odooops/tools/internal/provider"
)

// imageResource is docker:index/remoteImage:RemoteImage.
type imageResource struct{ daemon *daemon }

func (r imageResource) Create(ctx context.Context, in provider.Props) (string, provider.Props, error) {
	if _, set := in["build"]; set {
		return "", nil, fmt.Errorf("the offline plugin can't build images; use the official docker plugin")
	}
	c, err := r.daemon.connect(ctx)
	if err != nil {
		return "", nil, err
	}
	name := in.String("name")
	image, err := r.daemon.findImage(ctx, c, name)
	if err != nil {
		return "", nil, err
	}
	return image.ID + name, imageOutputs(image), nil
}

func imageOutputs(image client.ImageInspectResult) provider.Props {
	out := provider.Props{"imageId": image.ID}
	if len(image.RepoDigests) > 0 {
		out["repoDigest"] = image.RepoDigests[0]
	}
	return out
}

func (r imageResource) Read(ctx context.Context, _ string, state provider.Props) (provider.Props, error) {
	c, err := r.daemon.connect(ctx)
	if err != nil {
		return nil, err
	}
	image, err := c.ImageInspect(ctx, state.String("name"))
	if err != nil {
		return nil, missing(err)
	}
	return imageOutputs(image), nil
}

// Update has nothing to do: keepLocally matters at deletion, from state.
func (r imageResource) Update(context.Context, string, provider.Props, provider.Props) (provider.Props, error) {
	return nil, nil
}

func (r imageResource) Delete(ctx context.Context, _ string, state provider.Props) error {
	if state.Bool("keepLocally", false) {
		return nil
	}
	c, err := r.daemon.connect(ctx)
	if err != nil {
		return err
	}
	_, err = c.ImageRemove(ctx, state.String("name"), client.ImageRemoveOptions{Force: state.Bool("forceRemove", false)})
	return missing(err)
}

// findImage looks on the host first and pulls only what is not there.
func (d *daemon) findImage(ctx context.Context, c *client.Client, name string) (client.ImageInspectResult, error) {
	image, err := c.ImageInspect(ctx, name)
	if err == nil {
		return image, nil
	}
	if !isNotFound(err) {
		return image, fmt.Errorf("looking for image %s: %w", name, err)
	}
	if strings.HasPrefix(name, "sha256:") {
		return image, fmt.Errorf("image %s is not on %s, and an id can't be pulled", name, d.where())
	}
	auth, err := d.registryAuth(name)
	if err != nil {
		return image, err
	}
	pull, err := c.ImagePull(ctx, name, client.ImagePullOptions{RegistryAuth: auth})
	if err != nil {
		return image, fmt.Errorf("pulling %s on %s: %w", name, d.where(), err)
	}
	defer pull.Close()
	if err := pull.Wait(ctx); err != nil {
		return image, fmt.Errorf("pulling %s on %s: %w", name, d.where(), err)
	}
	if image, err = c.ImageInspect(ctx, name); err != nil {
		return image, fmt.Errorf("after pulling %s: %w", name, err)
	}
	return image, nil
}

// registryAuth is the credential of the image's registry in the form the
// daemon wants, or "" for none.
func (d *daemon) registryAuth(image string) (string, error) {
	registry, _, _ := strings.Cut(image, "/")
	for _, a := range d.config.RegistryAuth {
		address := strings.TrimSuffix(strings.TrimPrefix(strings.TrimPrefix(a.Address, "https://"), "http://"), "/")
		if host, _, _ := strings.Cut(address, "/"); host != registry {
			continue
		}
		raw, err := json.Marshal(map[string]string{"username": a.Username, "password": a.Password, "serveraddress": a.Address})
		if err != nil {
			return "", fmt.Errorf("encoding the credential of %s: %w", registry, err)
		}
		return base64.URLEncoding.EncodeToString(raw), nil
	}
	return "", nil
}

package main

import (
	"context"
	"fmt"
	"slices"

	"github.com/digitalocean/godo"

	"github.com/odooops/odooops/tools/internal/provider"
)

// tag is digitalocean:index/tag:Tag. Its id is its name.
type tag struct {
	immutable
	client *godo.Client
}

func (r tag) Create(ctx context.Context, in provider.Props) (string, provider.Props, error) {
	t, _, err := r.client.Tags.Create(ctx, &godo.TagCreateRequest{Name: in.String("name")})
	if err != nil {
		return "", nil, err
	}
	out, err := r.Read(ctx, t.Name, nil)
	return t.Name, out, err
}

func (r tag) Read(ctx context.Context, id string, _ provider.Props) (provider.Props, error) {
	t, _, err := r.client.Tags.Get(ctx, id)
	if err != nil {
		return nil, gone(err)
	}
	out := provider.Props{"name": t.Name}
	if n := t.Resources; n != nil {
		out["totalResourceCount"] = float64(n.Count)
		if n.Droplets != nil {
			out["dropletsCount"] = float64(n.Droplets.Count)
		}
		if n.Volumes != nil {
			out["volumesCount"] = float64(n.Volumes.Count)
		}
	}
	return out, nil
}

func (r tag) Delete(ctx context.Context, id string, _ provider.Props) error {
	_, err := r.client.Tags.Delete(ctx, id)
	return err
}

// retag moves a resource from its old tags to its new ones.
func retag(ctx context.Context, c *godo.Client, id string, kind godo.ResourceType, old, new []string) error {
	resource := []godo.Resource{{ID: id, Type: kind}}
	for _, name := range new {
		if slices.Contains(old, name) {
			continue
		}
		if _, _, err := c.Tags.Create(ctx, &godo.TagCreateRequest{Name: name}); err != nil {
			return fmt.Errorf("tag %s: %w", name, err)
		}
		if _, err := c.Tags.TagResources(ctx, name, &godo.TagResourcesRequest{Resources: resource}); err != nil {
			return fmt.Errorf("adding tag %s: %w", name, err)
		}
	}
	for _, name := range old {
		if slices.Contains(new, name) {
			continue
		}
		if _, err := c.Tags.UntagResources(ctx, name, &godo.UntagResourcesRequest{Resources: resource}); err != nil {
			return fmt.Errorf("removing tag %s: %w", name, err)
		}
	}
	return nil
}

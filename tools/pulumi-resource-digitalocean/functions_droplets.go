package main

import (
	"context"
	"fmt"

	"github.com/digitalocean/godo"

	"github.com/odooops/odooops/tools/internal/provider"
)

func (l lookup) droplet(ctx context.Context, args provider.Props) (provider.Props, error) {
	if id := args.Int("id"); id != 0 {
		d, _, err := l.client.Droplets.Get(ctx, id)
		if err != nil {
			return nil, err
		}
		return dropletFound(*d), nil
	}
	droplets, err := all(ctx, l.client.Droplets.List)
	if err != nil {
		return nil, err
	}
	var found []godo.Droplet
	for _, d := range droplets {
		if d.Name == args.String("name") || contains(d.Tags, args.String("tag")) {
			found = append(found, d)
		}
	}
	// A name is not unique among droplets, and the official plugin guesses
	// as little.
	switch len(found) {
	case 0:
		return nil, fmt.Errorf("no droplet with name %q or tag %q", args.String("name"), args.String("tag"))
	case 1:
		return dropletFound(found[0]), nil
	}
	return nil, fmt.Errorf("%d droplets with name %q or tag %q", len(found), args.String("name"), args.String("tag"))
}

func contains(list []string, s string) bool {
	for _, e := range list {
		if e == s && s != "" {
			return true
		}
	}
	return false
}

func (l lookup) droplets(ctx context.Context, args provider.Props) (provider.Props, error) {
	droplets, err := all(ctx, l.client.Droplets.List)
	if err != nil {
		return nil, err
	}
	var found []provider.Props
	for _, d := range droplets {
		found = append(found, dropletFound(d))
	}
	return listed("droplets", found, args)
}

// dropletFound is a droplet as a data source tells it.
func dropletFound(d godo.Droplet) provider.Props {
	out := dropletOutputs(&d)
	out["id"], out["urn"] = float64(d.ID), out["dropletUrn"]
	delete(out, "dropletUrn")
	out["ipv6AddressPrivate"] = ""
	if d.Image != nil {
		out["image"] = d.Image.Slug
		if d.Image.Slug == "" {
			out["image"] = fmt.Sprint(d.Image.ID)
		}
	}
	return out
}

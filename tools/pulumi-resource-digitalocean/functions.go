package main

import (
	"context"
	"fmt"
	"strconv"

	"github.com/digitalocean/godo"

	"github.com/odooops/odooops/tools/internal/provider"
)

// lookup is the data sources' client.
type lookup struct{ client *godo.Client }

func functions(c *godo.Client) map[string]provider.Function {
	l := lookup{c}
	return map[string]provider.Function{
		"digitalocean:index/getAccount:getAccount":   l.account,
		"digitalocean:index/getDomain:getDomain":     l.domain,
		"digitalocean:index/getDroplet:getDroplet":   l.droplet,
		"digitalocean:index/getDroplets:getDroplets": l.droplets,
		"digitalocean:index/getImage:getImage":       l.image,
		"digitalocean:index/getRegion:getRegion":     l.region,
		"digitalocean:index/getRegions:getRegions":   l.regions,
		"digitalocean:index/getSizes:getSizes":       l.sizes,
		"digitalocean:index/getSshKey:getSshKey":     l.sshKey,
		"digitalocean:index/getSshKeys:getSshKeys":   l.sshKeys,
		"digitalocean:index/getVpc:getVpc":           l.vpc,
	}
}

func (l lookup) account(ctx context.Context, _ provider.Props) (provider.Props, error) {
	a, _, err := l.client.Account.Get(ctx)
	if err != nil {
		return nil, err
	}
	return provider.Props{
		"id": a.UUID, "uuid": a.UUID, "email": a.Email, "emailVerified": a.EmailVerified, "status": a.Status,
		"statusMessage": a.StatusMessage, "dropletLimit": float64(a.DropletLimit), "floatingIpLimit": float64(a.FloatingIPLimit),
	}, nil
}

func (l lookup) domain(ctx context.Context, args provider.Props) (provider.Props, error) {
	d, _, err := l.client.Domains.Get(ctx, args.String("name"))
	if err != nil {
		return nil, err
	}
	return provider.Props{
		"id": d.Name, "name": d.Name, "ttl": float64(d.TTL), "zoneFile": d.ZoneFile, "domainUrn": d.URN(),
	}, nil
}

func (l lookup) vpc(ctx context.Context, args provider.Props) (provider.Props, error) {
	vpcs, err := all(ctx, l.client.VPCs.List)
	if err != nil {
		return nil, err
	}
	for _, v := range vpcs {
		if v.ID == args.String("id") ||
			args.String("id") == "" && v.Name == args.String("name") && args.String("name") != "" ||
			args.String("id") == "" && args.String("name") == "" && v.Default && v.RegionSlug == args.String("region") {
			return provider.Props{
				"id": v.ID, "name": v.Name, "region": v.RegionSlug, "ipRange": v.IPRange, "description": v.Description,
				"default": v.Default, "urn": v.URN, "createdAt": v.CreatedAt.UTC().String(),
			}, nil
		}
	}
	return nil, fmt.Errorf("no VPC with id %q, name %q or as default of region %q", args.String("id"), args.String("name"), args.String("region"))
}

func (l lookup) image(ctx context.Context, args provider.Props) (provider.Props, error) {
	var image *godo.Image
	var err error
	switch {
	case args.Int("id") != 0:
		image, _, err = l.client.Images.GetByID(ctx, args.Int("id"))
	case args.String("slug") != "":
		image, _, err = l.client.Images.GetBySlug(ctx, args.String("slug"))
	default:
		return nil, fmt.Errorf("the offline plugin finds an image by id or slug only")
	}
	if err != nil {
		return nil, err
	}
	return provider.Props{
		"id": float64(image.ID), "image": strconv.Itoa(image.ID), "slug": image.Slug, "name": image.Name, "type": image.Type,
		"distribution": image.Distribution, "private": !image.Public, "minDiskSize": float64(image.MinDiskSize),
		"sizeGigabytes": image.SizeGigaBytes, "regions": strs(image.Regions), "created": image.Created,
		"status": image.Status, "errorMessage": image.ErrorMessage, "description": image.Description, "tags": strs(image.Tags),
	}, nil
}

package main

import (
	"context"

	"github.com/digitalocean/godo"

	"github.com/odooops/odooops/tools/internal/provider"
)

// domain is digitalocean:index/domain:Domain. Its id is its name.
type domain struct {
	immutable
	client *godo.Client
}

func (r domain) Create(ctx context.Context, in provider.Props) (string, provider.Props, error) {
	d, _, err := r.client.Domains.Create(ctx, &godo.DomainCreateRequest{
		Name: in.String("name"), IPAddress: in.String("ipAddress"),
	})
	if err != nil {
		return "", nil, err
	}
	out, err := r.Read(ctx, d.Name, in)
	return d.Name, out, err
}

func (r domain) Read(ctx context.Context, id string, _ provider.Props) (provider.Props, error) {
	d, _, err := r.client.Domains.Get(ctx, id)
	if err != nil {
		return nil, gone(err)
	}
	return provider.Props{"name": d.Name, "domainUrn": d.URN(), "ttl": float64(d.TTL)}, nil
}

func (r domain) Delete(ctx context.Context, id string, _ provider.Props) error {
	_, err := r.client.Domains.Delete(ctx, id)
	return err
}

package main

import (
	"context"

	"github.com/digitalocean/godo"

	"github.com/odooops/odooops/tools/internal/provider"
)

// spacesKey is digitalocean:index/spacesKey:SpacesKey. Its id is the access
// key; the secret key is told once, at creation.
type spacesKey struct{ client *godo.Client }

func grants(in provider.Props) []*godo.Grant {
	out := []*godo.Grant{}
	for _, g := range in.Objects("grants") {
		out = append(out, &godo.Grant{Bucket: g.String("bucket"), Permission: godo.SpacesKeyPermission(g.String("permission"))})
	}
	return out
}

func (r spacesKey) Create(ctx context.Context, in provider.Props) (string, provider.Props, error) {
	k, _, err := r.client.SpacesKeys.Create(ctx, &godo.SpacesKeyCreateRequest{Name: in.String("name"), Grants: grants(in)})
	if err != nil {
		return "", nil, err
	}
	out := spacesKeyOutputs(k)
	out["secretKey"] = k.SecretKey
	return k.AccessKey, out, nil
}

func spacesKeyOutputs(k *godo.SpacesKey) provider.Props {
	list := []any{}
	for _, g := range k.Grants {
		list = append(list, map[string]any{"bucket": g.Bucket, "permission": string(g.Permission)})
	}
	return provider.Props{"name": k.Name, "accessKey": k.AccessKey, "createdAt": k.CreatedAt, "grants": list}
}

func (r spacesKey) Read(ctx context.Context, id string, _ provider.Props) (provider.Props, error) {
	k, _, err := r.client.SpacesKeys.Get(ctx, id)
	if err != nil {
		return nil, gone(err)
	}
	return spacesKeyOutputs(k), nil
}

func (r spacesKey) Update(ctx context.Context, id string, _, in provider.Props) (provider.Props, error) {
	_, _, err := r.client.SpacesKeys.Update(ctx, id, &godo.SpacesKeyUpdateRequest{Name: in.String("name"), Grants: grants(in)})
	if err != nil {
		return nil, err
	}
	return r.Read(ctx, id, in)
}

func (r spacesKey) Delete(ctx context.Context, id string, _ provider.Props) error {
	_, err := r.client.SpacesKeys.Delete(ctx, id)
	return err
}

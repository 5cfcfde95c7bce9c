package main

import (
	"context"
	"strconv"
	"strings"

	"github.com/digitalocean/godo"

	"github.com/odooops/odooops/tools/internal/provider"
)

// sshKey is digitalocean:index/sshKey:SshKey.
type sshKey struct{ client *godo.Client }

func (r sshKey) Create(ctx context.Context, in provider.Props) (string, provider.Props, error) {
	k, _, err := r.client.Keys.Create(ctx, &godo.KeyCreateRequest{Name: in.String("name"), PublicKey: in.String("publicKey")})
	if err != nil {
		return "", nil, err
	}
	id := strconv.Itoa(k.ID)
	out, err := r.Read(ctx, id, in)
	return id, out, err
}

func (r sshKey) Read(ctx context.Context, id string, state provider.Props) (provider.Props, error) {
	n, err := number("key", id)
	if err != nil {
		return nil, err
	}
	k, _, err := r.client.Keys.GetByID(ctx, n)
	if err != nil {
		return nil, gone(err)
	}
	out := provider.Props{"name": k.Name, "fingerprint": k.Fingerprint, "publicKey": k.PublicKey}
	if strings.TrimSpace(k.PublicKey) == strings.TrimSpace(state.String("publicKey")) {
		out["publicKey"] = state.String("publicKey") // a newline at the end is no drift
	}
	return out, nil
}

func (r sshKey) Update(ctx context.Context, id string, _, in provider.Props) (provider.Props, error) {
	n, err := number("key", id)
	if err != nil {
		return nil, err
	}
	if _, _, err := r.client.Keys.UpdateByID(ctx, n, &godo.KeyUpdateRequest{Name: in.String("name")}); err != nil {
		return nil, err
	}
	return r.Read(ctx, id, in)
}

func (r sshKey) Delete(ctx context.Context, id string, _ provider.Props) error {
	n, err := number("key", id)
	if err != nil {
		return err
	}
	_, err = r.client.Keys.DeleteByID(ctx, n)
	return err
}

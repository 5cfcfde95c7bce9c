package main

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/digitalocean/godo"

	"github.com/odooops/odooops/tools/internal/provider"
)

// vpc is digitalocean:index/vpc:Vpc.
type vpc struct{ client *godo.Client }

// membersLeave is how long a VPC's deletion waits for its last member to go.
const membersLeave = 2 * time.Minute

func (r vpc) Create(ctx context.Context, in provider.Props) (string, provider.Props, error) {
	v, _, err := r.client.VPCs.Create(ctx, &godo.VPCCreateRequest{
		Name: in.String("name"), RegionSlug: in.String("region"),
		Description: in.String("description"), IPRange: in.String("ipRange"),
	})
	if err != nil {
		return "", nil, err
	}
	out, err := r.Read(ctx, v.ID, in)
	return v.ID, out, err
}

func (r vpc) Read(ctx context.Context, id string, _ provider.Props) (provider.Props, error) {
	v, _, err := r.client.VPCs.Get(ctx, id)
	if err != nil {
		return nil, gone(err)
	}
	return provider.Props{
		"name": v.Name, "region": v.RegionSlug, "description": v.Description, "ipRange": v.IPRange,
		"vpcUrn": v.URN, "default": v.Default, "createdAt": v.CreatedAt.UTC().String(),
	}, nil
}

func (r vpc) Update(ctx context.Context, id string, _, in provider.Props) (provider.Props, error) {
	_, _, err := r.client.VPCs.Update(ctx, id, &godo.VPCUpdateRequest{
		Name: in.String("name"), Description: in.String("description"), Default: godo.PtrTo(false),
	})
	if err != nil {
		return nil, err
	}
	return r.Read(ctx, id, in)
}

func (r vpc) Delete(ctx context.Context, id string, state provider.Props) error {
	ctx, cancel := context.WithTimeout(ctx, membersLeave)
	defer cancel()
	var last error
	err := poll(ctx, "the members of VPC "+state.String("name")+" to leave", func() (bool, error) {
		_, last = r.client.VPCs.Delete(ctx, id)
		if hasStatus(last, http.StatusForbidden, http.StatusConflict) {
			return false, nil
		}
		return last == nil, last
	})
	if err != nil && last != nil && ctx.Err() != nil {
		return fmt.Errorf("%w (the API's last answer: %w)", err, last)
	}
	return err
}

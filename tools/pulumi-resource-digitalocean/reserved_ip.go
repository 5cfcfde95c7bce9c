package main

import (
	"context"
	"fmt"
	"strconv"

	"github.com/digitalocean/godo"

	"github.com/odooops/odooops/tools/internal/provider"
)

// reservedIP is digitalocean:index/reservedIp:ReservedIp. Its id is the address.
type reservedIP struct{ client *godo.Client }

func (r reservedIP) Create(ctx context.Context, in provider.Props) (string, provider.Props, error) {
	made, _, err := r.client.ReservedIPs.Create(ctx, &godo.ReservedIPCreateRequest{Region: in.String("region")})
	if err != nil {
		return "", nil, err
	}
	if id := in.Int("dropletId"); id != 0 {
		if err := assign(ctx, r.client, made.IP, id); err != nil {
			return made.IP, nil, err
		}
	}
	out, err := r.Read(ctx, made.IP, in)
	return made.IP, out, err
}

func (r reservedIP) Read(ctx context.Context, id string, _ provider.Props) (provider.Props, error) {
	ip, _, err := r.client.ReservedIPs.Get(ctx, id)
	if err != nil {
		return nil, gone(err)
	}
	out := provider.Props{"ipAddress": ip.IP, "reservedIpUrn": ip.URN()}
	if ip.Region != nil {
		out["region"] = ip.Region.Slug
	}
	out["dropletId"] = nil
	if ip.Droplet != nil {
		out["dropletId"] = float64(ip.Droplet.ID)
	}
	return out, nil
}

func (r reservedIP) Update(ctx context.Context, id string, old, in provider.Props) (provider.Props, error) {
	if was, is := old.Int("dropletId"), in.Int("dropletId"); was != is {
		var err error
		if is != 0 {
			err = assign(ctx, r.client, id, is)
		} else {
			err = unassign(ctx, r.client, id)
		}
		if err != nil {
			return nil, err
		}
	}
	return r.Read(ctx, id, in)
}

func (r reservedIP) Delete(ctx context.Context, id string, _ provider.Props) error {
	ip, _, err := r.client.ReservedIPs.Get(ctx, id)
	if err != nil {
		return gone(err)
	}
	if ip.Droplet != nil {
		if err := unassign(ctx, r.client, id); err != nil {
			return err
		}
	}
	_, err = r.client.ReservedIPs.Delete(ctx, id)
	return err
}

// reservedIPAssignment is
// digitalocean:index/reservedIpAssignment:ReservedIpAssignment.
type reservedIPAssignment struct {
	immutable
	client *godo.Client
}

func (r reservedIPAssignment) Create(ctx context.Context, in provider.Props) (string, provider.Props, error) {
	ip, id := in.String("ipAddress"), in.Int("dropletId")
	if err := assign(ctx, r.client, ip, id); err != nil {
		return "", nil, err
	}
	return strconv.Itoa(id) + "-" + ip, nil, nil
}

// Read reports a missing address as an error and a moved one as gone.
func (r reservedIPAssignment) Read(ctx context.Context, _ string, state provider.Props) (provider.Props, error) {
	ip, _, err := r.client.ReservedIPs.Get(ctx, state.String("ipAddress"))
	if err != nil {
		return nil, err
	}
	if ip.Droplet == nil || ip.Droplet.ID != state.Int("dropletId") {
		return nil, provider.ErrGone
	}
	return nil, nil
}

func (r reservedIPAssignment) Delete(ctx context.Context, _ string, state provider.Props) error {
	ip, _, err := r.client.ReservedIPs.Get(ctx, state.String("ipAddress"))
	if err != nil {
		return gone(err)
	}
	if ip.Droplet == nil || ip.Droplet.ID != state.Int("dropletId") {
		return nil
	}
	return unassign(ctx, r.client, ip.IP)
}

func assign(ctx context.Context, c *godo.Client, ip string, dropletID int) error {
	return whilePending(ctx, func() error {
		a, _, err := c.ReservedIPActions.Assign(ctx, ip, dropletID)
		return finishIP(ctx, c, fmt.Sprintf("assigning %s to droplet %d", ip, dropletID), ip, a, err)
	})
}

func unassign(ctx context.Context, c *godo.Client, ip string) error {
	return whilePending(ctx, func() error {
		a, _, err := c.ReservedIPActions.Unassign(ctx, ip)
		return finishIP(ctx, c, "unassigning "+ip, ip, a, err)
	})
}

// finishIP waits for an action of a reserved IP, which ends by its status.
func finishIP(ctx context.Context, c *godo.Client, what, ip string, a *godo.Action, err error) error {
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return poll(ctx, what, func() (bool, error) {
		now, _, err := c.ReservedIPActions.Get(ctx, ip, a.ID)
		if err != nil {
			return false, err
		}
		if now.Status == "errored" {
			return false, fmt.Errorf("action %d (%s) failed", now.ID, now.Type)
		}
		return now.Status == "completed", nil
	})
}

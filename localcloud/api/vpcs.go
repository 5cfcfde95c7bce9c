package api

import (
	"context"
	"net/http"
	"net/netip"
	"strings"

	"github.com/digitalocean/godo"
	"github.com/google/uuid"

	"github.com/odooops/odooops/localcloud/records"
)

func (a *API) vpcs() {
	a.read("GET /v2/vpcs", func(c *call) (any, error) { return page(c, "vpcs", records.Sorted(c.state.VPCs)) })
	a.write("POST /v2/vpcs", http.StatusCreated, a.createVPC)
	a.read("GET /v2/vpcs/{id}", func(c *call) (any, error) {
		v, err := c.vpc()
		return object{"vpc": v}, err
	})
	a.read("GET /v2/vpcs/{id}/members", func(c *call) (any, error) {
		v, err := c.vpc()
		if err != nil {
			return nil, err
		}
		return page(c, "members", vpcMembers(c.state, v.ID))
	})
	a.write("PUT /v2/vpcs/{id}", http.StatusOK, func(c *call) (any, error) { return c.changeVPC(true) })
	a.write("PATCH /v2/vpcs/{id}", http.StatusOK, func(c *call) (any, error) { return c.changeVPC(false) })
	a.write("DELETE /v2/vpcs/{id}", http.StatusNoContent, a.deleteVPC)
}

func (c *call) vpc() (*godo.VPC, error) {
	v, ok := c.state.VPCs[c.PathValue("id")]
	if !ok {
		return nil, notFound()
	}
	return v, nil
}

func (a *API) createVPC(c *call) (any, error) {
	var in godo.VPCCreateRequest
	if err := c.body(&in); err != nil {
		return nil, err
	}
	if err := c.freeVPCName(in.Name, ""); err != nil {
		return nil, err
	}
	return a.addVPC(c, in, false)
}

func (c *call) freeVPCName(name, id string) error {
	if name == "" {
		return unprocessable("VPC name can't be blank")
	}
	for _, v := range c.state.VPCs {
		if v.Name == name && v.ID != id {
			return unprocessable("VPC name %q is already in use", name)
		}
	}
	return nil
}

func (a *API) addVPC(c *call, in godo.VPCCreateRequest, isDefault bool) (any, error) {
	where, err := region(in.RegionSlug)
	if err != nil {
		return nil, err
	}
	ipRange, err := a.vpcRange(c.state, in.IPRange)
	if err != nil {
		return nil, err
	}
	id := uuid.NewString()
	v := &godo.VPC{
		ID: id, URN: "do:vpc:" + id, Name: in.Name, Description: in.Description, IPRange: ipRange.String(),
		RegionSlug: where.Slug, CreatedAt: a.Now().UTC(), Default: isDefault,
	}
	c.state.VPCs[id] = v
	c.then(func(ctx context.Context) error {
		err := a.Effects.VPCUp(ctx, id)
		if err != nil { // a VPC that is no network must not look like one
			_ = a.Store.Update(func(s *records.State) error { delete(s.VPCs, id); return nil })
		}
		return err
	})
	return object{"vpc": v}, nil
}

// defaultVPC is the one a droplet of the region gets that asks for none.
func (a *API) defaultVPC(c *call, region string) (*godo.VPC, error) {
	name := "default-" + region
	for range 2 {
		for _, v := range c.state.VPCs {
			if v.Default && v.RegionSlug == region {
				return v, nil
			}
		}
		if _, err := a.addVPC(c, godo.VPCCreateRequest{Name: name, RegionSlug: region}, true); err != nil {
			return nil, err
		}
	}
	return nil, unprocessable("Region %q has no default VPC.", region)
}

// vpcRange checks the range asked for, or picks a free one.
func (a *API) vpcRange(s *records.State, text string) (netip.Prefix, error) {
	if text != "" {
		p, err := netip.ParsePrefix(text)
		if err != nil || p != p.Masked() || !p.Addr().Is4() || !p.Addr().IsPrivate() || p.Bits() < 16 || p.Bits() > 28 {
			return p, unprocessable("ip_range %q is not a private IPv4 network between /16 and /28", text)
		}
		if with := a.overlapping(s, p); with != "" {
			return p, unprocessable("ip_range %s overlaps with %s", text, with)
		}
		return p, nil
	}
	for n := byte(100); n < 120; n++ {
		p := netip.PrefixFrom(netip.AddrFrom4([4]byte{10, n, 0, 0}), 20)
		if a.overlapping(s, p) == "" {
			return p, nil
		}
	}
	return netip.Prefix{}, unprocessable("No network is free for another VPC.")
}

func (a *API) overlapping(s *records.State, p netip.Prefix) string {
	if p.Overlaps(a.Public) {
		return "the public network " + a.Public.String()
	}
	for _, v := range s.VPCs {
		if other, err := netip.ParsePrefix(v.IPRange); err == nil && p.Overlaps(other) {
			return "VPC " + v.Name
		}
	}
	return ""
}

// changeVPC replaces name and description, or with PATCH only what is named.
func (c *call) changeVPC(whole bool) (any, error) {
	v, err := c.vpc()
	if err != nil {
		return nil, err
	}
	in := struct{ Name, Description *string }{}
	if err := c.body(&in); err != nil {
		return nil, err
	}
	if in.Name != nil {
		if err := c.freeVPCName(*in.Name, v.ID); err != nil {
			return nil, err
		}
		v.Name = *in.Name
	}
	switch {
	case in.Description != nil:
		v.Description = *in.Description
	case whole: // PUT without a description clears it
		v.Description = ""
	}
	return object{"vpc": v}, nil
}

func (a *API) deleteVPC(c *call) (any, error) {
	v, err := c.vpc()
	if err != nil {
		return nil, err
	}
	if v.Default {
		return nil, forbidden("Can not delete default VPCs")
	}
	if members := vpcMembers(c.state, v.ID); len(members) > 0 {
		names := []string{}
		for _, m := range members {
			names = append(names, m.Name)
		}
		return nil, forbidden("Can not delete VPC with members: %s", strings.Join(names, ", "))
	}
	delete(c.state.VPCs, v.ID)
	c.then(func(ctx context.Context) error { return a.Effects.VPCGone(ctx, v.ID) })
	return nil, nil
}

func vpcMembers(s *records.State, id string) []*godo.VPCMember {
	var members []*godo.VPCMember
	for _, d := range records.Sorted(s.Droplets) {
		if d.VPC == id {
			members = append(members, &godo.VPCMember{URN: dropletURN(d.ID), Name: d.Name, CreatedAt: d.Created})
		}
	}
	return members
}

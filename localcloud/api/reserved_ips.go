package api

import (
	"net/http"

	"github.com/digitalocean/godo"

	"github.com/odooops/odooops/localcloud/records"
)

func (a *API) reservedIPs() {
	a.read("GET /v2/reserved_ips", func(c *call) (any, error) {
		list := []*godo.ReservedIP{}
		for _, r := range records.Sorted(c.state.ReservedIPs) {
			list = append(list, renderReservedIP(c.state, r))
		}
		return page(c, "reserved_ips", list)
	})
	a.write("POST /v2/reserved_ips", http.StatusAccepted, a.createReservedIP)
	a.read("GET /v2/reserved_ips/{ip}", func(c *call) (any, error) {
		r, err := c.reservedIP()
		if err != nil {
			return nil, err
		}
		return object{"reserved_ip": renderReservedIP(c.state, r)}, nil
	})
	a.write("DELETE /v2/reserved_ips/{ip}", http.StatusNoContent, func(c *call) (any, error) {
		r, err := c.reservedIP()
		if err != nil {
			return nil, err
		}
		if r.DropletID != 0 {
			return nil, unprocessable("The reserved IP %s is assigned to droplet %d; unassign it first.", r.IP, r.DropletID)
		}
		unlist(c.state, "do:reservedip:"+r.IP)
		delete(c.state.ReservedIPs, r.IP)
		return nil, nil
	})
	a.write("POST /v2/reserved_ips/{ip}/actions", http.StatusCreated, a.actOnReservedIP)
	a.routeActions("/v2/reserved_ips/{ip}", func(c *call, x *records.Action) bool { return x.Resource == c.PathValue("ip") })
}

func (c *call) reservedIP() (*records.ReservedIP, error) {
	r, ok := c.state.ReservedIPs[c.PathValue("ip")]
	if !ok {
		return nil, notFound()
	}
	return r, nil
}

// renderReservedIP shows the whole droplet, without which the plugin crashes.
func renderReservedIP(s *records.State, r *records.ReservedIP) *godo.ReservedIP {
	out := &godo.ReservedIP{IP: r.IP, Region: mustRegion(r.Region)}
	if d, ok := s.Droplets[r.DropletID]; ok {
		out.Droplet = renderDroplet(s, d)
	}
	return out
}

func (a *API) createReservedIP(c *call) (any, error) {
	var in godo.ReservedIPCreateRequest
	if err := c.body(&in); err != nil {
		return nil, err
	}
	d, ok := c.state.Droplets[in.DropletID]
	if in.DropletID != 0 {
		if !ok {
			return nil, missing("Droplet", in.DropletID)
		}
		if err := refusePending(c.state, d.ID); err != nil {
			return nil, err
		}
		in.Region = d.Region
	}
	where, err := region(in.Region)
	if err != nil {
		return nil, err
	}
	addr, err := a.reservedIP(c.state)
	if err != nil {
		return nil, err
	}
	r := &records.ReservedIP{IP: addr.String(), Region: where.Slug}
	c.state.ReservedIPs[r.IP] = r
	if d != nil {
		a.route(c, actionAssign, r, d.ID)
	}
	return object{"reserved_ip": renderReservedIP(c.state, r)}, nil
}

func (a *API) actOnReservedIP(c *call) (any, error) {
	r, err := c.reservedIP()
	if err != nil {
		return nil, err
	}
	var in struct {
		Type      string `json:"type"`
		DropletID int    `json:"droplet_id"`
	}
	if err := c.body(&in); err != nil {
		return nil, err
	}
	switch in.Type {
	case "assign":
		d, ok := c.state.Droplets[in.DropletID]
		switch {
		case !ok:
			return nil, missing("Droplet", in.DropletID)
		case d.Region != r.Region:
			return nil, unprocessable("The reserved IP is in region %s, the droplet in %s.", r.Region, d.Region)
		}
		if err := refusePending(c.state, d.ID); err != nil {
			return nil, err
		}
		if before := r.DropletID; before != 0 && before != d.ID {
			a.route(c, actionUnassign, r, 0)
		}
		return respondAction(a.route(c, actionAssign, r, d.ID))
	case "unassign":
		if r.DropletID == 0 {
			return nil, unprocessable("The reserved IP is not assigned.")
		}
		return respondAction(a.route(c, actionUnassign, r, 0))
	default:
		return nil, unprocessable("Unknown reserved IP action %q: it is assign or unassign.", in.Type)
	}
}

// route records where the address leads and makes the droplet concerned know.
func (a *API) route(c *call, kind string, r *records.ReservedIP, to int) *records.Action {
	concerned := to
	if to == 0 {
		concerned = r.DropletID
	}
	r.DropletID = to
	return a.begin(c, records.Action{
		Type: kind, ResourceID: concerned, ResourceType: "reserved_ip", RegionSlug: r.Region, Resource: r.IP,
	})
}

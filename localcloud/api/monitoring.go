package api

import (
	"net/http"

	"github.com/digitalocean/godo"
	"github.com/google/uuid"

	"github.com/odooops/odooops/localcloud/records"
)

// monitoring keeps alert policies; this cloud does not evaluate them.
func (a *API) monitoring() {
	const path = "/v2/monitoring/alerts"
	a.read("GET "+path, func(c *call) (any, error) {
		return page(c, "policies", records.Sorted(c.state.MonitorAlerts))
	})
	a.write("POST "+path, http.StatusOK, func(c *call) (any, error) {
		p := &godo.AlertPolicy{UUID: uuid.NewString()}
		c.state.MonitorAlerts[p.UUID] = p
		return c.setPolicy(p)
	})
	a.read("GET "+path+"/{id}", func(c *call) (any, error) {
		p, err := c.policy()
		return object{"policy": p}, err
	})
	a.write("PUT "+path+"/{id}", http.StatusOK, func(c *call) (any, error) {
		p, err := c.policy()
		if err != nil {
			return nil, err
		}
		return c.setPolicy(p)
	})
	a.write("DELETE "+path+"/{id}", http.StatusNoContent, func(c *call) (any, error) {
		p, err := c.policy()
		if err != nil {
			return nil, err
		}
		delete(c.state.MonitorAlerts, p.UUID)
		return nil, nil
	})
}

func (c *call) policy() (*godo.AlertPolicy, error) {
	p, ok := c.state.MonitorAlerts[c.PathValue("id")]
	if !ok {
		return nil, notFound()
	}
	return p, nil
}

func (c *call) setPolicy(p *godo.AlertPolicy) (any, error) {
	in := godo.AlertPolicy{Enabled: true}
	if err := c.body(&in); err != nil {
		return nil, err
	}
	if in.Type == "" || in.Window == "" || in.Compare == "" {
		return nil, badRequest("an alert policy needs type, compare and window")
	}
	in.UUID = p.UUID
	*p = in
	return object{"policy": p}, nil
}

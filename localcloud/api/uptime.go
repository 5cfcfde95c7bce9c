package api

import (
	"net/http"

	"github.com/digitalocean/godo"
	"github.com/google/uuid"

	"github.com/odooops/odooops/localcloud/records"
)

// uptime keeps checks and their alerts; this cloud does not run them.
func (a *API) uptime() {
	a.read("GET /v2/uptime/checks", func(c *call) (any, error) {
		list := []godo.UptimeCheck{}
		for _, k := range records.Sorted(c.state.UptimeChecks) {
			list = append(list, k.UptimeCheck)
		}
		return page(c, "checks", list)
	})
	a.write("POST /v2/uptime/checks", http.StatusCreated, func(c *call) (any, error) {
		k := &records.UptimeCheck{UptimeCheck: godo.UptimeCheck{ID: uuid.NewString()}, Alerts: map[string]*godo.UptimeAlert{}}
		c.state.UptimeChecks[k.ID] = k
		return c.setCheck(k)
	})
	a.read("GET /v2/uptime/checks/{check}", func(c *call) (any, error) {
		k, err := c.check()
		if err != nil {
			return nil, err
		}
		return object{"check": k.UptimeCheck}, nil
	})
	a.write("PUT /v2/uptime/checks/{check}", http.StatusOK, func(c *call) (any, error) {
		k, err := c.check()
		if err != nil {
			return nil, err
		}
		return c.setCheck(k)
	})
	a.write("DELETE /v2/uptime/checks/{check}", http.StatusNoContent, func(c *call) (any, error) {
		k, err := c.check()
		if err != nil {
			return nil, err
		}
		delete(c.state.UptimeChecks, k.ID)
		return nil, nil
	})
	a.uptimeAlerts()
}

func (c *call) check() (*records.UptimeCheck, error) {
	k, ok := c.state.UptimeChecks[c.PathValue("check")]
	if !ok {
		return nil, notFound()
	}
	return k, nil
}

func (c *call) setCheck(k *records.UptimeCheck) (any, error) {
	in := godo.UptimeCheck{}
	if err := c.body(&in); err != nil {
		return nil, err
	}
	if in.Name == "" || in.Target == "" || in.Type != "ping" && in.Type != "http" && in.Type != "https" {
		return nil, badRequest("an uptime check needs name, target and type (ping, http or https)")
	}
	in.ID = k.ID
	k.UptimeCheck = in // regions stay as they were given: no value is invented
	return object{"check": k.UptimeCheck}, nil
}

func (a *API) uptimeAlerts() {
	a.read("GET /v2/uptime/checks/{check}/alerts", func(c *call) (any, error) {
		k, err := c.check()
		if err != nil {
			return nil, err
		}
		return page(c, "alerts", records.Sorted(k.Alerts))
	})
	a.write("POST /v2/uptime/checks/{check}/alerts", http.StatusCreated, func(c *call) (any, error) {
		k, err := c.check()
		if err != nil {
			return nil, err
		}
		alert := &godo.UptimeAlert{ID: uuid.NewString()}
		k.Alerts[alert.ID] = alert
		return c.setUptimeAlert(alert)
	})
	a.read("GET /v2/uptime/checks/{check}/alerts/{alert}", func(c *call) (any, error) {
		_, alert, err := c.uptimeAlert()
		return object{"alert": alert}, err
	})
	a.write("PUT /v2/uptime/checks/{check}/alerts/{alert}", http.StatusOK, func(c *call) (any, error) {
		_, alert, err := c.uptimeAlert()
		if err != nil {
			return nil, err
		}
		return c.setUptimeAlert(alert)
	})
	a.write("DELETE /v2/uptime/checks/{check}/alerts/{alert}", http.StatusNoContent, func(c *call) (any, error) {
		k, alert, err := c.uptimeAlert()
		if err != nil {
			return nil, err
		}
		delete(k.Alerts, alert.ID)
		return nil, nil
	})
}

func (c *call) uptimeAlert() (*records.UptimeCheck, *godo.UptimeAlert, error) {
	k, err := c.check()
	if err != nil {
		return nil, nil, err
	}
	alert, ok := k.Alerts[c.PathValue("alert")]
	if !ok {
		return nil, nil, notFound()
	}
	return k, alert, nil
}

func (c *call) setUptimeAlert(alert *godo.UptimeAlert) (any, error) {
	in := godo.UptimeAlert{}
	if err := c.body(&in); err != nil {
		return nil, err
	}
	if in.Name == "" || in.Type == "" {
		return nil, badRequest("an uptime alert needs name and type")
	}
	if in.Notifications == nil { // the plugin crashes without it
		in.Notifications = &godo.Notifications{}
	}
	in.ID = alert.ID
	*alert = in
	return object{"alert": alert}, nil
}

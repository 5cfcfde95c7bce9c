package main

import (
	"context"

	"github.com/digitalocean/godo"

	"github.com/odooops/odooops/tools/internal/provider"
)

// uptimeCheck is digitalocean:index/uptimeCheck:UptimeCheck.
type uptimeCheck struct{ client *godo.Client }

func checkRequest(in provider.Props) godo.CreateUptimeCheckRequest {
	kind := in.String("type")
	if kind == "" {
		kind = "https"
	}
	return godo.CreateUptimeCheckRequest{
		Name: in.String("name"), Type: kind, Target: in.String("target"),
		Regions: in.Strings("regions"), Enabled: in.Bool("enabled", true),
	}
}

func (r uptimeCheck) Create(ctx context.Context, in provider.Props) (string, provider.Props, error) {
	req := checkRequest(in)
	c, _, err := r.client.UptimeChecks.Create(ctx, &req)
	if err != nil {
		return "", nil, err
	}
	out, err := r.Read(ctx, c.ID, in)
	return c.ID, out, err
}

func (r uptimeCheck) Read(ctx context.Context, id string, _ provider.Props) (provider.Props, error) {
	c, _, err := r.client.UptimeChecks.Get(ctx, id)
	if err != nil {
		return nil, gone(err)
	}
	return provider.Props{
		"name": c.Name, "type": c.Type, "target": c.Target, "regions": strs(c.Regions), "enabled": c.Enabled,
	}, nil
}

func (r uptimeCheck) Update(ctx context.Context, id string, _, in provider.Props) (provider.Props, error) {
	req := godo.UpdateUptimeCheckRequest(checkRequest(in))
	if _, _, err := r.client.UptimeChecks.Update(ctx, id, &req); err != nil {
		return nil, err
	}
	return r.Read(ctx, id, in)
}

func (r uptimeCheck) Delete(ctx context.Context, id string, _ provider.Props) error {
	_, err := r.client.UptimeChecks.Delete(ctx, id)
	return err
}

// uptimeAlert is digitalocean:index/uptimeAlert:UptimeAlert.
type uptimeAlert struct{ client *godo.Client }

func alertRequest(in provider.Props) godo.CreateUptimeAlertRequest {
	req := godo.CreateUptimeAlertRequest{
		Name: in.String("name"), Type: in.String("type"), Threshold: in.Int("threshold"),
		Comparison: godo.UptimeAlertComp(in.String("comparison")), Period: in.String("period"),
		Notifications: &godo.Notifications{Email: []string{}, Slack: []godo.SlackDetails{}},
	}
	for _, n := range in.Objects("notifications") {
		req.Notifications.Email = append(req.Notifications.Email, n.Strings("emails")...)
		req.Notifications.Slack = append(req.Notifications.Slack, slacks(n)...)
	}
	return req
}

func slacks(in provider.Props) []godo.SlackDetails {
	out := []godo.SlackDetails{}
	for _, s := range in.Objects("slacks") {
		out = append(out, godo.SlackDetails{Channel: s.String("channel"), URL: s.String("url")})
	}
	return out
}

// notified is who an alert tells, in the form a program declares it.
func notified(emails []string, slack []godo.SlackDetails) map[string]any {
	out := map[string]any{}
	if len(emails) > 0 {
		out["emails"] = strs(emails)
	}
	var list []any
	for _, s := range slack {
		list = append(list, map[string]any{"channel": s.Channel, "url": s.URL})
	}
	if list != nil {
		out["slacks"] = list
	}
	return out
}

func (r uptimeAlert) Create(ctx context.Context, in provider.Props) (string, provider.Props, error) {
	req := alertRequest(in)
	a, _, err := r.client.UptimeChecks.CreateAlert(ctx, in.String("checkId"), &req)
	if err != nil {
		return "", nil, err
	}
	out, err := r.Read(ctx, a.ID, in)
	return a.ID, out, err
}

func (r uptimeAlert) Read(ctx context.Context, id string, state provider.Props) (provider.Props, error) {
	a, _, err := r.client.UptimeChecks.GetAlert(ctx, state.String("checkId"), id)
	if err != nil {
		return nil, gone(err)
	}
	out := provider.Props{
		"name": a.Name, "type": a.Type, "threshold": float64(a.Threshold),
		"comparison": string(a.Comparison), "period": a.Period,
	}
	if n := a.Notifications; n != nil {
		out["notifications"] = []any{notified(n.Email, n.Slack)}
	}
	return out, nil
}

func (r uptimeAlert) Update(ctx context.Context, id string, _, in provider.Props) (provider.Props, error) {
	req := godo.UpdateUptimeAlertRequest(alertRequest(in))
	if _, _, err := r.client.UptimeChecks.UpdateAlert(ctx, in.String("checkId"), id, &req); err != nil {
		return nil, err
	}
	return r.Read(ctx, id, in)
}

func (r uptimeAlert) Delete(ctx context.Context, id string, state provider.Props) error {
	_, err := r.client.UptimeChecks.DeleteAlert(ctx, state.String("checkId"), id)
	return err
}

package main

import (
	"context"

	"github.com/digitalocean/godo"

	"github.com/odooops/odooops/tools/internal/provider"
)

// monitorAlert is digitalocean:index/monitorAlert:MonitorAlert.
type monitorAlert struct{ client *godo.Client }

func policyRequest(in provider.Props) godo.AlertPolicyCreateRequest {
	value, _ := in["value"].(float64)
	enabled := in.Bool("enabled", true)
	to := in.Object("alerts")
	return godo.AlertPolicyCreateRequest{
		Type: in.String("type"), Description: in.String("description"),
		Compare: godo.AlertPolicyComp(in.String("compare")), Value: float32(value), Window: in.String("window"),
		Entities: in.Strings("entities"), Tags: in.Strings("tags"), Enabled: &enabled,
		Alerts: godo.Alerts{Email: to.Strings("emails"), Slack: slacks(to)},
	}
}

func (r monitorAlert) Create(ctx context.Context, in provider.Props) (string, provider.Props, error) {
	req := policyRequest(in)
	p, _, err := r.client.Monitoring.CreateAlertPolicy(ctx, &req)
	if err != nil {
		return "", nil, err
	}
	out, err := r.Read(ctx, p.UUID, in)
	return p.UUID, out, err
}

func (r monitorAlert) Read(ctx context.Context, id string, _ provider.Props) (provider.Props, error) {
	p, _, err := r.client.Monitoring.GetAlertPolicy(ctx, id)
	if err != nil {
		return nil, gone(err)
	}
	if p.UUID == "" {
		return nil, provider.ErrGone // as the official plugin reads it
	}
	return provider.Props{
		"uuid": p.UUID, "type": p.Type, "description": p.Description, "compare": string(p.Compare),
		"value": float64(p.Value), "window": p.Window, "enabled": p.Enabled,
		"entities": strs(p.Entities), "tags": strs(p.Tags), "alerts": notified(p.Alerts.Email, p.Alerts.Slack),
	}, nil
}

func (r monitorAlert) Update(ctx context.Context, id string, _, in provider.Props) (provider.Props, error) {
	req := godo.AlertPolicyUpdateRequest(policyRequest(in))
	if _, _, err := r.client.Monitoring.UpdateAlertPolicy(ctx, id, &req); err != nil {
		return nil, err
	}
	return r.Read(ctx, id, in)
}

func (r monitorAlert) Delete(ctx context.Context, id string, _ provider.Props) error {
	_, err := r.client.Monitoring.DeleteAlertPolicy(ctx, id)
	return err
}

// Package uptime declares what DigitalOcean itself looks at: a site from
// outside, and droplets from below. It is there when everything of ours is down,
// the observability host first.
package uptime

import (
	"fmt"

	"github.com/pulumi/pulumi-digitalocean/sdk/v4/go/digitalocean"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Args of an Uptime.
type Args struct {
	// URL is asked from outside; empty asks for nothing.
	URL string
	// Droplets are watched, by name.
	Droplets map[string]*digitalocean.Droplet
	// Emails are written to. DigitalOcean takes addresses that it has verified.
	// Without any there is nobody to tell: the site is still asked, for the
	// record, and no alerts are declared.
	Emails []string
}

// Uptime is a check and its alerts.
type Uptime struct {
	pulumi.ResourceState
}

// certificateDays is how many days a certificate has left when its alert
// fires. It is renewed at 30.
const certificateDays = 14

// limits are in percent, over five minutes or ten.
var limits = []struct {
	suffix, metric, what, window string
	percent                      float64
}{
	{"cpu", "v1/insights/droplet/cpu", "its processors are busy", "10m", 90},
	{"memory", "v1/insights/droplet/memory_utilization_percent", "its memory is in use", "5m", 92},
	{"disk", "v1/insights/droplet/disk_utilization_percent", "its own disk is full", "5m", 85},
}

// New declares it.
func New(ctx *pulumi.Context, name string, args Args, opts ...pulumi.ResourceOption) (*Uptime, error) {
	u := &Uptime{}
	if err := ctx.RegisterComponentResource("odooops:telemetry:Uptime", name, u, opts...); err != nil {
		return nil, err
	}
	if args.URL != "" {
		if err := u.site(ctx, name, args); err != nil {
			return nil, err
		}
	}
	if len(args.Emails) > 0 {
		for droplet, d := range args.Droplets {
			if err := u.droplet(ctx, droplet, d, args.Emails); err != nil {
				return nil, err
			}
		}
	}
	return u, ctx.RegisterResourceOutputs(u, pulumi.Map{})
}

func (u *Uptime) site(ctx *pulumi.Context, name string, args Args) error {
	check, err := digitalocean.NewUptimeCheck(ctx, name, &digitalocean.UptimeCheckArgs{
		Name: pulumi.String("odooops-" + name), Type: pulumi.String("https"), Target: pulumi.String(args.URL),
		Regions: pulumi.ToStringArray([]string{"eu_west", "us_east"}), Enabled: pulumi.Bool(true),
	}, pulumi.Parent(u))
	if err != nil || len(args.Emails) == 0 {
		return err
	}
	tell := digitalocean.UptimeAlertNotificationArray{
		digitalocean.UptimeAlertNotificationArgs{Emails: pulumi.ToStringArray(args.Emails)},
	}
	// From everywhere: one region's trouble is not ours.
	if _, err := digitalocean.NewUptimeAlert(ctx, name+"-down", &digitalocean.UptimeAlertArgs{
		Name: pulumi.String("odooops-" + name + "-down"), CheckId: check.ID(), Type: pulumi.String("down_global"),
		Period: pulumi.String("2m"), Notifications: tell,
	}, pulumi.Parent(u)); err != nil {
		return err
	}
	_, err = digitalocean.NewUptimeAlert(ctx, name+"-certificate", &digitalocean.UptimeAlertArgs{
		Name: pulumi.String("odooops-" + name + "-certificate"), CheckId: check.ID(), Type: pulumi.String("ssl_expiry"),
		Threshold: pulumi.Int(certificateDays), Comparison: pulumi.String("less_than"), Period: pulumi.String("2m"),
		Notifications: tell,
	}, pulumi.Parent(u))
	return err
}

func (u *Uptime) droplet(ctx *pulumi.Context, name string, d *digitalocean.Droplet, emails []string) error {
	for _, l := range limits {
		if _, err := digitalocean.NewMonitorAlert(ctx, name+"-"+l.suffix, &digitalocean.MonitorAlertArgs{
			Type: pulumi.String(l.metric), Compare: pulumi.String("GreaterThan"), Value: pulumi.Float64(l.percent),
			Window: pulumi.String(l.window), Enabled: pulumi.Bool(true),
			Description: pulumi.String(fmt.Sprintf("OdooOps: %s: %s to over %.0f %%", name, l.what, l.percent)),
			Entities:    pulumi.StringArray{d.ID().ToStringOutput()},
			Alerts:      digitalocean.MonitorAlertAlertsArgs{Emails: pulumi.ToStringArray(emails)},
		}, pulumi.Parent(u)); err != nil {
			return err
		}
	}
	return nil
}

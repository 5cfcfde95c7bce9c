package observability

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/odooops/odooops/components/hostdocker"
	dashboards "github.com/odooops/odooops/observability"
)

const grafanaMB = 256

// grafana shows the dashboards. Everything in it comes from files: what
// somebody clicks together is gone with the next update.
func (o *Observability) grafana(ctx *pulumi.Context, _ string, args Args) error {
	if args.Images.Grafana == "" {
		return nil
	}
	conf, err := render("grafana.ini", map[string]string{"Hostname": args.GrafanaHostname, "User": args.GrafanaUser})
	if err != nil {
		return err
	}
	uploaded := uploads("/etc/grafana/dashboards", dashboards.Dashboards())
	for _, kind := range []string{"datasources", "dashboards"} {
		text, err := files.ReadFile("files/grafana-" + kind + ".yaml")
		if err != nil {
			return err
		}
		uploaded = append(uploaded, hostdocker.File{
			Path: "/etc/grafana/provisioning/" + kind + "/odooops.yaml", Mode: "0444", Content: pulumi.String(text),
		})
	}
	return o.run(ctx, args, program{
		role: "grafana", image: args.Images.Grafana, memoryMB: grafanaMB, env: goMemory(grafanaMB),
		files: append(uploaded,
			hostdocker.File{Path: "/etc/grafana/grafana.ini", Mode: "0444", Content: pulumi.String(conf)},
			secretFile("/etc/grafana/password", pulumi.String(args.GrafanaPassword))),
		health: "http://127.0.0.1:3000/api/health", graceSeconds: 15,
	})
}

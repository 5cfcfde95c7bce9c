package observability

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/odooops/odooops/components/hostdocker"
)

// alertmanagerMB is plenty: it holds what fires.
const alertmanagerMB = 96

const (
	webhookFile = "/etc/alertmanager/webhook"
	switchFile  = "/etc/alertmanager/dead-mans-switch"
)

// alertmanager tells people, and calls the dead man's switch.
func (o *Observability) alertmanager(ctx *pulumi.Context, _ string, args Args) error {
	conf, err := alertmanagerConf(args)
	if err != nil {
		return err
	}
	uploads := []hostdocker.File{
		{Path: "/etc/alertmanager/alertmanager.yml", Mode: "0444", Content: pulumi.String(conf)},
	}
	if args.Webhook != "" {
		uploads = append(uploads, secretFile(webhookFile, pulumi.String(args.Webhook)))
	}
	if args.DeadMansSwitch != "" {
		uploads = append(uploads, secretFile(switchFile, pulumi.String(args.DeadMansSwitch)))
	}
	return o.run(ctx, args, program{
		role: "alertmanager", image: args.Images.Alertmanager, memoryMB: alertmanagerMB,
		env: goMemory(alertmanagerMB), command: []string{"--log.level=warn"}, files: uploads,
		health: "http://127.0.0.1:9093/-/ready", graceSeconds: 10,
	})
}

func alertmanagerConf(args Args) (string, error) {
	data := map[string]string{"Runbooks": "", "Webhook": "", "Switch": ""}
	if args.Webhook != "" {
		data["Webhook"] = webhookFile
	}
	if args.DeadMansSwitch != "" {
		data["Switch"] = switchFile
	}
	if args.Repository != "" {
		data["Runbooks"] = "https://github.com/" + args.Repository + "/blob/main/"
	}
	return render("alertmanager.yml", data)
}

// Package observability declares what runs on the host that watches the
// others: Loki for logs, Prometheus for metrics, Alertmanager, Grafana where
// there is an image of it, and the edge that lets telemetry in. Rules and
// dashboards are the package of the same name at the top; who sends is
// components/agent.
//
// All of them are on one network of that host and published nowhere. What they
// keep survives the machine: logs in a bucket, the rest on the data volume.
package observability

import (
	"embed"
	"strings"
	"text/template"

	"github.com/pulumi/pulumi-docker/sdk/v4/go/docker"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/odooops/odooops/components/edge"
	"github.com/odooops/odooops/components/hostdocker"
	"github.com/odooops/odooops/components/size"
)

//go:embed files
var files embed.FS

// DataDir is the host's directory of everything here: cloudinit.RoleWatch
// makes it.
const DataDir = "/data/watch"

// Ingest is where an agent on this host writes to.
const Ingest = "http://" + edge.Alias + ":4318"

// Images are references by digest; without Grafana there is none.
type Images struct{ Traefik, Loki, Prometheus, Alertmanager, Grafana string }

// Args of an Observability.
type Args struct {
	Docker *hostdocker.Docker
	Size   size.Size
	// VolumeSizeGB is the data volume's, which metrics take a part of.
	VolumeSizeGB int
	Images       Images
	Domain       string
	Region       string
	// LogDays and MetricsDays are how long they are kept.
	LogDays, MetricsDays int
	// Agents may write: edge.Hash of the password by user.
	Agents map[string]string
	// Webhook of Mattermost is told of alerts, and DeadMansSwitch is called
	// every minute while alerting works. Both are secret and may be empty.
	Webhook, DeadMansSwitch string
	// Repository is owner/name, for links to runbooks; may be empty.
	Repository string
	// GrafanaUser and GrafanaPassword (secret) get in at GrafanaHostname, which
	// Record leads here.
	GrafanaHostname, GrafanaUser, GrafanaPassword string
	// Email goes to the certificate authority; may be empty.
	Email string
	// Protect keeps the bucket of the logs from being deleted.
	Protect bool
	// Reachable is what has to be there before the world is let in.
	Reachable []pulumi.Resource
}

// Observability is everything that watches.
type Observability struct {
	pulumi.ResourceState

	// Network is the one that all of them are on.
	Network *docker.Network
	// Containers are by role.
	Containers map[string]*docker.Container
	// Bucket keeps the logs.
	Bucket pulumi.StringOutput
}

// New declares it.
func New(ctx *pulumi.Context, name string, args Args, opts ...pulumi.ResourceOption) (*Observability, error) {
	o := &Observability{Containers: map[string]*docker.Container{}}
	if err := ctx.RegisterComponentResource("odooops:telemetry:Observability", name, o, opts...); err != nil {
		return nil, err
	}
	var err error
	if o.Network, err = args.Docker.Network(ctx, "watch", false); err != nil {
		return nil, err
	}
	for _, declare := range []func(*pulumi.Context, string, Args) error{
		o.loki, o.prometheus, o.alertmanager, o.grafana, o.edge,
	} {
		if err := declare(ctx, name, args); err != nil {
			return nil, err
		}
	}
	return o, ctx.RegisterResourceOutputs(o, pulumi.Map{"bucket": o.Bucket})
}

func (o *Observability) edge(ctx *pulumi.Context, name string, args Args) error {
	a := edge.WatchArgs{
		Docker: args.Docker, MemoryMB: args.Size.EdgeMB, Image: args.Images.Traefik, DataDir: DataDir + "/traefik",
		Network: o.Network, Agents: args.Agents, Loki: "http://loki:3100", Prometheus: "http://prometheus:9090",
		Email: args.Email,
		After: append([]pulumi.Resource{o.Containers["loki"], o.Containers["prometheus"]}, args.Reachable...),
	}
	if g := o.Containers["grafana"]; g != nil {
		a.Hostname, a.Grafana = args.GrafanaHostname, "http://grafana:3000"
		a.User, a.Password = args.GrafanaUser, args.GrafanaPassword
		a.After = append(a.After, g)
	}
	front, err := edge.NewWatch(ctx, name, a, pulumi.Parent(o))
	if err != nil {
		return err
	}
	o.Containers["edge"] = front.Server
	return nil
}

// program is one of the services.
type program struct {
	role, image string
	memoryMB    int
	command     []string
	env         map[string]string
	files       []hostdocker.File
	mounts      []hostdocker.Mount
	// health is the address that says it is up.
	health string
	// graceSeconds is how long it may take to write what it has in memory.
	graceSeconds int
}

func (o *Observability) run(ctx *pulumi.Context, args Args, p program) error {
	image, err := args.Docker.Image(ctx, p.role, p.image)
	if err != nil {
		return err
	}
	health := []string{"/usr/local/bin/healthcheck", p.health}
	if p.role == "grafana" {
		// An official image, which has none of ours.
		health = []string{"wget", "-q", "-O", "/dev/null", p.health}
	}
	o.Containers[p.role], err = args.Docker.Run(ctx, hostdocker.Service{
		Container: hostdocker.Container{
			Role: p.role, Image: image, MemoryMB: p.memoryMB, Command: p.command, Env: p.env, Files: p.files,
			Mounts: append(p.mounts,
				hostdocker.Mount{Host: DataDir + "/" + p.role, Path: "/var/lib/" + p.role},
				hostdocker.Mount{Host: "/etc/ssl/certs", Path: "/etc/ssl/certs", ReadOnly: true}),
			Networks: []hostdocker.Attachment{{Network: o.Network, Aliases: []string{p.role}}},
		},
		Health:       hostdocker.Health{Test: health, WaitSeconds: 120, EverySeconds: 15},
		GraceSeconds: p.graceSeconds,
	})
	return err
}

// uploads are files for a program that is not root: all may read them, which
// in its container is the program alone.
func uploads(dir string, texts map[string]string) []hostdocker.File {
	var out []hostdocker.File
	for _, name := range sorted(texts) {
		out = append(out, hostdocker.File{Path: dir + "/" + name, Mode: "0444", Content: pulumi.String(texts[name])})
	}
	return out
}

func secretFile(path string, content pulumi.StringInput) hostdocker.File {
	return hostdocker.File{Path: path, Mode: "0444", Content: pulumi.ToSecret(content).(pulumi.StringOutput)}
}

// render fills in a template of files. Its marks are not those of the
// templates that Alertmanager and Grafana have themselves.
func render(name string, data any) (string, error) {
	t, err := template.New(name+".tmpl").Delims("[[", "]]").ParseFS(files, "files/"+name+".tmpl")
	if err != nil {
		return "", err
	}
	var out strings.Builder
	err = t.Execute(&out, data)
	return out.String(), err
}

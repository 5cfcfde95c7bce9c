package edge

import (
	"errors"
	"maps"
	"slices"

	"github.com/pulumi/pulumi-docker/sdk/v4/go/docker"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/odooops/odooops/components/hostdocker"
)

// IngestPort takes telemetry from the private network.
const IngestPort = 4318

// WatchArgs of the observability host's edge.
type WatchArgs struct {
	Docker   *hostdocker.Docker
	MemoryMB int
	// Image is a reference by digest.
	Image string
	// DataDir is the host's directory of the certificates.
	DataDir string
	Network *docker.Network
	// Agents may write: password hashes (Hash) by user.
	Agents map[string]string
	// Loki and Prometheus are where it goes, such as http://loki:3100.
	Loki, Prometheus string
	// Hostname serves Grafana to User with Password (secret); empty serves
	// nothing to the world.
	Hostname, Grafana string
	User, Password    string
	// Email goes to the certificate authority; may be empty.
	Email string
	After []pulumi.Resource
}

// NewWatch declares the edge of the observability host: a way in for telemetry
// and for nothing else, and Grafana behind a password.
func NewWatch(ctx *pulumi.Context, name string, args WatchArgs, opts ...pulumi.ResourceOption) (*Edge, error) {
	e := &Edge{}
	if err := ctx.RegisterComponentResource("odooops:app:WatchEdge", name, e, opts...); err != nil {
		return nil, err
	}
	conf := own(args.Email)
	conf.Ingest = true
	static, err := render("traefik.yml", conf)
	if err != nil {
		return nil, err
	}
	routes, err := args.routes()
	if err != nil {
		return nil, err
	}
	image, err := args.Docker.Image(ctx, "traefik", args.Image)
	if err != nil {
		return nil, err
	}
	c := hostdocker.Container{
		Role: "edge", Image: image, MemoryMB: args.MemoryMB, Capabilities: []string{"NET_BIND_SERVICE"},
		Files: []hostdocker.File{
			{Path: "/etc/traefik/dynamic/watch.yml", Mode: "0644", Content: pulumi.ToSecret(pulumi.String(routes)).(pulumi.StringOutput)},
			{Path: "/etc/traefik/traefik.yml", Mode: "0644", Content: pulumi.String(static)},
		},
		Mounts: []hostdocker.Mount{
			{Host: args.DataDir, Path: "/var/lib/traefik"},
			{Host: "/etc/ssl/certs", Path: "/etc/ssl/certs", ReadOnly: true},
		},
		Networks: []hostdocker.Attachment{{Network: args.Network, Aliases: []string{Alias}}},
		After:    args.After,
	}
	ports := []hostdocker.Port{{External: IngestPort, Internal: IngestPort}}
	if args.Hostname != "" {
		c.Env = map[string]string{"EDGE_NAMES": args.Hostname}
		ports = append(ports, hostdocker.Port{External: 80, Internal: 80}, hostdocker.Port{External: 443, Internal: 443})
	}
	e.Server, err = args.Docker.Run(ctx, hostdocker.Service{
		Container: c, Ports: ports, Health: health(), GraceSeconds: grace,
	})
	if err != nil {
		return nil, err
	}
	return e, ctx.RegisterResourceOutputs(e, pulumi.Map{})
}

func (a WatchArgs) routes() (string, error) {
	if len(a.Agents) == 0 {
		// Traefik would let everybody in.
		return "", errors.New("edge of the observability host: no agent may write")
	}
	var agents []string
	for _, user := range slices.Sorted(maps.Keys(a.Agents)) {
		agents = append(agents, user+":"+a.Agents[user])
	}
	return render("watch.yml", map[string]any{
		"Agents": agents, "Loki": a.Loki, "Prometheus": a.Prometheus,
		"Hostname": a.Hostname, "Grafana": a.Grafana, "Login": a.User + ":" + Hash(a.Password),
	})
}

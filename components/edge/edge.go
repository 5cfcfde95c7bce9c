// Package edge declares what stands between the internet and Odoo: Traefik
// with its own certificate, and the few rules about who may reach what.
package edge

import (
	"embed"
	"strings"
	"text/template"

	"github.com/pulumi/pulumi-docker/sdk/v4/go/docker"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/odooops/odooops/components/hostdocker"
	"github.com/odooops/odooops/components/size"
)

//go:embed files
var files embed.FS

// Args of an Edge.
type Args struct {
	Docker *hostdocker.Docker
	Size   size.Size
	// Image is a reference by digest.
	Image string
	// DataDir is the host's directory of the certificates.
	DataDir string
	// Web is where the backend is.
	Web    *docker.Network
	Routes Routes
	// Email goes to the certificate authority; may be empty.
	Email string
	// After is what must serve before the world is let in.
	After []pulumi.Resource
}

// Routes is what is served at which name.
type Routes struct {
	Hostname string
	// Backend is Odoo's name on the web network.
	Backend string
	// HTTPPort is Odoo's. WebsocketPort is another one when it has workers.
	HTTPPort, WebsocketPort int
}

// loginPaths is where passwords are tried.
const loginPaths = `^(/[a-z]{2,3}([_@-][A-Za-z]+)*)?/web/(login|session/authenticate|reset_password|signup)`

// Edge is a Traefik.
type Edge struct {
	pulumi.ResourceState

	Server *docker.Container
}

// New declares an edge.
func New(ctx *pulumi.Context, name string, args Args, opts ...pulumi.ResourceOption) (*Edge, error) {
	e := &Edge{}
	if err := ctx.RegisterComponentResource("odooops:app:Edge", name, e, opts...); err != nil {
		return nil, err
	}
	static, err := render("traefik.yml", map[string]any{"Email": args.Email})
	if err != nil {
		return nil, err
	}
	routes, err := routesFile(args.Routes)
	if err != nil {
		return nil, err
	}
	image, err := args.Docker.Image(ctx, "traefik", args.Image)
	if err != nil {
		return nil, err
	}
	e.Server, err = args.Docker.Run(ctx, hostdocker.Service{
		Container: hostdocker.Container{
			Role: "edge", Image: image, MemoryMB: args.Size.EdgeMB,
			Capabilities: []string{"NET_BIND_SERVICE"},
			// The image starts Traefik again while this one has no certificate.
			Env: map[string]string{"EDGE_NAMES": args.Routes.Hostname},
			Files: []hostdocker.File{
				{Path: "/etc/traefik/traefik.yml", Mode: "0644", Content: pulumi.String(static)},
				{Path: "/etc/traefik/dynamic/routes.yml", Mode: "0644", Content: pulumi.String(routes)},
			},
			Mounts: []hostdocker.Mount{
				{Host: args.DataDir, Path: "/var/lib/traefik"},
				{Host: "/etc/ssl/certs", Path: "/etc/ssl/certs", ReadOnly: true},
			},
			Networks: []hostdocker.Attachment{{Network: args.Web}},
			After:    args.After,
		},
		Ports: []hostdocker.Port{{External: 80, Internal: 80}, {External: 443, Internal: 443}},
		Health: hostdocker.Health{
			Test: []string{"/usr/local/bin/traefik", "healthcheck"}, WaitSeconds: 60,
		},
		GraceSeconds: 15,
	})
	if err != nil {
		return nil, err
	}
	return e, ctx.RegisterResourceOutputs(e, pulumi.Map{})
}

func routesFile(r Routes) (string, error) {
	return render("routes.yml", struct {
		Routes
		LoginPaths string
	}{r, loginPaths})
}

func render(name string, data any) (string, error) {
	t, err := template.ParseFS(files, "files/"+name+".tmpl")
	if err != nil {
		return "", err
	}
	var out strings.Builder
	err = t.Execute(&out, data)
	return out.String(), err
}

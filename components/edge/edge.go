// Package edge declares what stands between the internet and Odoo: Traefik
// with its own certificate, and the few rules about who may reach what.
package edge

import (
	"strings"

	"github.com/pulumi/pulumi-docker/sdk/v4/go/docker"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/odooops/odooops/components/hostdocker"
	"github.com/odooops/odooops/components/size"
)

// Alias is its name on its networks.
const Alias = "edge"

// Args of an Edge.
type Args struct {
	Docker *hostdocker.Docker
	Size   size.Size
	// Image is a reference by digest.
	Image string
	// DataDir is the host's directory of the certificates.
	DataDir string
	// Networks are the backends', and one with a way out if theirs has none:
	// the certificate comes from outside.
	Networks []*docker.Network
	// Routes are Odoo's; Mail MailHog's, nil without one.
	Routes Routes
	Mail   *Routes
	// Email goes to the certificate authority; may be empty.
	Email string
	// After is what must serve before the world is let in.
	After []pulumi.Resource
}

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
	static, err := render("traefik.yml", own(args.Email))
	if err != nil {
		return nil, err
	}
	names, uploads, err := dynamic(args)
	if err != nil {
		return nil, err
	}
	image, err := args.Docker.Image(ctx, "traefik", args.Image)
	if err != nil {
		return nil, err
	}
	var attachments []hostdocker.Attachment
	for _, n := range args.Networks {
		attachments = append(attachments, hostdocker.Attachment{Network: n, Aliases: []string{Alias}})
	}
	e.Server, err = args.Docker.Run(ctx, hostdocker.Service{
		Container: hostdocker.Container{
			Role: "edge", Image: image, MemoryMB: args.Size.EdgeMB,
			Capabilities: []string{"NET_BIND_SERVICE"},
			// The image starts Traefik again while this one has no certificate.
			Env: map[string]string{"EDGE_NAMES": strings.Join(names, ",")},
			Files: append(uploads,
				hostdocker.File{Path: "/etc/traefik/traefik.yml", Mode: "0644", Content: pulumi.String(static)}),
			Mounts: []hostdocker.Mount{
				{Host: args.DataDir, Path: "/var/lib/traefik"},
				{Host: "/etc/ssl/certs", Path: "/etc/ssl/certs", ReadOnly: true},
			},
			Networks: attachments,
			After:    args.After,
		},
		Ports:        []hostdocker.Port{{External: 80, Internal: 80}, {External: 443, Internal: 443}},
		Health:       health(),
		GraceSeconds: grace,
	})
	if err != nil {
		return nil, err
	}
	return e, ctx.RegisterResourceOutputs(e, pulumi.Map{})
}

// dynamic are the names that are served, and the files that say how. A gate's
// password is in them as a hash.
func dynamic(args Args) (names []string, uploads []hostdocker.File, err error) {
	routes, err := Odoo(args.Routes)
	if err != nil {
		return nil, nil, err
	}
	names = []string{args.Routes.Hostname}
	uploads = []hostdocker.File{{Path: "/etc/traefik/dynamic/routes.yml", Mode: "0644", Content: content(args.Routes, routes)}}
	if args.Mail == nil {
		return names, uploads, nil
	}
	routes, err = Mail(*args.Mail)
	if err != nil {
		return nil, nil, err
	}
	names = append(names, args.Mail.Hostname)
	uploads = append(uploads, hostdocker.File{
		Path: "/etc/traefik/dynamic/mail.yml", Mode: "0644", Content: content(*args.Mail, routes),
	})
	return names, uploads, nil
}

func content(r Routes, text string) pulumi.StringInput {
	if r.Gate == nil {
		return pulumi.String(text)
	}
	return pulumi.ToSecret(pulumi.String(text)).(pulumi.StringOutput)
}

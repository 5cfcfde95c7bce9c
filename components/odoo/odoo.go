package odoo

import (
	"strings"

	"github.com/pulumi/pulumi-docker/sdk/v4/go/docker"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/odooops/odooops/components/hostdocker"
	"github.com/odooops/odooops/components/mail"
	"github.com/odooops/odooops/components/size"
)

const (
	// Alias is Odoo's name on its networks.
	Alias = "odoo"
	// HTTPPort serves pages.
	HTTPPort = 8069
	// GeventPort serves the websocket when there are workers.
	GeventPort = 8072
)

// Args of an Odoo.
type Args struct {
	Docker *hostdocker.Docker
	Size   size.Odoo
	// Image is a reference by digest.
	Image string
	// Data holds the filestore and the sessions; its Path is filled in.
	Data hostdocker.Mount
	// Database is the name of the one database.
	Database, DatabaseHost, DatabaseUser string
	// Networks of the server: the database's first. The jobs are on that alone.
	Networks []*docker.Network
	// Relay is how mail leaves, without password. Catcher, host:port, takes
	// every mail instead, whatever the database says.
	Relay   mail.Relay
	Catcher string
	// Proxy is the only way out, http://host:port; empty is none but what the
	// networks allow.
	Proxy string

	DatabasePassword, MasterPassword pulumi.StringInput // secret
	MailPassword                     pulumi.StringInput // secret; nil with a Catcher

	// Make makes the database; nil when it comes with its data.
	Make *Make
	// Update updates the modules that the image changed; nil doesn't.
	Update *Update
	// Small is for one of many on a host: fewer processors, a health check
	// that costs nothing, and nobody waits for it here.
	Small *size.Preview
	// Labels of the server, for the host's services.
	Labels map[string]string

	// Results of jobs, and resources, that must be there first.
	Results []pulumi.StringOutput
	After   []pulumi.Resource
}

// Make is what a new database is made of.
type Make struct {
	AdminLogin    string
	AdminPassword pulumi.StringInput // secret
	// Modules are comma-separated; empty is the image's choice.
	Modules string
	// Demo adds Odoo's demo data.
	Demo bool
	// Neutralize is for what is not production: nothing of it reaches anybody.
	// Then URL is where it is served, and Domain what is behind the @ of its
	// mail aliases.
	Neutralize  bool
	URL, Domain string
}

// Update is what to do about modules that the image changed.
type Update struct {
	// Test runs the tests of the updated modules.
	Test bool
}

// Odoo is a served database.
type Odoo struct {
	pulumi.ResourceState

	// Init and Update are the jobs; nil where there is none.
	Init, Update *docker.Container
	Server       *docker.Container
}

// New declares an Odoo.
func New(ctx *pulumi.Context, name string, args Args, opts ...pulumi.ResourceOption) (*Odoo, error) {
	o := &Odoo{}
	if err := ctx.RegisterComponentResource("odooops:app:Odoo", name, o, opts...); err != nil {
		return nil, err
	}
	image, err := args.Docker.Image(ctx, "odoo", args.Image)
	if err != nil {
		return nil, err
	}
	args.Data.Path = "/var/lib/odoo"
	container := hostdocker.Container{
		Image: image, MemoryMB: args.Size.MemoryMB(),
		// Begins as root, hands files to odoo and becomes odoo.
		Capabilities: []string{"CHOWN", "DAC_OVERRIDE", "FOWNER", "SETGID", "SETUID"},
		Env:          environment(args),
		Files:        []hostdocker.File{{Path: "/run/odooops/odoo.conf", Mode: "0600", Content: confFile(args)}},
		Mounts:       []hostdocker.Mount{args.Data},
		Networks:     []hostdocker.Attachment{{Network: args.Networks[0]}},
		Results:      args.Results,
		After:        args.After,
	}
	if args.Small != nil {
		container.CPUShares, container.CPUs = args.Small.CPUShares, args.Small.CPUs
	}
	var done []pulumi.StringOutput
	if args.Make != nil {
		var made pulumi.StringOutput
		if o.Init, made, err = initJob(ctx, args, container); err != nil {
			return nil, err
		}
		done = append(done, made)
	}
	if args.Update != nil {
		var updated pulumi.StringOutput
		if o.Update, updated, err = updateJob(ctx, args, container, done); err != nil {
			return nil, err
		}
		done = append(done, updated)
	}
	if o.Server, err = serve(ctx, args, container, done); err != nil {
		return nil, err
	}
	return o, ctx.RegisterResourceOutputs(o, pulumi.Map{})
}

func serve(ctx *pulumi.Context, args Args, c hostdocker.Container, done []pulumi.StringOutput) (*docker.Container, error) {
	c.Role, c.Command, c.Labels = "odoo", []string{"odoo"}, args.Labels
	c.Networks = nil
	for _, n := range args.Networks {
		c.Networks = append(c.Networks, hostdocker.Attachment{Network: n, Aliases: []string{Alias}})
	}
	c.Results = append(c.Results[:len(c.Results):len(c.Results)], done...)
	health := hostdocker.Health{
		Test: []string{
			"python3", "-c",
			"import urllib.request; urllib.request.urlopen('http://127.0.0.1:8069/web/health', timeout=4)",
		},
		WaitSeconds: 180,
	}
	grace := 60
	if args.Small != nil {
		health.EverySeconds, health.NoWait = 60, true
		// Odoo takes 3 s to end even when it does nothing, and a sweep takes
		// many at once. A request that is cut off is rolled back.
		grace = 2
	}
	return args.Docker.Run(ctx, hostdocker.Service{Container: c, Health: health, GraceSeconds: grace})
}

// environment is what nobody has to keep secret.
func environment(args Args) map[string]string {
	// Odoo measures address space, and every arena of malloc reserves some.
	env := map[string]string{"MALLOC_ARENA_MAX": "2"}
	if args.Proxy == "" {
		return env
	}
	for _, name := range []string{"HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"} {
		value := args.Proxy
		if name == "NO_PROXY" {
			value = "127.0.0.1,localhost," + args.DatabaseHost + "," + host(args.Catcher)
		}
		// Programs differ in which of the two they read.
		env[name], env[strings.ToLower(name)] = value, value
	}
	return env
}

func host(address string) string {
	name, _, _ := strings.Cut(address, ":")
	return name
}

func confFile(args Args) pulumi.StringOutput {
	mailPassword := args.MailPassword
	if mailPassword == nil {
		mailPassword = pulumi.String("")
	}
	text := pulumi.All(args.DatabasePassword, args.MasterPassword, mailPassword).ApplyT(func(v []any) (string, error) {
		relay := args.Relay
		relay.Password = v[2].(string)
		return conf(Settings{
			Size: args.Size, DatabaseHost: args.DatabaseHost, Database: args.Database,
			DatabaseUser: args.DatabaseUser, DatabasePassword: v[0].(string),
			MasterPassword: v[1].(string), Relay: relay, Catcher: args.Catcher,
		})
	}).(pulumi.StringOutput)
	return pulumi.ToSecret(text).(pulumi.StringOutput)
}

package agent

import (
	"embed"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/pulumi/pulumi-docker/sdk/v4/go/docker"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/odooops/odooops/components/hostdocker"
	"github.com/odooops/odooops/components/size"
)

//go:embed files/*.yaml
var files embed.FS

const (
	// Role is the agent's container.
	Role = "agent"
	// configDir and secretDir are where files are uploaded to.
	configDir = "/etc/otelcol"
	secretDir = "/run/odooops/agent"
	// exporter is where odooops-metrics answers.
	exporter = "metrics:9187"
)

// Args of an Agent.
type Args struct {
	Docker *hostdocker.Docker
	// Image is a reference by digest.
	Image string
	// MemoryMB is the limit; 0 is size.AgentMB.
	MemoryMB int
	// Stack, Kind and Host (the droplet's name) are on everything it sends.
	Stack, Kind, Host string
	// DataDir is the host's directory of the buffers, on the data volume: up to
	// 100 MiB.
	DataDir string
	// URL, User and Token are the observability host's, for writing.
	URL   pulumi.StringInput
	User  string
	Token pulumi.StringInput
	// Networks are those of what it asks; Out is its way to the VPC.
	Networks []*docker.Network
	Out      *docker.Network
	// Site is asked for its health through the edge; nil is none.
	Site *Site
	// Exporter says that odooops-metrics runs on one of the networks.
	Exporter bool
	// PreviewBudgetMB is what previews may have together on their host; 0 is
	// for all other hosts.
	PreviewBudgetMB int
	Info            Info
}

// Site is a site as a browser sees it.
type Site struct {
	Hostname string
	// Address is the edge's name on one of the networks; empty goes by DNS.
	Address string
	// User and Password are asked for at the edge; empty where nobody asks.
	User     string
	Password pulumi.StringInput
}

// Info is what dashboards show of a stack.
type Info struct {
	Image, Version string
	// Expires is RFC 3339; empty is never.
	Expires string
	// MonthlyDollars is the droplets' price; nil is not known.
	MonthlyDollars pulumi.Float64Input
}

// Agent is a collector.
type Agent struct {
	pulumi.ResourceState

	Server *docker.Container
}

// New declares an agent.
func New(ctx *pulumi.Context, name string, args Args, opts ...pulumi.ResourceOption) (*Agent, error) {
	a := &Agent{}
	if err := ctx.RegisterComponentResource("odooops:telemetry:Agent", name, a, opts...); err != nil {
		return nil, err
	}
	if err := args.check(); err != nil {
		return nil, err
	}
	image, err := args.Docker.Image(ctx, Role, args.Image)
	if err != nil {
		return nil, err
	}
	reader, inner, err := readDocker(ctx, args.Docker, image, args.PreviewBudgetMB)
	if err != nil {
		return nil, err
	}
	env, err := args.env()
	if err != nil {
		return nil, err
	}
	uploads, command, err := args.configuration()
	if err != nil {
		return nil, err
	}
	attachments := []hostdocker.Attachment{{Network: args.Out}, {Network: inner}}
	for _, n := range args.Networks {
		attachments = append(attachments, hostdocker.Attachment{Network: n})
	}
	a.Server, err = args.Docker.Run(ctx, hostdocker.Service{
		Container: hostdocker.Container{
			Role: Role, Image: image, MemoryMB: args.memoryMB(),
			// What it watches comes first when the processors are busy.
			CPUShares: 128, CPUs: 0.5,
			Command: command, Env: env, Files: uploads,
			Mounts: []hostdocker.Mount{
				{Host: args.DataDir, Path: "/var/lib/otelcol"},
				{Host: args.DataDir, Path: "/hostfs/data", ReadOnly: true},
				{Host: "/proc", Path: "/hostfs/proc", ReadOnly: true},
				{Host: "/var/lib/docker/containers", Path: "/var/lib/docker/containers", ReadOnly: true},
				{Host: "/var/log/journal", Path: "/var/log/journal", ReadOnly: true},
				{Host: "/etc/ssl/certs", Path: "/etc/ssl/certs", ReadOnly: true},
			},
			Networks: attachments,
			After:    []pulumi.Resource{reader},
		},
		Health: hostdocker.Health{
			Test: []string{"/usr/local/bin/healthcheck", "http://127.0.0.1:13133/"}, WaitSeconds: 60, EverySeconds: 30,
		},
		GraceSeconds: 15,
	})
	if err != nil {
		return nil, err
	}
	return a, ctx.RegisterResourceOutputs(a, pulumi.Map{})
}

func (a Args) check() error {
	for what, missing := range map[string]bool{
		"a Docker": a.Docker == nil, "an image": a.Image == "", "a stack": a.Stack == "", "a kind": a.Kind == "",
		"a host": a.Host == "", "a directory for its buffers": a.DataDir == "",
		"an address to write to": a.URL == nil, "a token": a.Token == nil, "a way out": a.Out == nil,
	} {
		if missing {
			return fmt.Errorf("agent of stack %s: needs %s", a.Stack, what)
		}
	}
	if a.Site != nil && (a.Site.User == "") != (a.Site.Password == nil) {
		return errors.New("agent of stack " + a.Stack + ": the site's user and password go together")
	}
	return nil
}

func (a Args) memoryMB() int {
	if a.MemoryMB == 0 {
		return size.AgentMB
	}
	return a.MemoryMB
}

// env is what the configuration's files refer to; nothing in it is secret.
func (a Args) env() (map[string]string, error) {
	memory := a.memoryMB()
	env := map[string]string{
		"GOMEMLIMIT":       strconv.Itoa(memory*8/10) + "MiB",
		"MEMORY_LIMIT_MIB": strconv.Itoa(memory * 8 / 10), "MEMORY_SPIKE_MIB": strconv.Itoa(memory / 5),
		"AGENT_STACK": a.Stack, "AGENT_KIND": a.Kind, "AGENT_HOST": a.Host,
		"AGENT_IMAGE": a.Info.Image, "AGENT_VERSION": a.Info.Version,
		"AGENT_EXPIRES": a.Info.Expires, "AGENT_EXPIRES_UNIX": "0",
	}
	if a.Info.Expires != "" {
		at, err := time.Parse(time.RFC3339, a.Info.Expires)
		if err != nil {
			return nil, fmt.Errorf("agent of stack %s: the expiry: %w", a.Stack, err)
		}
		env["AGENT_EXPIRES_UNIX"] = strconv.FormatInt(at.Unix(), 10)
	}
	if s := a.Site; s != nil {
		env["AGENT_SITE"], env["AGENT_SITE_ADDRESS"] = s.Hostname, s.Address
		if s.Address == "" {
			env["AGENT_SITE_ADDRESS"] = s.Hostname
		}
	}
	if a.Exporter {
		env["AGENT_EXPORTER"] = exporter
	}
	return env, nil
}

// parts are the configuration's files. Each has its own pipeline: the program
// merges maps, and of two lists takes the last.
func (a Args) parts() []string {
	parts := []string{"base", "logs", "parse", "redact", "host", "docker"}
	if a.Site != nil {
		parts = append(parts, "site")
	}
	if a.Exporter {
		parts = append(parts, "exporter")
	}
	if a.PreviewBudgetMB > 0 {
		parts = append(parts, "previews")
	}
	return parts
}

// configuration are the files to upload and the command that reads them.
func (a Args) configuration() (uploads []hostdocker.File, command []string, err error) {
	command = []string{"/usr/local/bin/otelcol", "--feature-gates=stanza.synchronousLogEmitter"}
	for _, part := range a.parts() {
		text, err := files.ReadFile("files/" + part + ".yaml")
		if err != nil {
			return nil, nil, err
		}
		path := configDir + "/" + part + ".yaml"
		uploads = append(uploads, hostdocker.File{Path: path, Mode: "0644", Content: pulumi.String(text)})
		command = append(command, "--config="+path)
	}
	put := func(name string, content pulumi.StringInput) {
		uploads = append(uploads, hostdocker.File{
			Path: secretDir + "/" + name, Mode: "0400", Content: pulumi.ToSecret(content).(pulumi.StringOutput),
		})
	}
	put("url", a.URL)
	put("login", basic(a.User, a.Token))
	put("dollars", dollars(a.Info.MonthlyDollars))
	if s := a.Site; s != nil {
		put("site-headers.yaml", headers(*s))
	}
	return uploads, command, nil
}

// basic is a login as HTTP sends it.
func basic(user string, password pulumi.StringInput) pulumi.StringOutput {
	return password.ToStringOutput().ApplyT(func(password string) string {
		return base64.StdEncoding.EncodeToString([]byte(user + ":" + password))
	}).(pulumi.StringOutput)
}

// dollars is a price as text, 0 for one that is not known.
func dollars(price pulumi.Float64Input) pulumi.StringOutput {
	if price == nil {
		return pulumi.String("0").ToStringOutput()
	}
	return price.ToFloat64Output().ApplyT(func(price float64) string {
		return strconv.FormatFloat(price, 'f', -1, 64)
	}).(pulumi.StringOutput)
}

// headers ask for a site by its name, and log in where that is asked for.
func headers(s Site) pulumi.StringOutput {
	host := "Host: " + strconv.Quote(s.Hostname) + "\n"
	if s.Password == nil {
		return pulumi.String(host).ToStringOutput()
	}
	return pulumi.Sprintf("%sAuthorization: %q\n", host, pulumi.Sprintf("Basic %s", basic(s.User, s.Password)))
}

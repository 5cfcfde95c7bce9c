package hostdocker_test

import (
	"sync"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/odooops/odooops/components/hostdocker"
)

// recorder is a Pulumi monitor that keeps what was declared.
type recorder struct {
	mu       sync.Mutex
	declared map[string]pulumi.MockResourceArgs // by name
	exitCode int
}

func (r *recorder) NewResource(a pulumi.MockResourceArgs) (string, resource.PropertyMap, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.declared == nil {
		r.declared = map[string]pulumi.MockResourceArgs{}
	}
	r.declared[a.TypeToken+" "+a.Name] = a
	state := a.Inputs.Copy()
	switch a.TypeToken {
	case "docker:index/container:Container":
		state["exitCode"] = resource.NewNumberProperty(float64(r.exitCode))
		state["containerLogs"] = resource.NewStringProperty("no database\n")
	case "docker:index/remoteImage:RemoteImage":
		state["imageId"] = resource.NewStringProperty("sha256:1234")
	}
	return a.Name + "-id", state, nil
}

func (*recorder) Call(pulumi.MockCallArgs) (resource.PropertyMap, error) { return nil, nil }

func (r *recorder) container(t *testing.T, name string) pulumi.MockResourceArgs {
	t.Helper()
	c, ok := r.declared["docker:index/container:Container "+name]
	require.True(t, ok, "%s was not declared", name)
	return c
}

// machine stands for a droplet.
type machine struct{ pulumi.ResourceState }

// declare runs a program on the Docker of a host.
func declare(r *recorder, program func(ctx *pulumi.Context, d *hostdocker.Docker) error) error {
	return pulumi.RunErr(func(ctx *pulumi.Context) error {
		m := &machine{}
		if err := ctx.RegisterComponentResource("test:Machine", "machine", m); err != nil {
			return err
		}
		d, err := hostdocker.New(ctx, "production", hostdocker.Args{
			Stack: "production", Machine: m,
			Address: pulumi.String("ssh://ops@10.20.0.3"),
			SSHOpts: []string{"-F", ".odooops/ssh/production/config"},
		})
		if err != nil {
			return err
		}
		return program(ctx, d)
	}, pulumi.WithMocks("odooops", "production", r))
}

func service(ctx *pulumi.Context, d *hostdocker.Docker) (hostdocker.Service, error) {
	n, err := d.Network(ctx, "data", true)
	return hostdocker.Service{
		Container: hostdocker.Container{
			Role: "odoo", Image: pulumi.String("sha256:1"), MemoryMB: 640, ShmMB: 256,
			Capabilities: []string{"SETUID", "CHOWN"},
			Env:          map[string]string{"B": "2", "A": "1"},
			Tmpfs:        map[string]string{"/tmp": "size=64m"},
			Files: []hostdocker.File{{
				Path: "/run/odooops/odoo.conf", Mode: "0600", Content: pulumi.ToSecret("hunter2").(pulumi.StringOutput),
			}},
			Mounts:   []hostdocker.Mount{{Host: "/data/production/current/filestore", Path: "/var/lib/odoo"}},
			Networks: []hostdocker.Attachment{{Network: n, Aliases: []string{"odoo"}}},
		},
		Health:       hostdocker.Health{Test: []string{"true"}, WaitSeconds: 120},
		GraceSeconds: 120,
	}, err
}

func declareService(t *testing.T, change func(*hostdocker.Service)) *recorder {
	t.Helper()
	r := &recorder{}
	require.NoError(t, declare(r, func(ctx *pulumi.Context, d *hostdocker.Docker) error {
		if _, err := d.Image(ctx, "odoo", "registry.digitalocean.com/odooops/odoo@sha256:1"); err != nil {
			return err
		}
		if _, err := d.Volume(ctx, hostdocker.Volume{Role: "socket"}); err != nil {
			return err
		}
		s, err := service(ctx, d)
		if err != nil {
			return err
		}
		if change != nil {
			change(&s)
		}
		_, err = d.Run(ctx, s)
		return err
	}))
	return r
}

func TestEverythingOnAHostSharesTheFateOfItsMachine(t *testing.T) {
	r := declareService(t, nil)
	seen := 0
	for name, a := range r.declared {
		switch a.TypeToken {
		case "docker:index/container:Container", "docker:index/network:Network",
			"docker:index/volume:Volume", "docker:index/remoteImage:RemoteImage":
			seen++
			machine := "urn:pulumi:production::odooops::test:Machine::machine"
			assert.Equal(t, []string{machine}, a.RegisterRPC.GetReplaceWith(), name)
			assert.Equal(t, machine, a.RegisterRPC.GetDeletedWith(), name)
		}
	}
	assert.Equal(t, 4, seen)
}

func TestMemoryIsLimitedAndSwapIsNone(t *testing.T) {
	c := declareService(t, nil).container(t, "production-odoo").Inputs
	assert.Equal(t, 640.0, c["memory"].NumberValue())
	assert.Equal(t, 640.0, c["memorySwap"].NumberValue())
}

// changed is what is said of the service once it is changed.
func changed(change func(*hostdocker.Service)) error {
	return declare(&recorder{}, func(ctx *pulumi.Context, d *hostdocker.Docker) error {
		s, err := service(ctx, d)
		if err != nil {
			return err
		}
		change(&s)
		_, err = d.Run(ctx, s)
		return err
	})
}

func TestAContainerWithoutMemoryLimitNameOrNetworkIsRefused(t *testing.T) {
	for want, change := range map[string]func(*hostdocker.Service){
		"memory limit":  func(s *hostdocker.Service) { s.MemoryMB = 0 },
		"two letters":   func(s *hostdocker.Service) { s.Role = "o" },
		"on no network": func(s *hostdocker.Service) { s.Networks = nil },
	} {
		t.Run(want, func(t *testing.T) {
			assert.ErrorContains(t, changed(change), want)
		})
	}
}

func TestCapabilitiesAreDroppedAndTheFewAddedCarryThePrefix(t *testing.T) {
	c := declareService(t, nil).container(t, "production-odoo").Inputs["capabilities"].ObjectValue()
	assert.Equal(t, []any{"CAP_CHOWN", "CAP_SETUID"}, c["adds"].Mappable())
	assert.Equal(t, []any{"ALL"}, c["drops"].Mappable())
}

func TestNothingIsPrivileged(t *testing.T) {
	assert.NotContains(t, declareService(t, nil).container(t, "production-odoo").Inputs, resource.PropertyKey("privileged"))
}

func TestLogsAreBoundedOnTheContainer(t *testing.T) {
	c := declareService(t, nil).container(t, "production-odoo").Inputs
	assert.Equal(t, "json-file", c["logDriver"].StringValue())
	options := c["logOpts"].ObjectValue()
	assert.Equal(t, "10m", options["max-size"].StringValue())
	assert.Equal(t, "5", options["max-file"].StringValue())
}

func TestEachLineOfALogSaysWhoseItIs(t *testing.T) {
	c := declareService(t, nil).container(t, "production-odoo").Inputs
	assert.Equal(t, "odooops.stack,odooops.kind,odooops.role,odooops.pr",
		c["logOpts"].ObjectValue()["labels"].StringValue())
}

func TestHealthChecksAndTmpfsReplaceBecauseTheProviderWouldNotApplyThem(t *testing.T) {
	c := declareService(t, nil).container(t, "production-odoo")
	assert.ElementsMatch(t, []string{"healthcheck", "tmpfs"}, c.RegisterRPC.GetReplaceOnChanges())
}

func TestAServiceIsUpWhenItIsHealthy(t *testing.T) {
	c := declareService(t, nil).container(t, "production-odoo").Inputs
	assert.True(t, c["wait"].BoolValue())
	assert.Equal(t, 120.0, c["waitTimeout"].NumberValue())
	assert.Equal(t, []any{"CMD", "true"}, c["healthcheck"].ObjectValue()["tests"].Mappable())
	assert.True(t, c["mustRun"].BoolValue())
	assert.Equal(t, "unless-stopped", c["restart"].StringValue())
}

func TestAServiceGetsTimeToStop(t *testing.T) {
	c := declareService(t, nil).container(t, "production-odoo").Inputs
	assert.Equal(t, 120.0, c["destroyGraceSeconds"].NumberValue())
	assert.Equal(t, 120.0, c["stopTimeout"].NumberValue())
}

func TestAServiceWithoutHealthCheckOrGraceIsRefused(t *testing.T) {
	for name, change := range map[string]func(*hostdocker.Service){
		"health": func(s *hostdocker.Service) { s.Health = hostdocker.Health{} },
		"grace":  func(s *hostdocker.Service) { s.GraceSeconds = 0 },
	} {
		t.Run(name, func(t *testing.T) {
			assert.ErrorContains(t, changed(change), "health check")
		})
	}
}

func TestSecretsAreUploadedAndNeverInTheEnvironment(t *testing.T) {
	c := declareService(t, nil).container(t, "production-odoo")
	assert.Equal(t, []any{"A=1", "B=2"}, c.Inputs["envs"].Mappable())
	assert.Contains(t, c.RegisterRPC.GetAdditionalSecretOutputs(), "uploads")
	fields := c.RegisterRPC.GetObject().GetFields()
	assert.Contains(t, fields["uploads"].String(), resource.SecretSig, "the list crosses to the engine as a secret")
	assert.NotContains(t, fields["envs"].String(), "hunter2")
}

func TestImagesStayOnTheHost(t *testing.T) {
	r := declareService(t, nil)
	image := r.declared["docker:index/remoteImage:RemoteImage production-odoo"]
	assert.True(t, image.Inputs["keepLocally"].BoolValue())
}

func TestTheProviderGoesByTheStacksSSHConfig(t *testing.T) {
	p := declareService(t, nil).declared["pulumi:providers:docker production"]
	assert.Equal(t, "ssh://ops@10.20.0.3", p.Inputs["host"].StringValue())
	assert.Contains(t, p.Inputs["sshOpts"].String(), ".odooops/ssh/production/config")
	assert.NotContains(t, p.Inputs, resource.PropertyKey("registryAuth"))
}

// consumer declares a job and a service that needs its result.
func consumer(r *recorder) error {
	return declare(r, func(ctx *pulumi.Context, d *hostdocker.Docker) error {
		s, err := service(ctx, d)
		if err != nil {
			return err
		}
		job := s.Container
		job.Role = "odoo-init"
		_, result, err := d.Once(ctx, job)
		if err != nil {
			return err
		}
		s.Results = []pulumi.StringOutput{result}
		_, err = d.Run(ctx, s)
		return err
	})
}

func TestAJobRunsOnceToItsEnd(t *testing.T) {
	r := &recorder{}
	require.NoError(t, consumer(r))
	j := r.container(t, "production-odoo-init").Inputs
	assert.False(t, j["mustRun"].BoolValue())
	assert.True(t, j["attach"].BoolValue())
	assert.True(t, j["logs"].BoolValue())
	assert.False(t, j["rm"].BoolValue())
	assert.Equal(t, "no", j["restart"].StringValue())
	assert.NotEmpty(t, r.container(t, "production-odoo-init").RegisterRPC.GetCustomTimeouts().GetCreate(), "a job that hangs ends the update")
}

func TestTheResultOfAJobIsPartOfWhatNeedsIt(t *testing.T) {
	r := &recorder{}
	require.NoError(t, consumer(r))
	labels := r.container(t, "production-odoo").Inputs["labels"].Mappable()
	assert.Contains(t, labels, map[string]any{"label": "odooops.result-0", "value": "done"})
}

func TestAFailedJobFailsTheUpdateAndStopsWhatNeedsIt(t *testing.T) {
	r := &recorder{exitCode: 3}
	err := consumer(r)
	require.Error(t, err)
	assert.ErrorContains(t, err, "exit code 3")
	assert.ErrorContains(t, err, "no database")
	assert.ErrorContains(t, err, "odooops up")
	assert.NotContains(t, r.declared, "docker:index/container:Container production-odoo")
}

func TestAMountIsAHostDirectoryOrAVolume(t *testing.T) {
	err := declare(&recorder{}, func(ctx *pulumi.Context, d *hostdocker.Docker) error {
		s, err := service(ctx, d)
		if err != nil {
			return err
		}
		s.Mounts = []hostdocker.Mount{{Path: "/x"}}
		_, err = d.Run(ctx, s)
		return err
	})
	assert.ErrorContains(t, err, "/x")
}

// declareOn runs a program on the Docker of another stack's host.
func declareOn(r *recorder, hostID string, program func(ctx *pulumi.Context, d *hostdocker.Docker) error) error {
	return pulumi.RunErr(func(ctx *pulumi.Context) error {
		d, err := hostdocker.New(ctx, "preview-pr-7", hostdocker.Args{
			Stack: "preview-pr-7", HostID: pulumi.String(hostID), Address: pulumi.String("ssh://ops@10.20.0.3"),
			Marks: map[string]string{"kind": "preview", "owner": "octocat", "created": ""},
		})
		if err != nil {
			return err
		}
		return program(ctx, d)
	}, pulumi.WithMocks("odooops", "preview-pr-7", r))
}

func TestOnAnotherStacksHostItsIDIsTheTriggerAndNothingIsReplacedWithAMachine(t *testing.T) {
	r := &recorder{}
	require.NoError(t, declareOn(r, "42", func(ctx *pulumi.Context, d *hostdocker.Docker) error {
		s, err := service(ctx, d)
		if err != nil {
			return err
		}
		if _, err := d.Volume(ctx, hostdocker.Volume{Role: "data"}); err != nil {
			return err
		}
		_, err = d.Run(ctx, s)
		return err
	}))
	for _, name := range []string{"container:Container preview-pr-7-odoo", "network:Network preview-pr-7-data", "volume:Volume preview-pr-7-data"} {
		a := r.declared["docker:index/"+name]
		assert.Equal(t, "42", a.RegisterRPC.GetReplacementTrigger().GetStringValue(), name)
		assert.Empty(t, a.RegisterRPC.GetReplaceWith(), name)
		assert.Empty(t, a.RegisterRPC.GetDeletedWith(), name)
	}
}

func TestMarksAreLabelsOfEverythingAndAnEmptyOneIsNone(t *testing.T) {
	r := &recorder{}
	require.NoError(t, declareOn(r, "42", func(ctx *pulumi.Context, d *hostdocker.Docker) error {
		_, err := d.Network(ctx, "net", true)
		return err
	}))
	assert.Equal(t, []any{
		map[string]any{"label": "odooops.kind", "value": "preview"},
		map[string]any{"label": "odooops.owner", "value": "octocat"},
		map[string]any{"label": "odooops.stack", "value": "preview-pr-7"},
	}, r.declared["docker:index/network:Network preview-pr-7-net"].Inputs["labels"].Mappable())
}

func TestAHostIsThisStacksOrAnothersAndNotBoth(t *testing.T) {
	err := pulumi.RunErr(func(ctx *pulumi.Context) error {
		_, err := hostdocker.New(ctx, "x", hostdocker.Args{Stack: "x", Address: pulumi.String("ssh://x")})
		return err
	}, pulumi.WithMocks("odooops", "x", &recorder{}))
	assert.ErrorContains(t, err, "by its id")
}

func TestAnOverlayIsAVolumeOverAReadOnlyDirectory(t *testing.T) {
	r := &recorder{}
	require.NoError(t, declareOn(r, "42", func(ctx *pulumi.Context, d *hostdocker.Docker) error {
		_, err := d.Volume(ctx, hostdocker.Volume{Role: "filestore", Overlay: &hostdocker.Overlay{Lower: "/l", Upper: "/u", Work: "/w"}})
		return err
	}))
	v := r.declared["docker:index/volume:Volume preview-pr-7-filestore"].Inputs
	assert.Equal(t, "local", v["driver"].StringValue())
	assert.Equal(t, map[string]any{"type": "overlay", "device": "overlay", "o": "lowerdir=/l,upperdir=/u,workdir=/w"}, v["driverOpts"].Mappable())
}

func TestAContainerOnTheHostsNetworkOrOnNoneIsOnNoOther(t *testing.T) {
	for mode, change := range map[string]func(*hostdocker.Service){
		"host": func(s *hostdocker.Service) { s.HostNetwork = true },
		"none": func(s *hostdocker.Service) { s.NoNetwork = true },
	} {
		in := declareService(t, func(s *hostdocker.Service) { s.Networks = nil; change(s) }).container(t, "production-odoo").Inputs
		assert.Equal(t, mode, in["networkMode"].StringValue())
		assert.NotContains(t, in, resource.PropertyKey("hostname"), "Docker refuses a name of its own there")
		assert.ErrorContains(t, changed(change), "and others", mode)
	}
}

func TestAShareOfTheProcessorsAndAtMostSoMany(t *testing.T) {
	in := declareService(t, func(s *hostdocker.Service) { s.CPUShares, s.CPUs = 256, 1.5 }).container(t, "production-odoo").Inputs
	assert.Equal(t, []float64{256, 100000, 150000},
		[]float64{in["cpuShares"].NumberValue(), in["cpuPeriod"].NumberValue(), in["cpuQuota"].NumberValue()})
	assert.NotContains(t, in, resource.PropertyKey("cpus"), "it is refused on a host that has fewer")
}

func TestAnImageOnASharedHostBringsNoRoutes(t *testing.T) {
	// Docker takes the image's labels where the container sets none.
	r := &recorder{}
	require.NoError(t, declareOn(r, "42", func(ctx *pulumi.Context, d *hostdocker.Docker) error {
		s, err := service(ctx, d)
		if err != nil {
			return err
		}
		job := s.Container
		job.Role = "odoo-init"
		if _, _, err := d.Once(ctx, job); err != nil {
			return err
		}
		s.Labels = map[string]string{hostdocker.RoutesLabel: "cm91dGVz"}
		_, err = d.Run(ctx, s)
		return err
	}))
	for name, want := range map[string]string{"preview-pr-7-odoo-init": "", "preview-pr-7-odoo": "cm91dGVz"} {
		found := false
		for _, l := range r.container(t, name).Inputs["labels"].ArrayValue() {
			if l.ObjectValue()["label"].StringValue() == "odooops.routes" {
				found = true
				assert.Equal(t, want, l.ObjectValue()["value"].StringValue(), name)
			}
		}
		assert.True(t, found, name)
	}
}

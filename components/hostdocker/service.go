package hostdocker

import (
	"fmt"

	"github.com/pulumi/pulumi-docker/sdk/v4/go/docker"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Service is a container that always runs.
type Service struct {
	Container
	Ports []Port
	// Health says when the service is up; an update fails when it doesn't get
	// there, and the next one replaces the container.
	Health Health
	// StopSignal asks it to end; empty is the image's.
	StopSignal string
	// GraceSeconds is how long it may take to end before it is killed. The
	// provider's own default is to kill at once.
	GraceSeconds int
}

// Port is published on all of the host's addresses.
type Port struct{ External, Internal int }

// Health is a health check.
type Health struct {
	// Test is a command and its arguments, run in the container.
	Test []string
	// WaitSeconds is how long it may take to get healthy.
	WaitSeconds int
	// EverySeconds is how often to ask once it is up; 0 is every 5 s.
	EverySeconds int
	// NoWait ends the update when the container runs: somebody else waits for
	// what it serves.
	NoWait bool
}

// Run declares a service.
func (d *Docker) Run(ctx *pulumi.Context, s Service) (*docker.Container, error) {
	args, err := d.args(s.Container)
	if err != nil {
		return nil, err
	}
	if len(s.Health.Test) == 0 || s.Health.WaitSeconds <= 0 || s.GraceSeconds <= 0 {
		return nil, fmt.Errorf("service %s: needs a health check, a time to get healthy and a time to stop", s.Role)
	}
	args.Restart = pulumi.String("unless-stopped")
	args.MustRun = pulumi.Bool(true)
	if !s.Health.NoWait {
		args.Wait = pulumi.Bool(true)
		args.WaitTimeout = pulumi.Int(s.Health.WaitSeconds)
	}
	every := s.Health.EverySeconds
	if every == 0 {
		every = 5
	}
	args.Healthcheck = docker.ContainerHealthcheckArgs{
		Tests:    pulumi.ToStringArray(append([]string{"CMD"}, s.Health.Test...)),
		Interval: pulumi.String(seconds(every)),
		// Ask every second until it is up: every service starts faster than 5 s.
		StartInterval: pulumi.String("1s"),
		Timeout:       pulumi.String("5s"),
		StartPeriod:   pulumi.String(seconds(s.Health.WaitSeconds)),
		Retries:       pulumi.Int(6),
	}
	args.DestroyGraceSeconds = pulumi.Int(s.GraceSeconds)
	args.StopTimeout = pulumi.Int(s.GraceSeconds)
	if s.StopSignal != "" {
		args.StopSignal = pulumi.String(s.StopSignal)
	}
	var ports docker.ContainerPortArray
	for _, p := range s.Ports {
		ports = append(ports, docker.ContainerPortArgs{
			Internal: pulumi.Int(p.Internal), External: pulumi.Int(p.External), Protocol: pulumi.String("tcp"),
		})
	}
	if ports != nil {
		args.Ports = ports
	}
	return docker.NewContainer(ctx, d.Name(s.Role), args, d.containerOptions(s.Container)...)
}

// seconds writes a duration as Docker reports it: 90 is 1m30s.
func seconds(n int) string {
	if n < 60 {
		return fmt.Sprintf("%ds", n)
	}
	return fmt.Sprintf("%dm%ds", n/60, n%60)
}

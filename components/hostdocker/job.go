package hostdocker

import (
	"fmt"
	"strings"

	"github.com/pulumi/pulumi-docker/sdk/v4/go/docker"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// jobTimeout is more than making or migrating a large database takes.
const jobTimeout = "2h"

// Once declares a job: a container that runs to its end before anything that
// needs its result. It runs again only when it changes, so it must be
// idempotent. The result is an error when the job failed.
func (d *Docker) Once(ctx *pulumi.Context, c Container) (*docker.Container, pulumi.StringOutput, error) {
	args, err := d.args(c)
	if err != nil {
		return nil, pulumi.StringOutput{}, err
	}
	args.MustRun = pulumi.Bool(false)
	args.Attach = pulumi.Bool(true)
	args.Logs = pulumi.Bool(true)
	args.Rm = pulumi.Bool(false)
	args.Restart = pulumi.String("no")
	// The update waits for the end: one that hangs must not hang it for ever.
	options := append(d.containerOptions(c), pulumi.Timeouts(&pulumi.CustomTimeouts{Create: jobTimeout}))
	job, err := docker.NewContainer(ctx, d.Name(c.Role), args, options...)
	if err != nil {
		return nil, pulumi.StringOutput{}, err
	}
	// A non-zero exit does not fail the update by itself.
	result := pulumi.All(job.ExitCode, job.ContainerLogs, job.URN()).ApplyT(func(v []any) (string, error) {
		code, logs, urn := v[0].(int), v[1].(string), v[2].(pulumi.URN)
		if code != 0 {
			return "", jobError(d.Name(c.Role), code, logs, urn)
		}
		return "done", nil
	}).(pulumi.StringOutput)
	return job, result, nil
}

func jobError(name string, code int, logs string, urn pulumi.URN) error {
	lines := strings.Split(strings.TrimSpace(logs), "\n")
	if len(lines) > 15 {
		lines = lines[len(lines)-15:]
	}
	return fmt.Errorf("job %s ended with exit code %d:\n%s\nCorrect the cause, then run it again by `odooops up`, or by pulumi destroy --target-dependents --target '%s' and pulumi up",
		name, code, strings.Join(lines, "\n"), urn)
}

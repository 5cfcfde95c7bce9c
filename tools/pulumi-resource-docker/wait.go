package main

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/moby/moby/api/pkg/stdcopy"
	api "github.com/moby/moby/api/types/container"
	"github.com/moby/moby/client"
)

const (
	healthPoll         = 300 * time.Millisecond
	defaultWaitSeconds = 60
)

// waitHealthy returns when the container's health check passes. A container
// that ends or never gets healthy is an error with its last words.
func waitHealthy(ctx context.Context, c *client.Client, id string, args containerArgs) error {
	limit := args.WaitLimit
	if limit <= 0 {
		limit = defaultWaitSeconds
	}
	deadline := time.Now().Add(time.Duration(limit) * time.Second)
	for {
		r, err := c.ContainerInspect(ctx, id, client.ContainerInspectOptions{})
		if err != nil {
			return fmt.Errorf("waiting for container %s to be healthy: %w", args.Name, err)
		}
		state := r.Container.State
		if state.Health == nil {
			return fmt.Errorf("container %s has `wait` but no health check to wait for", args.Name)
		}
		if state.Health.Status == api.Healthy {
			return nil
		}
		if state.Status == api.StateExited || state.Status == api.StateDead {
			return fmt.Errorf("container %s ended with status %d before it was healthy:\n%s", args.Name, state.ExitCode, lastWords(ctx, c, id))
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("container %s was not healthy after %d s (%s); its last output:\n%s",
				args.Name, limit, lastCheck(state.Health), lastWords(ctx, c, id))
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("waiting for container %s to be healthy: %w", args.Name, ctx.Err())
		case <-time.After(healthPoll):
		}
	}
}

func lastCheck(h *api.Health) string {
	if len(h.Log) == 0 {
		return string(h.Status)
	}
	last := h.Log[len(h.Log)-1]
	return fmt.Sprintf("%s, last check exited %d: %s", h.Status, last.ExitCode, strings.TrimSpace(last.Output))
}

// waitExit waits for a one-shot container. Its status is an output, not an
// error, as with the official plugin.
func waitExit(ctx context.Context, c *client.Client, id string, wantLogs bool) (string, error) {
	done := c.ContainerWait(ctx, id, client.ContainerWaitOptions{Condition: api.WaitConditionNotRunning})
	select {
	case err := <-done.Error:
		return "", fmt.Errorf("waiting for the container to end: %w", err)
	case <-done.Result:
	}
	if !wantLogs {
		return "", nil
	}
	return logs(ctx, c, id, "all")
}

// mustRun fails for a container that is already over.
func mustRun(ctx context.Context, c *client.Client, id, name string) error {
	r, err := c.ContainerInspect(ctx, id, client.ContainerInspectOptions{})
	if err != nil {
		return fmt.Errorf("looking after container %s: %w", name, err)
	}
	if s := r.Container.State; !s.Running && !s.Restarting {
		return fmt.Errorf("container %s exited immediately with status %d:\n%s", name, s.ExitCode, lastWords(ctx, c, id))
	}
	return nil
}

func lastWords(ctx context.Context, c *client.Client, id string) string {
	text, err := logs(ctx, c, id, "20")
	if err != nil {
		return fmt.Sprintf("(its log can't be read: %v)", err)
	}
	return strings.TrimSpace(text)
}

func logs(ctx context.Context, c *client.Client, id, tail string) (string, error) {
	stream, err := c.ContainerLogs(ctx, id, client.ContainerLogsOptions{ShowStdout: true, ShowStderr: true, Tail: tail})
	if err != nil {
		return "", fmt.Errorf("reading the container's log: %w", err)
	}
	defer stream.Close()
	var text bytes.Buffer
	if _, err := stdcopy.StdCopy(&text, &text, stream); err != nil {
		return "", fmt.Errorf("reading the container's log: %w", err)
	}
	return text.String(), nil
}

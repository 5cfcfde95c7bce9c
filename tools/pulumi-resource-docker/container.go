package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	api "github.com/moby/moby/api/types/container"
	"github.com/moby/moby/client"

	"github.com/odooops/odooops/tools/internal/provider"
)

// containerResource is docker:index/container:Container.
type containerResource struct{ daemon *daemon }

func (r containerResource) Create(ctx context.Context, in provider.Props) (string, provider.Props, error) {
	for _, key := range unsupported {
		if _, set := in[key]; set {
			return "", nil, fmt.Errorf("the offline plugin can't set %s; use the official docker plugin", key)
		}
	}
	var args containerArgs
	if err := in.Decode(&args); err != nil {
		return "", nil, err
	}
	options, err := args.createOptions()
	if err != nil {
		return "", nil, err
	}
	c, err := r.daemon.connect(ctx)
	if err != nil {
		return "", nil, err
	}
	if _, err := r.daemon.findImage(ctx, c, args.Image); err != nil {
		return "", nil, err
	}
	made, err := c.ContainerCreate(ctx, options)
	if err != nil {
		return "", nil, err
	}
	logs, err := bringUp(ctx, c, made.ID, args)
	outputs := provider.Props{}
	if inspected, inspectErr := c.ContainerInspect(ctx, made.ID, client.ContainerInspectOptions{}); inspectErr == nil {
		outputs = containerOutputs(inspected.Container)
		outputs["image"] = args.Image
	}
	if args.Logs {
		outputs["containerLogs"] = logs
	}
	return made.ID, outputs, err
}

// bringUp uploads the files, starts the container and waits as declared. It
// returns what an attached container printed.
func bringUp(ctx context.Context, c *client.Client, id string, args containerArgs) (logs string, err error) {
	if err := uploadFiles(ctx, c, id, args.Uploads); err != nil {
		return "", err
	}
	if !isSet(args.Start, true) {
		return "", nil
	}
	if _, err := c.ContainerStart(ctx, id, client.ContainerStartOptions{}); err != nil {
		return "", fmt.Errorf("starting container %s: %w", args.Name, err)
	}
	if args.Wait {
		if err := waitHealthy(ctx, c, id, args); err != nil {
			return "", err
		}
	}
	if args.Attach {
		return waitExit(ctx, c, id, args.Logs)
	}
	if isSet(args.MustRun, true) {
		return "", mustRun(ctx, c, id, args.Name)
	}
	return "", nil
}

// Read says of a container that must run and does not that it is gone, and
// removes it, as the official plugin does even in a refreshing preview.
func (r containerResource) Read(ctx context.Context, id string, state provider.Props) (provider.Props, error) {
	c, err := r.daemon.connect(ctx)
	if err != nil {
		return nil, err
	}
	inspected, err := c.ContainerInspect(ctx, id, client.ContainerInspectOptions{})
	if err != nil {
		return nil, missing(err)
	}
	live := inspected.Container
	running := live.State.Running || live.State.Restarting
	if !running && state.Bool("mustRun", true) && state.Bool("start", true) {
		_, err := c.ContainerRemove(ctx, id, client.ContainerRemoveOptions{RemoveVolumes: true, Force: true})
		return nil, errors.Join(missing(err), provider.ErrGone)
	}
	out := containerOutputs(live)
	if !strings.HasPrefix(state.String("image"), "sha256:") {
		delete(out, "image") // declared by name: the id says nothing new
	}
	return out, nil
}

func containerOutputs(live api.InspectResponse) provider.Props {
	out := provider.Props{
		"name":  strings.TrimPrefix(live.Name, "/"),
		"image": live.Image,
	}
	if live.State != nil {
		out["exitCode"] = float64(live.State.ExitCode)
	}
	if h := live.HostConfig; h != nil {
		out["restart"] = string(h.RestartPolicy.Name)
		out["memory"] = float64(h.Memory / megabyte)
		out["cpuShares"] = float64(h.CPUShares)
		out["cpuSet"] = h.CpusetCpus
		out["memorySwap"] = float64(h.MemorySwap)
		if h.MemorySwap > 0 {
			out["memorySwap"] = float64(h.MemorySwap / megabyte)
		}
	}
	if live.Config != nil {
		out["hostname"] = live.Config.Hostname
	}
	var networks []any
	if live.NetworkSettings != nil {
		for name, e := range live.NetworkSettings.Networks {
			data := map[string]any{"networkName": name, "ipPrefixLength": float64(e.IPPrefixLen)}
			if e.IPAddress.IsValid() {
				data["ipAddress"] = e.IPAddress.String()
			}
			if e.Gateway.IsValid() {
				data["gateway"] = e.Gateway.String()
			}
			networks = append(networks, data)
		}
	}
	out["networkDatas"] = networks
	return out
}

// Update changes what the daemon can change in a running container. All other
// inputs of the table's update column are only noted, as with the official
// plugin; healthcheck and tmpfs are among them.
func (r containerResource) Update(ctx context.Context, id string, _, in provider.Props) (provider.Props, error) {
	var args containerArgs
	if err := in.Decode(&args); err != nil {
		return nil, err
	}
	limits, err := args.resources()
	if err != nil {
		return nil, err
	}
	c, err := r.daemon.connect(ctx)
	if err != nil {
		return nil, err
	}
	policy := args.restartPolicy()
	_, err = c.ContainerUpdate(ctx, id, client.ContainerUpdateOptions{
		RestartPolicy: &policy,
		Resources: &api.Resources{
			Memory: limits.Memory, MemorySwap: limits.MemorySwap, MemoryReservation: limits.MemoryReservation,
			CPUShares: limits.CPUShares, CpusetCpus: limits.CpusetCpus,
			CPUPeriod: limits.CPUPeriod, CPUQuota: limits.CPUQuota,
		},
	})
	return nil, err
}

// Delete of a container that is already gone fails, as with the official
// plugin, until a refresh has dropped it from state.
func (r containerResource) Delete(ctx context.Context, id string, state provider.Props) error {
	c, err := r.daemon.connect(ctx)
	if err != nil {
		return err
	}
	if grace := state.Int("destroyGraceSeconds"); grace > 0 && !state.Bool("rm", false) {
		if _, err := c.ContainerStop(ctx, id, client.ContainerStopOptions{Timeout: &grace}); err != nil {
			return fmt.Errorf("stopping container %s: %w; if it is gone, run `pulumi refresh`", state.String("name"), err)
		}
	}
	_, err = c.ContainerRemove(ctx, id, client.ContainerRemoveOptions{
		RemoveVolumes: state.Bool("removeVolumes", true),
		Force:         true,
	})
	if err != nil && !state.Bool("rm", false) {
		return fmt.Errorf("removing container %s: %w; if it is gone, run `pulumi refresh`", state.String("name"), err)
	}
	return nil
}

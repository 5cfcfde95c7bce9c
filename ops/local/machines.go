package local

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/odooops/odooops/ops/fault"
)

// MachineImage is what a droplet boots from, in this computer's dockerd.
const MachineImage = "odooops/machine:debian-13"

// prepareMachines makes sure that dockerd runs and the machine image is there.
func prepareMachines(ctx context.Context, o StartOptions) error {
	const what = "start the local cloud's machines"
	if os.Geteuid() != 0 {
		return fault.Newf(what, "run as root, or odooops local start --machines none", "they need root")
	}
	o.Say("docker on this computer")
	script := filepath.Join(o.Project.Root, "scripts", "dockerd")
	if out, err := exec.CommandContext(ctx, script).CombinedOutput(); err != nil {
		return fault.Newf(what, "run scripts/dockerd", "%v: %s", err, strings.TrimSpace(string(out)))
	}
	if err := exec.CommandContext(ctx, "docker", "image", "inspect", MachineImage).Run(); err != nil {
		return fault.Newf(what, "run make images", "the image %s is not there", MachineImage)
	}
	return nil
}

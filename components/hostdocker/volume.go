package hostdocker

import (
	"maps"
	"slices"

	"github.com/pulumi/pulumi-docker/sdk/v4/go/docker"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Volume is a volume of Docker's own. On a stack's own host it is scratch
// space that goes with the machine; data belongs on the data volume. On the
// previews' host all volumes are on the data volume.
type Volume struct {
	// Role is the name without the stack.
	Role string
	// Generation says what is in it: another one is another, empty volume.
	Generation string
	// Overlay mounts a read-only directory of the host with an upper one;
	// nil is a plain volume.
	Overlay *Overlay
}

// Overlay is a file system over another. All are the host's directories, and
// have to be there when a container mounts it, not before.
type Overlay struct{ Lower, Upper, Work string }

// Volume declares a volume.
func (d *Docker) Volume(ctx *pulumi.Context, v Volume) (*docker.Volume, error) {
	var labels docker.VolumeLabelArray
	for _, l := range d.labels("") {
		labels = append(labels, docker.VolumeLabelArgs{Label: pulumi.String(l.name), Value: pulumi.String(l.value)})
	}
	if v.Generation != "" {
		labels = append(labels, docker.VolumeLabelArgs{
			Label: pulumi.String("odooops.generation"), Value: pulumi.String(v.Generation),
		})
	}
	args := &docker.VolumeArgs{Name: pulumi.String(d.Name(v.Role)), Labels: labels}
	if o := v.Overlay; o != nil {
		args.Driver = pulumi.String("local")
		args.DriverOpts = pulumi.StringMap{
			"type": pulumi.String("overlay"), "device": pulumi.String("overlay"),
			"o": pulumi.String("lowerdir=" + o.Lower + ",upperdir=" + o.Upper + ",workdir=" + o.Work),
		}
	}
	return docker.NewVolume(ctx, d.Name(v.Role), args, d.options()...)
}

type labelled struct{ name, value string }

// labels say whose something is and, with a role, what. Sorted, so that an
// update sees no change.
func (d *Docker) labels(role string) []labelled {
	all := map[string]string{"stack": d.stack, "role": role}
	maps.Copy(all, d.marks)
	var labels []labelled
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if all[name] != "" {
			labels = append(labels, labelled{"odooops." + name, all[name]})
		}
	}
	return labels
}

package docker

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"

	"github.com/moby/moby/api/types/volume"
	"github.com/moby/moby/client"
)

// labelGolden is on volumes that hold what a machine's dockerd has in its root
// when it has pulled the images of the stacks. Whoever makes one puts the
// folder "image" there last.
const labelGolden = "odooops.golden"

// seedImages gives a new machine the images of the newest golden volume, so
// that it finds them instead of pulling them. There need not be one, and one
// that can't be used costs time only: the machine pulls what it lacks.
func (m *Machines) seedImages(ctx context.Context, root volume.Volume) {
	golden, err := m.golden(ctx)
	if err == nil && golden != "" {
		err = copyImages(ctx, golden, root.Mountpoint)
	}
	if err != nil && ctx.Err() == nil {
		m.log.Warn("images not copied from the golden volume: the machine pulls them", "volume", root.Name, "err", err)
	}
}

// golden is where the newest golden volume is mounted, or "".
func (m *Machines) golden(ctx context.Context) (string, error) {
	list, err := m.docker.VolumeList(ctx, client.VolumeListOptions{Filters: client.Filters{}.Add("label", labelGolden+"=1")})
	if err != nil || len(list.Items) == 0 {
		return "", err
	}
	// The times are RFC 3339 in one zone, so that text order is theirs.
	newest := slices.MaxFunc(list.Items, func(a, b volume.Volume) int { return cmp.Compare(a.CreatedAt, b.CreatedAt) })
	return newest.Mountpoint, nil
}

// copyImages copies a dockerd's images into an empty root. A root with the
// folder "image" has images, or a dockerd of its own, and is left alone.
//
// Layers are never written to again, so their files are shared by hard links:
// a copy takes a second, no room, and no memory for another cache of the same.
func copyImages(ctx context.Context, golden, root string) error {
	if _, err := os.Stat(filepath.Join(root, "image")); !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if _, err := os.Stat(filepath.Join(golden, "image")); err != nil {
		return fmt.Errorf("the golden volume is not complete: %w", err)
	}
	for _, part := range []struct {
		folder string
		how    []string
	}{
		{"overlay2", []string{"--archive", "--link"}},
		{"image", []string{"--archive"}}, // last, as it says that there is all
	} {
		partial := filepath.Join(root, "."+part.folder+".partial")
		if err := errors.Join(os.RemoveAll(partial), os.RemoveAll(filepath.Join(root, part.folder))); err != nil {
			return err
		}
		out, err := exec.CommandContext(ctx, "cp", append(part.how, filepath.Join(golden, part.folder), partial)...).CombinedOutput()
		if err == nil {
			err = os.Rename(partial, filepath.Join(root, part.folder))
		}
		if err != nil {
			// Half a copy would be taken for a damaged store.
			return errors.Join(fmt.Errorf("copy %s: %w: %s", part.folder, err, out), os.RemoveAll(partial), os.RemoveAll(filepath.Join(root, "overlay2")))
		}
	}
	return nil
}

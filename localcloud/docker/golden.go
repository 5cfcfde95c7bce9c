package docker

import (
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/moby/moby/api/types/mount"
	"github.com/moby/moby/api/types/volume"
	"github.com/moby/moby/client"
)

const (
	// labelGolden is on volumes that hold what a machine's dockerd has in its
	// root when it has pulled the images of the stacks. Whoever makes one puts
	// the folder "image" there last.
	labelGolden = "odooops.golden"
	// goldenPath is where a machine has it.
	goldenPath = "/var/lib/odooops-golden"
)

// seedImages gives a new machine's dockerd the images of the newest golden
// volume, so that it finds them instead of pulling them, and returns what the
// machine has to mount for it. There need not be a golden volume, and one that
// can't be used costs time only: the machine pulls what it lacks.
func (m *Machines) seedImages(ctx context.Context, root volume.Volume) []mount.Mount {
	list, err := m.docker.VolumeList(ctx, client.VolumeListOptions{Filters: client.Filters{}.Add("label", labelGolden+"=1")})
	if err != nil || len(list.Items) == 0 {
		return nil
	}
	// The times are RFC 3339 in one zone, so that text order is theirs.
	golden := slices.MaxFunc(list.Items, func(a, b volume.Volume) int { return cmp.Compare(a.CreatedAt, b.CreatedAt) })
	if err := borrowImages(golden.Mountpoint, root.Mountpoint); err != nil {
		m.log.Warn("no images from the golden volume: the machine pulls them", "golden", golden.Name, "err", err)
		return nil
	}
	return []mount.Mount{{Type: mount.TypeVolume, ReadOnly: true, Source: golden.Name, Target: goldenPath}}
}

// borrowImages fills a dockerd's empty root with the images of a golden one,
// all but the layers' files: these are never written to again, so every
// machine reads the same ones, at goldenPath. It is done in no time, and the
// computer caches the files once.
func borrowImages(golden, root string) error {
	// As "image" says that there is all, it is looked for first and copied last.
	if _, err := os.Stat(filepath.Join(golden, "image")); err != nil {
		return fmt.Errorf("the golden volume is not complete: %w", err)
	}
	for _, folder := range []string{"overlay2", "image"} {
		err := filepath.WalkDir(filepath.Join(golden, folder), func(path string, entry fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			name, err := filepath.Rel(golden, path)
			if err != nil {
				return err
			}
			if entry.IsDir() && folder == "overlay2" && entry.Name() == "diff" {
				if err := os.Symlink(filepath.Join(goldenPath, name), filepath.Join(root, name)); err != nil {
					return err
				}
				return fs.SkipDir
			}
			return copyEntry(path, filepath.Join(root, name), entry)
		})
		if err != nil {
			// Half of it would be taken for a damaged store.
			_ = os.RemoveAll(filepath.Join(root, "image"))
			_ = os.RemoveAll(filepath.Join(root, "overlay2"))
			return err
		}
	}
	return nil
}

// copyEntry copies one directory (without what is in it), link or file.
func copyEntry(from, to string, entry fs.DirEntry) error {
	info, err := entry.Info()
	if err != nil {
		return err
	}
	switch info.Mode().Type() {
	case fs.ModeDir:
		return os.Mkdir(to, info.Mode().Perm())
	case fs.ModeSymlink:
		target, err := os.Readlink(from)
		if err != nil {
			return err
		}
		return os.Symlink(target, to)
	case 0:
		body, err := os.ReadFile(from)
		if err != nil {
			return err
		}
		return os.WriteFile(to, body, info.Mode().Perm())
	default:
		return fmt.Errorf("%s is no file, link or directory", from)
	}
}

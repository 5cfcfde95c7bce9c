package modules

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os/exec"
	"slices"
	"strings"

	"github.com/containerd/errdefs"
	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/client"

	"github.com/odooops/odooops/ops/fault"
)

// InImage is where an image keeps the OCA modules, all in one folder.
const InImage = "/mnt/addons/oca"

// inImage sums up the modules in an image. Its files are read and nothing of it
// runs: a label or a list in the image could say anything.
func inImage(ctx context.Context, image string) (sums map[string]string, err error) {
	what := "read the modules of " + image
	docker, err := client.New(client.FromEnv)
	if err != nil {
		return nil, fault.New(what, "check DOCKER_HOST", err)
	}
	defer func() { _ = docker.Close() }()
	never := client.ContainerCreateOptions{Config: &container.Config{Image: image, Cmd: []string{"never-started"}}}
	made, err := docker.ContainerCreate(ctx, never)
	if errdefs.IsNotFound(err) {
		// The client pulls: it knows the keys to the registries.
		if out, failed := exec.CommandContext(ctx, "docker", "pull", "--quiet", "--", image).CombinedOutput(); failed != nil {
			return nil, fault.New(what, "docker pull "+image, fmt.Errorf("%w; %s", err, bytes.TrimSpace(out)))
		}
		made, err = docker.ContainerCreate(ctx, never)
	}
	if err != nil {
		return nil, fault.New(what, "check that docker runs: docker version", err)
	}
	defer func() {
		_, gone := docker.ContainerRemove(context.WithoutCancel(ctx), made.ID, client.ContainerRemoveOptions{Force: true, RemoveVolumes: true})
		err = errors.Join(err, gone)
	}()
	files, err := docker.CopyFromContainer(ctx, made.ID, client.CopyFromContainerOptions{SourcePath: InImage})
	switch {
	case errdefs.IsNotFound(err):
		return nil, fault.Newf(what, "COPY "+Root+"/* "+InImage+"/ in its Dockerfile", "it has no %s", InImage)
	case err != nil:
		return nil, fault.New(what, "", err)
	}
	defer func() { _ = files.Content.Close() }()
	if sums, err = inTar(files.Content); err != nil {
		return nil, fault.New(what, "", err)
	}
	return sums, nil
}

// inTar sums up the modules in an archive of one folder of modules.
func inTar(r io.Reader) (map[string]string, error) {
	c := newContent()
	t := tar.NewReader(r)
	for {
		h, err := t.Next()
		if errors.Is(err, io.EOF) {
			return c.sums(), nil
		}
		if err != nil {
			return nil, err
		}
		_, name, _ := strings.Cut(strings.TrimPrefix(h.Name, "./"), "/")
		switch h.Typeflag {
		case tar.TypeDir, tar.TypeXGlobalHeader:
		case tar.TypeReg:
			err = c.add(name, t)
		case tar.TypeSymlink:
			err = c.add(name, strings.NewReader(h.Linkname))
		default:
			err = fmt.Errorf("%s is neither a file nor a folder nor a symbolic link", h.Name)
		}
		if err != nil {
			return nil, err
		}
	}
}

// imageDrift is what differs between an image's modules and the lock's.
func imageDrift(lock Lock, image string, in map[string]string) []Drift {
	var drift []Drift
	left := maps.Clone(in)
	for _, repo := range slices.Sorted(maps.Keys(lock.Repositories)) {
		for _, module := range slices.Sorted(maps.Keys(lock.Repositories[repo].Modules)) {
			want, have := lock.Repositories[repo].Modules[module], in[module]
			delete(left, module)
			switch have {
			case want:
			case "":
				drift = append(drift, Drift{repo, image, "module " + module + " is locked and not in the image", "build the image from this commit"})
			default:
				drift = append(drift, Drift{repo, image, fmt.Sprintf("module %s has the content %s, locked is %s", module, short(have), short(want)), "build the image from this commit"})
			}
		}
	}
	for _, module := range slices.Sorted(maps.Keys(left)) {
		drift = append(drift, Drift{"", image, "module " + module + " is in " + InImage + " and not locked", "build the image from this commit; what is not of OCA belongs into another folder"})
	}
	return drift
}

// Package server is the process behind `odooops local serve`: the local cloud,
// with or without machines, until it is told to stop. It is apart from package
// local so that the other operations don't carry the cloud's weight.
package server

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"time"

	"github.com/odooops/odooops/localcloud"
	"github.com/odooops/odooops/localcloud/docker"
	"github.com/odooops/odooops/ops/local"
	"github.com/odooops/odooops/ops/project"
)

// Options of the process.
type Options struct {
	Project  *project.Project
	Machines string // docker or none
	Place    local.Place
	Log      io.Writer
}

// Serve returns when ctx ends. Machines go on, as they do when a real cloud's
// API is away; `odooops local stop` stops them too.
func Serve(ctx context.Context, o Options) error {
	dir, err := o.Project.MakePrivate("localcloud")
	if err != nil {
		return err
	}
	log := slog.New(slog.NewTextHandler(o.Log, nil))
	config := localcloud.Config{
		Dir: dir, Log: log, Images: imagesDir(os.Getenv),
		Front: o.Place.Address("front"), API: o.Place.Address("api"), Spaces: o.Place.Address("spaces"),
		Registry: o.Place.Address("registry"), DNS: o.Place.Address("dns"),
		ACME: o.Place.Address("acme"), ACMEStaging: o.Place.Address("acme-staging"),
		AWS: o.Place.Address("aws"),
	}
	if config.Network.Subnet, err = netip.ParsePrefix(o.Place.Subnet); err != nil {
		return fmt.Errorf("the local cloud's subnet: %w", err)
	}
	if o.Machines == "docker" {
		m, err := machines(o.Place.Instance, dir, log)
		if err != nil {
			return err
		}
		config.Machines = m
	}
	cloud, err := localcloud.Start(ctx, config)
	if err != nil {
		return err
	}
	d := local.Daemon{PID: os.Getpid(), Machines: o.Machines, Place: o.Place, Started: time.Now().UTC(), Env: cloud.Env()}
	if err := local.Write(o.Project, d); err != nil {
		_ = cloud.Close()
		return err
	}
	log.Info("local cloud serves", "machines", o.Machines)
	<-ctx.Done()
	log.Info("local cloud stops")
	return cloud.Close()
}

// imagesDir is in the cache that all checkouts share, beside what the scripts
// build: pushing an image once is enough. Without a home it is the cloud's own.
func imagesDir(getenv func(string) string) string {
	dir := getenv("ODOOOPS_CACHE")
	if dir == "" {
		user, err := os.UserCacheDir()
		if err != nil {
			return ""
		}
		dir = filepath.Join(user, "odooops")
	}
	return filepath.Join(dir, "registry")
}

// DownMachines stops the machines of a cloud whose daemon is gone; with purge
// it removes all they left on this computer.
func DownMachines(ctx context.Context, p *project.Project, last *local.Daemon, purge bool) error {
	if last == nil || last.Machines != "docker" {
		return nil
	}
	m, err := machines(last.Place.Instance, p.Private("localcloud"), slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	if err := m.Down(ctx, purge); err != nil {
		return fmt.Errorf("stop the local cloud's machines: %w", err)
	}
	return nil
}

func machines(instance, dir string, log *slog.Logger) (localcloud.Machines, error) {
	return docker.New(docker.Config{
		Instance: instance, Dir: dir, CAFile: dir + "/tls/ca.pem", Log: log,
	})
}

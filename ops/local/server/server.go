// Package server is the process behind `odooops local serve`: the local cloud,
// with or without machines, until it is told to stop. It is apart from package
// local so that the other operations don't carry the cloud's weight.
package server

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"time"

	"github.com/odooops/odooops/localcloud"
	"github.com/odooops/odooops/localcloud/docker"
	"github.com/odooops/odooops/ops/local"
	"github.com/odooops/odooops/ops/project"
)

// instance names the machines of the cloud of a checkout. There is one at a
// time on a computer: its ports are fixed.
const instance = "default"

// Options of the process.
type Options struct {
	Project  *project.Project
	Machines string // docker or none
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
		Dir: dir, Log: log,
		Front: local.FrontAddr, API: local.APIAddr, Spaces: local.SpacesAddr, Registry: local.RegistryAddr, DNS: local.DNSAddr,
	}
	if o.Machines == "docker" {
		m, err := machines(dir, log)
		if err != nil {
			return err
		}
		config.Machines = m
	}
	cloud, err := localcloud.Start(ctx, config)
	if err != nil {
		return err
	}
	d := local.Daemon{PID: os.Getpid(), Machines: o.Machines, Started: time.Now().UTC(), Env: cloud.Env()}
	if err := local.Write(o.Project, d); err != nil {
		_ = cloud.Close()
		return err
	}
	log.Info("local cloud serves", "machines", o.Machines)
	<-ctx.Done()
	log.Info("local cloud stops")
	return cloud.Close()
}

// DownMachines stops the machines of a cloud whose daemon is gone; with purge
// it removes all they left on this computer.
func DownMachines(ctx context.Context, p *project.Project, kind string, purge bool) error {
	if kind != "docker" {
		return nil
	}
	m, err := machines(p.Private("localcloud"), slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	if err := m.Down(ctx, purge); err != nil {
		return fmt.Errorf("stop the local cloud's machines: %w", err)
	}
	return nil
}

func machines(dir string, log *slog.Logger) (localcloud.Machines, error) {
	return docker.New(docker.Config{
		Instance: instance, Dir: dir, CAFile: dir + "/tls/ca.pem", Log: log,
	})
}

package main

import (
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/odooops/odooops/ops/local"
	"github.com/odooops/odooops/ops/local/server"
	"github.com/odooops/odooops/ops/project"
	"github.com/odooops/odooops/stacks/config"
)

func (a *app) localCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "local", Short: "The cloud on this computer"}
	cmd.AddCommand(a.localStart(), a.localStop(), a.localStatus(), a.localEnv(), a.localServe())
	return cmd
}

func (a *app) localStart() *cobra.Command {
	var machines string
	var place local.Place
	cmd := &cobra.Command{
		Use:   "start",
		Short: "Start the local cloud and return when it answers",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			exe, err := os.Executable()
			if err != nil {
				return err
			}
			d, err := local.Start(cmd.Context(), local.StartOptions{
				Project: a.project, Executable: exe, Machines: machines, Place: place, Say: a.sayLine,
			})
			if err != nil {
				return err
			}
			links := a.links(cmd.Context(), d)
			return a.emit(localState(d, links), func(w io.Writer) { printLocal(w, d, links) })
		},
	}
	cmd.Flags().StringVar(&machines, "machines", "docker", "docker: droplets boot as containers (needs root); none: records only")
	placeFlags(cmd, &place)
	return cmd
}

func (a *app) localStop() *cobra.Command {
	var purge bool
	cmd := &cobra.Command{
		Use:   "stop",
		Short: "Stop the local cloud and its machines; data stays",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			last := local.Last(a.project)
			stopped, err := local.Stop(cmd.Context(), a.project)
			if err != nil {
				return err
			}
			if err := server.DownMachines(cmd.Context(), a.project, last, purge); err != nil {
				return err
			}
			if purge {
				if err := local.Purge(a.project); err != nil {
					return err
				}
			}
			return a.emit(map[string]bool{"stopped": stopped, "purged": purge}, func(w io.Writer) {
				what := "local cloud: it didn't run"
				if stopped {
					what = "local cloud: stopped"
				}
				if purge {
					what += "; machines, volumes, networks, records and local stacks removed"
				}
				fmt.Fprintln(w, what)
			})
		},
	}
	cmd.Flags().BoolVar(&purge, "purge", false, "also remove machines, volumes, networks, records and the local stacks' state")
	return cmd
}

func (a *app) localStatus() *cobra.Command {
	return &cobra.Command{
		Use:   "status",
		Short: "Say whether the local cloud runs",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			d, err := local.Find(a.project)
			if err != nil {
				return err
			}
			links := a.links(cmd.Context(), d)
			v := localState(d, links)
			if d != nil {
				if err := local.Answers(cmd.Context(), *d); err != nil {
					v["problem"] = err.Error()
				}
			}
			return a.emit(v, func(w io.Writer) { printLocal(w, d, links) })
		},
	}
}

func (a *app) localEnv() *cobra.Command {
	var zone string
	cmd := &cobra.Command{
		Use:   "env",
		Short: `Print exports for plain pulumi: eval "$(odooops local env)"`,
		Args:  cobra.NoArgs,
		RunE: func(_ *cobra.Command, _ []string) error {
			z, err := project.ParseZone(zone)
			if err != nil {
				return err
			}
			env, err := local.Env(a.project, a.getenv, z)
			if err != nil {
				return err
			}
			return a.emit(env, func(w io.Writer) { fmt.Fprint(w, local.Exports(env)) })
		},
	}
	cmd.Flags().StringVar(&zone, "zone", string(config.Core), "whose backend and passphrase: core or previews")
	return cmd
}

func (a *app) localServe() *cobra.Command {
	var machines string
	var place local.Place
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Be the local cloud, in the foreground",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return server.Serve(cmd.Context(), server.Options{Project: a.project, Machines: machines, Place: place, Log: a.err})
		},
	}
	cmd.Flags().StringVar(&machines, "machines", "docker", "docker or none")
	placeFlags(cmd, &place)
	return cmd
}

func placeFlags(cmd *cobra.Command, p *local.Place) {
	d := local.DefaultPlace
	cmd.Flags().StringVar(&p.Instance, "instance", d.Instance, "name of this cloud among several on this computer")
	cmd.Flags().StringVar(&p.Subnet, "subnet", d.Subnet, "public network of the machines")
	cmd.Flags().IntVar(&p.Ports, "ports", d.Ports, "first of eight loopback ports: front, API, Spaces, registry, DNS, ACME, ACME staging, AWS")
}

func localState(d *local.Daemon, links []link) map[string]any {
	if d == nil {
		return map[string]any{"running": false}
	}
	return map[string]any{
		"running": true, "pid": d.PID, "machines": d.Machines, "started": d.Started,
		"addresses": d.Place.Addresses(), "links": links,
	}
}

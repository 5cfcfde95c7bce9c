package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/odooops/odooops/ops/backend"
	"github.com/odooops/odooops/ops/fault"
	"github.com/odooops/odooops/ops/initialize"
	"github.com/odooops/odooops/ops/project"
	"github.com/odooops/odooops/ops/recovery"
	"github.com/odooops/odooops/stacks/config"
)

type initFlags struct {
	operators []string
	backend   string
	dryRun    bool
}

// initResult is what was made, and where the state is.
type initResult struct {
	initialize.Result
	Backends map[config.Zone]string `json:"backends,omitempty"` // those that were asked for
}

func (a *app) initCommand() *cobra.Command {
	var f initFlags
	cmd := &cobra.Command{
		Use:   "init",
		Short: "Make every secret once, encrypted into the stacks' config, and the recovery kit",
		Long: "Make every secret once, encrypted into the stacks' config, and the recovery kit.\n\n" +
			"Each zone of trust (core, previews) has a passphrase and a backend of its own. With\n" +
			"--backend s3 each gets a versioned bucket outside every stack, and the state moves there.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if f.backend != "" && f.backend != "s3" {
				return fault.Usage("init", "--backend s3, or leave it away", "there is no way to make a backend %q", f.backend)
			}
			if f.dryRun {
				return a.init(cmd.Context(), f)
			}
			return a.record(cmd.Context(), "init", "", func() (map[string]any, error) {
				return nil, a.init(cmd.Context(), f)
			})
		},
	}
	cmd.Flags().StringArrayVar(&f.operators, "operator", nil, "who can open the recovery kit: age1… or an ssh-ed25519 public key (at least two)")
	cmd.Flags().StringVar(&f.backend, "backend", "", "s3: keep each zone's state in a bucket, and move it there")
	cmd.Flags().BoolVar(&f.dryRun, "dry-run", false, "say what would be made, make nothing")
	return cmd
}

func (a *app) init(ctx context.Context, f initFlags) error {
	if f.backend == "s3" && !f.dryRun {
		if err := a.prepareBackends(ctx); err != nil {
			return err
		}
	}
	made, err := initialize.Run(ctx, initialize.Options{
		Project: a.project, Getenv: a.getenv, Cloud: project.Cloud(a.getenv), Operators: f.operators,
		DryRun: f.dryRun, Say: a.sayLine, Backend: a.backend,
		Stanza: func(stack string) (bool, error) { return a.stanzaExists(ctx, stack) },
		Kit: func(stack string, values map[string]string) (recovery.Kit, error) {
			return a.kit(ctx, stack, values)
		},
	})
	if err != nil {
		return err
	}
	r := initResult{Result: made}
	if f.backend == "s3" {
		if r.Backends, err = a.moveBackends(ctx, made, f.dryRun); err != nil {
			return err
		}
	}
	return a.emit(r, func(w io.Writer) { a.printInit(w, r) })
}

func (a *app) printInit(w io.Writer, r initResult) {
	for _, zone := range project.Zones {
		if how := r.Passphrases[zone]; how != "" {
			fmt.Fprintf(w, "passphrase of zone %s: %s\n", zone, how)
		}
	}
	for _, s := range a.project.Configs() {
		made := "nothing new"
		if len(r.Made[s]) > 0 {
			made = "made " + strings.Join(r.Made[s], ", ")
		}
		fmt.Fprintf(w, "%s: %s; %d kept\n", s, made, r.Kept[s])
	}
	for _, k := range r.Kits {
		fmt.Fprintf(w, "recovery kit: %s (%d operators; keep a copy elsewhere)\n", k, len(r.Operators))
	}
	for _, zone := range project.Zones {
		if url := r.Backends[zone]; url != "" {
			fmt.Fprintf(w, "state of zone %s: %s (commit zones.yaml)\n", zone, url)
		}
	}
}

// backend opens the place of a zone's state.
func (a *app) backend(zone config.Zone) (*backend.Backend, error) {
	env, err := a.project.EngineEnv(a.getenv, zone)
	if err != nil {
		return nil, err
	}
	return backend.Open(env)
}

package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/odooops/odooops/ops/initialize"
	"github.com/odooops/odooops/ops/project"
	"github.com/odooops/odooops/ops/recovery"
	"github.com/odooops/odooops/stacks/config"
)

func (a *app) initCommand() *cobra.Command {
	var operators []string
	var dryRun bool
	cmd := &cobra.Command{
		Use:   "init",
		Short: "Make every secret once, encrypted into the stacks' config, and the recovery kit",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if dryRun {
				return a.init(cmd.Context(), operators, true)
			}
			return a.record(cmd.Context(), "init", "", func() (map[string]any, error) {
				return nil, a.init(cmd.Context(), operators, false)
			})
		},
	}
	cmd.Flags().StringArrayVar(&operators, "operator", nil, "who can open the recovery kit: age1… or an ssh-ed25519 public key (at least two)")
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "say what would be made, make nothing")
	return cmd
}

func (a *app) init(ctx context.Context, operators []string, dryRun bool) error {
	r, err := initialize.Run(ctx, initialize.Options{
		Project: a.project, Getenv: a.getenv, Cloud: project.Cloud(a.getenv), Operators: operators,
		Secrets: secretsOf, DryRun: dryRun, Say: a.sayLine,
		Stanza: func(stack string) (bool, error) { return a.stanzaExists(ctx, stack) },
		Kit: func(stack string, values map[string]string) (recovery.Kit, error) {
			return a.kit(ctx, stack, values)
		},
	})
	if err != nil {
		return err
	}
	return a.emit(r, func(w io.Writer) {
		fmt.Fprintf(w, "passphrase: %s\n", r.Passphrase)
		for _, s := range a.project.Stacks() {
			made := "nothing new"
			if len(r.Made[s]) > 0 {
				made = "made " + strings.Join(r.Made[s], ", ")
			}
			fmt.Fprintf(w, "%s: %s; %d kept\n", s, made, r.Kept[s])
		}
		for _, k := range r.Kits {
			fmt.Fprintf(w, "recovery kit: %s (%d operators; keep a copy elsewhere)\n", k, len(r.Operators))
		}
	})
}

func secretsOf(kind string) []initialize.Secret {
	var out []initialize.Secret
	for _, s := range config.Secrets(kind) {
		out = append(out, initialize.Secret{
			Key: s.Key, Type: string(s.Type), FromPlatform: s.FromPlatform, Optional: s.Optional,
		})
	}
	return out
}

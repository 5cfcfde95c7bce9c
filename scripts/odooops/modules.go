package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/odooops/odooops/ops/fault"
	"github.com/odooops/odooops/ops/modules"
)

func (a *app) modulesCommand() *cobra.Command {
	var dir string
	cmd := &cobra.Command{
		Use:   "modules",
		Short: "Pin the OCA repositories of an add-ons repository",
		Long: "Pin the OCA repositories of an add-ons repository: each is a submodule below\n" +
			modules.Root + ", and " + modules.File + " says at which commit, with which content.",
		// A repository of addons need not be a checkout of this program.
		PersistentPreRunE: func(*cobra.Command, []string) error { return nil },
	}
	cmd.PersistentFlags().StringVar(&dir, "dir", ".", "the root of the add-ons repository")
	cmd.AddCommand(a.modulesLock(&dir), a.modulesVerify(&dir), a.modulesUpdate(&dir))
	return cmd
}

func (a *app) modulesLock(dir *string) *cobra.Command {
	var dryRun bool
	cmd := &cobra.Command{
		Use:   "lock",
		Short: "Write " + modules.File + " from the submodules as they are checked out",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			l, err := modules.Write(cmd.Context(), *dir, dryRun)
			if err != nil {
				return err
			}
			return a.emit(l, func(w io.Writer) {
				rows := make([][]string, 0, len(l.Repositories))
				for _, name := range slices.Sorted(maps.Keys(l.Repositories)) {
					r := l.Repositories[name]
					rows = append(rows, []string{name, r.Commit, dash(r.Branch), fmt.Sprint(len(r.Modules))})
				}
				table(w, []string{"repository", "commit", "branch", "modules"}, rows)
			})
		},
	}
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "say what it would be, write nothing")
	return cmd
}

func (a *app) modulesVerify(dir *string) *cobra.Command {
	var image string
	cmd := &cobra.Command{
		Use:   "verify",
		Short: "Find what differs between " + modules.File + ", the submodules and an image",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			r, err := modules.Verify(cmd.Context(), *dir, image)
			if err != nil {
				return err
			}
			if err := a.emit(r, func(w io.Writer) { printDrift(w, r) }); err != nil {
				return err
			}
			if n := len(r.Drift); n > 0 {
				return fault.Newf("modules verify", "do what the rows say, then run odooops modules verify again", "%d differences", n)
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&image, "image", "", "also compare with the modules in "+modules.InImage+" of this image")
	return cmd
}

func printDrift(w io.Writer, r modules.Report) {
	if len(r.Drift) > 0 {
		rows := make([][]string, 0, len(r.Drift))
		for _, d := range r.Drift {
			rows = append(rows, []string{dash(d.Repository), d.File, d.What, d.Next})
		}
		table(w, []string{"repository", "where", "what", "next"}, rows)
		return
	}
	also := ""
	if r.Image != "" {
		also = " and " + r.Image
	}
	fmt.Fprintf(w, "%d repositories with %d modules: lock, submodules%s agree\n", r.Repositories, r.Modules, also)
}

func (a *app) modulesUpdate(dir *string) *cobra.Command {
	var to string
	var dryRun bool
	cmd := &cobra.Command{
		Use:   "update REPOSITORY",
		Short: "Move one repository to the newest commit of its branch, and the lock with it",
		Long: "Move one repository to the newest commit of its branch, and the lock with it.\n\n" +
			"The submodule is staged; commit it together with " + modules.File + ". A commit that is on\n" +
			"no branch of the repository is refused.",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			m, err := modules.Update(cmd.Context(), *dir, args[0], to, dryRun)
			if err != nil {
				return err
			}
			return a.emit(m, func(w io.Writer) { printMoved(w, m) })
		},
	}
	cmd.Flags().StringVar(&to, "to", "", "this commit, branch or tag instead")
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "fetch, say what would change, change nothing")
	return cmd
}

func printMoved(w io.Writer, m modules.Moved) {
	if m.From == m.To {
		fmt.Fprintf(w, "%s stays at %s\n", m.Repository, m.To)
		return
	}
	fmt.Fprintf(w, "%s: %s to %s\n", m.Repository, m.From, m.To)
	for _, what := range []struct {
		name    string
		modules []string
	}{{"added", m.Added}, {"removed", m.Removed}, {"changed", m.Changed}} {
		if len(what.modules) > 0 {
			fmt.Fprintf(w, "%s: %s\n", what.name, strings.Join(what.modules, ", "))
		}
	}
}

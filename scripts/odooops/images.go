package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/odooops/odooops/ops/fault"
	"github.com/odooops/odooops/ops/stackfile"
	"github.com/odooops/odooops/stacks/config"
)

func (a *app) imagesCommand() *cobra.Command {
	var dryRun bool
	cmd := &cobra.Command{
		Use:   "images NAME=REFERENCE...",
		Short: "Set images in the config of every stack that runs them, and of the previews",
		Long: "Set images in the config of every stack that runs them, and of the previews:\n" +
			"odoo=REPOSITORY@sha256:… Nothing is updated; odooops up STACK does that.",
		Args: cobra.MinimumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			refs, err := parseImages("images", args)
			if err != nil {
				return err
			}
			return a.images(refs, dryRun)
		},
	}
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "say which files would change, change none")
	return cmd
}

// images writes the references into the files: what runs is always what a
// committed file says.
func (a *app) images(refs map[string]string, dryRun bool) error {
	known := map[string]bool{}
	for _, kind := range config.Kinds {
		for _, image := range config.ImagesOf(kind) {
			known[image] = true
		}
	}
	for image := range refs {
		if !known[image] {
			return fault.Usage("images "+image, "one of: "+strings.Join(slices.Sorted(maps.Keys(known)), ", "), "no kind of stack runs an image of that name")
		}
	}
	set := map[string][]string{} // names by file
	for _, name := range a.project.Configs() {
		f, err := stackfile.Read(a.project.StackFile(name))
		if err != nil {
			return err
		}
		for _, image := range config.ImagesOf(f.Plain("kind")) {
			ref, given := refs[image]
			if !given || f.PlainIn("images", image) == ref {
				continue
			}
			if err := f.SetIn(ref, "images", image); err != nil {
				return err
			}
			set[name] = append(set[name], image)
		}
		if dryRun || len(set[name]) == 0 {
			continue
		}
		if err := f.Save(); err != nil {
			return err
		}
	}
	return a.emit(set, func(w io.Writer) {
		for _, name := range a.project.Configs() {
			if len(set[name]) > 0 {
				fmt.Fprintf(w, "Pulumi.%s.yaml: %s\n", name, strings.Join(set[name], ", "))
			}
		}
	})
}

// parseImages reads NAME=REFERENCE.
func parseImages(what string, args []string) (map[string]string, error) {
	refs := map[string]string{}
	for _, arg := range args {
		name, ref, ok := strings.Cut(arg, "=")
		if !ok || name == "" || ref == "" {
			return nil, fault.Usage(what, "NAME=REPOSITORY@sha256:…", "%q is not NAME=REFERENCE", arg)
		}
		if err := config.CheckImage(ref); err != nil {
			return nil, fault.Usage(what, name+"=REPOSITORY@sha256:…", "%v", err)
		}
		refs[name] = ref
	}
	return refs, nil
}

// setImages writes images into one stack's config.
func (a *app) setImages(stack string, f upFlags) error {
	if len(f.images) == 0 {
		return nil
	}
	what := "up " + stack
	if f.dryRun {
		return fault.Usage(what, "leave one of them away", "--image changes the config, --dry-run changes nothing")
	}
	refs, err := parseImages(what, f.images)
	if err != nil {
		return err
	}
	if err := a.project.CheckStack(stack); err != nil {
		return err
	}
	file, err := stackfile.Read(a.project.StackFile(stack))
	if err != nil {
		return err
	}
	names := config.ImagesOf(file.Plain("kind"))
	for image, ref := range refs {
		if !slices.Contains(names, image) {
			return fault.Usage(what, "one of: "+strings.Join(names, ", "), "it runs no image called %s", image)
		}
		if err := file.SetIn(ref, "images", image); err != nil {
			return err
		}
	}
	return file.Save()
}

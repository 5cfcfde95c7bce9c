package main

import (
	"context"
	"maps"
	"slices"

	"github.com/spf13/cobra"

	"github.com/odooops/odooops/ops/project"
	"github.com/odooops/odooops/ops/stackfile"
	"github.com/odooops/odooops/stacks/config"
)

func (a *app) prConfig() *cobra.Command {
	var number int
	cmd := &cobra.Command{
		Use:   "config --number N",
		Short: "The config of a preview as a file, for plain pulumi",
		Long: "The config of a preview as a file, its secrets encrypted. A preview has none: its config\n" +
			"is in Pulumi.preview.yaml and in its state. With it plain pulumi works on previews too:\n\n" +
			"  eval \"$(odooops local env --zone previews)\"\n" +
			"  odooops pr config --number 7 >/tmp/preview-pr-7.yaml\n" +
			"  pulumi preview -s preview-pr-7 --config-file /tmp/preview-pr-7.yaml",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := checkNumber("pr config", number); err != nil {
				return err
			}
			s, err := a.shop(cmd.Context())
			if err != nil {
				return err
			}
			defer closeHost(s)
			values, err := s.Config(cmd.Context(), number)
			if err != nil {
				return err
			}
			text, err := a.previewFile(cmd.Context(), values)
			if err != nil {
				return err
			}
			_, err = cmd.OutOrStdout().Write(text)
			return err
		},
	}
	numberFlag(cmd, &number)
	return cmd
}

// previewFile is the pattern's file with what is of one preview only.
func (a *app) previewFile(ctx context.Context, values map[string]string) ([]byte, error) {
	f, err := stackfile.Read(a.project.StackFile(project.PreviewTemplate))
	if err != nil {
		return nil, err
	}
	pass, err := a.project.Passphrase(a.getenv, config.Previews)
	if err != nil {
		return nil, err
	}
	pattern, err := f.Values(ctx, pass)
	if err != nil {
		return nil, err
	}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		switch {
		case values[name] == pattern[name]:
		case config.IsSecret(name):
			err = f.SetSecret(ctx, pass, name, values[name])
		default:
			err = f.SetIn(values[name], name)
		}
		if err != nil {
			return nil, err
		}
	}
	return f.Text()
}

package main

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/odooops/odooops/tests/workflows"
)

// sample stands for what a workflow's environment holds.
var sample = map[string]string{
	"$NUMBER": "7", "$ZONE": "previews", "$REPOSITORY": "acme/addons", "$OWNER": "ada",
	"$COMMITS": "origin/main..HEAD", "$TRIVY": "/usr/bin/trivy",
	"$IMAGE": "registry.digitalocean.com/odooops/odoo@sha256:" + strings.Repeat("0", 64),
}

var variable = regexp.MustCompile(`\$[A-Z]+`)

func TestWorkflowsCallCommandsAndFlagsThatExist(t *testing.T) {
	all, err := workflows.All("../..")
	require.NoError(t, err)
	calls := 0
	for file, w := range all {
		for _, job := range w.Jobs {
			for _, step := range job.Steps {
				line, ours := strings.CutPrefix(step.Run, "bin/odooops ")
				if !ours {
					continue
				}
				calls++
				for _, name := range variable.FindAllString(line, -1) {
					require.Contains(t, sample, name, file)
					assert.Contains(t, step.Env, name[1:], "%s: %s has no value", file, name)
				}
				line = variable.ReplaceAllStringFunc(line, func(name string) string { return sample[name] })
				args := strings.Fields(strings.ReplaceAll(line, `"`, ""))
				cmd, rest, err := (&app{}).root().Find(args)
				require.NoError(t, err, file)
				require.True(t, cmd.Runnable() && !cmd.HasSubCommands(), "%s: %s", file, cmd.CommandPath())
				require.NoError(t, cmd.ParseFlags(rest), file)
				assert.NoError(t, cmd.ValidateArgs(cmd.Flags().Args()), file)
				assert.NoError(t, cmd.ValidateRequiredFlags(), file)
			}
		}
	}
	assert.Equal(t, 18, calls)
}

package workflows

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A plan runs a pull request's code with core's passphrase, which opens
// production: only the environment that waits for a reviewer may hold it.
func TestThePlanOfCoreWaitsForAReviewerAndRefusesForks(t *testing.T) {
	all, err := All(root)
	require.NoError(t, err)
	require.True(t, plans(all["policy-preview.yml"].Jobs["plan"]))
	everyJob(t, func(t *testing.T, w Workflow, j Job) {
		if !plans(j) {
			return
		}
		assert.Nil(t, w.On.Call, "a caller could be anybody's")
		assert.Equal(t, "${{ matrix.zone == 'core' && 'plan' || 'previews' }}", j.Environment)
		assert.Contains(t, j.If, "github.event.pull_request.head.repo.full_name == github.repository")
		assert.Contains(t, j.If, "github.event_name == 'pull_request'")
		assert.Contains(t, j.If, "github.event.pull_request.user.login != 'dependabot[bot]'")
	})
}

// Forks' add-ons pass through the gates too: no key to a zone, nothing of theirs
// run, and what checks them is the main branch's.
func TestTheGatesRunTheMainBranchOverFilesAndHoldNoKeyToAZone(t *testing.T) {
	all, err := All(root)
	require.NoError(t, err)
	for file, folder := range map[string]string{"gates.yml": "gates", "oca-module-drift-gate.yml": "modules"} {
		j := all[file].Jobs[folder]
		for _, secret := range namedSecret.FindAllStringSubmatch(fmt.Sprint(j.Steps), -1) {
			assert.Contains(t, []string{"ODOOOPS_DEPLOY_KEY", "REGISTRY_TOKEN"}, secret[1], file)
		}
		built := false
		for _, s := range j.Steps {
			if s.Run == "make build" {
				built = true
			}
			if strings.HasPrefix(s.Uses, "actions/checkout@") {
				assert.Equal(t, built, s.With["path"] == ".odooops/checked", "%s: the pull request's files come after the build, beside it", file)
				assert.Equal(t, !built, s.With["ref"] == "main", file)
				assert.Equal(t, false, s.With["persist-credentials"])
			}
			if built && s.Run != "" && s.Run != "make build" {
				assert.True(t, strings.HasPrefix(s.Run, "bin/odooops gate "), s.Run)
				assert.Contains(t, s.Run, " --dir .odooops/checked ", file)
				assert.Contains(t, s.Run, " --junit ", file)
			}
		}
	}
}

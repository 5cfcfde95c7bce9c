package engine

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/odooops/odooops/tests/fakegithub"
	"github.com/odooops/odooops/tests/workflows"
)

// job runs what a workflow's job runs, as it stands in the file, with these
// values for the variables of its step.
func (c cloud) job(t *testing.T, file string, values map[string]string) (code int, printed string) {
	t.Helper()
	all, err := workflows.All(c.Dir)
	require.NoError(t, err)
	require.Contains(t, all, file)
	for _, job := range all[file].Jobs {
		for _, step := range job.Steps {
			if !strings.HasPrefix(step.Run, "bin/odooops ") {
				continue
			}
			var assignments []string
			for name, value := range values {
				require.Contains(t, step.Env, name)
				assignments = append(assignments, name+"='"+value+"'")
			}
			r := c.Run(t, "bash", "-c", "export "+strings.Join(assignments, " ")+"; "+step.Run)
			return r.Code, r.All()
		}
	}
	t.Fatalf("%s calls nothing of odooops", file)
	return 0, ""
}

// TestWorkflows is the life of pull requests as the workflows see it.
func TestWorkflows(t *testing.T) {
	c, hub := newCloud(t), fakegithub.New(t)
	c.Vars = append(c.Vars, hub.Env()...)
	c.up(t)
	hub.Open(31, 32, 33)
	image := func(n string) string { return "registry.digitalocean.com/odooops/odoo@sha256:" + strings.Repeat(n, 64) }
	deploy := func(number, ref string) (int, string) {
		t.Helper()
		return c.job(t, "preview-env-deploy.yml", map[string]string{
			"NUMBER": number, "IMAGE": ref, "OWNER": "ada", "REPOSITORY": hub.Repository,
		})
	}
	numbers := func() (of []int) {
		t.Helper()
		var rows []struct{ Number int }
		c.JSON(t, &rows, "pr", "list")
		for _, r := range rows {
			of = append(of, r.Number)
		}
		return of
	}
	before := numbers()

	for _, push := range []string{"a", "b"} {
		code, printed := deploy("31", image(push))
		require.Zero(t, code, printed)
	}
	require.Len(t, hub.Comments(31), 1, "two pushes, one comment")
	said := hub.Comments(31)[0].Body
	assert.Contains(t, said, image("b"))
	assert.Contains(t, said, "https://pr-31.preview.")

	for name, bad := range map[string]string{
		"a tag": "registry.digitalocean.com/odooops/odoo:latest", "an option": "--cancel", "a command": "$(touch /tmp/x)",
	} {
		code, printed := deploy("32", bad)
		assert.Equal(t, 2, code, "%s: %s", name, printed)
	}
	code, _ := deploy("32; pr down --number 31", image("a"))
	assert.Equal(t, 2, code, "a number is a number")
	assert.Equal(t, append(before, 31), numbers())

	for _, number := range []string{"32", "33"} {
		code, printed := deploy(number, image("a"))
		require.Zero(t, code, printed)
	}
	for range 2 { // a closed pull request may say so twice
		code, printed := c.job(t, "preview-env-cleanup.yml", map[string]string{"NUMBER": "31"})
		require.Zero(t, code, printed)
	}
	hub.Close(32) // and its cleanup never ran
	sweep := map[string]string{"ZONE": "previews", "REPOSITORY": hub.Repository}

	hub.Fail(fakegithub.Broken, fakegithub.Broken, fakegithub.Broken, fakegithub.Broken)
	code, printed := c.job(t, "ttl-sweep.yml", sweep)
	assert.Equal(t, 1, code, printed)
	assert.Subset(t, numbers(), []int{32, 33}, "nobody is closed while GitHub doesn't say so")

	// make up's own preview is no pull request of this repository.
	hub.Open(before...)
	code, printed = c.job(t, "ttl-sweep.yml", sweep)
	require.Zero(t, code, printed)
	assert.Equal(t, append(before, 33), numbers())
}

// TestPlansOfAPullRequest: what a pull request to the infrastructure would
// change, as policy-preview.yml says it.
func TestPlansOfAPullRequest(t *testing.T) {
	c, hub := newCloud(t), fakegithub.New(t)
	c.Vars = append(c.Vars, hub.Env()...)
	c.up(t)
	hub.Open(41)
	plan := func(zone string) int {
		t.Helper()
		code, printed := c.job(t, "policy-preview.yml", map[string]string{"ZONE": zone, "REPOSITORY": hub.Repository, "NUMBER": "41"})
		t.Log(printed)
		return code
	}
	said := func() string {
		t.Helper()
		require.Len(t, hub.Comments(41), 1, "one comment, whatever is pushed")
		return hub.Comments(41)[0].Body
	}
	require.Zero(t, plan("previews"))
	require.Zero(t, plan("core"))
	for _, stack := range []string{"platform", "production", "staging", "preview-host"} {
		assert.Contains(t, said(), "#### "+stack+": no changes\n\nPolicies: kept to.\n\nCost: as before.\n")
	}

	before := c.records(t)
	c.config(t, "staging", map[string]any{"odooops:volumeSizeGb": 33})
	require.Zero(t, plan("core"))
	assert.Regexp(t, `#### staging: \d+ changes?\n\nPolicies: kept to.\n\nCost: \+\d`, said())
	assert.Contains(t, said(), "| Volume |")
	assert.Contains(t, said(), "#### preview-host: no changes", "the other zone's part stays")

	policies := filepath.Join(c.Dir, "policies.json")
	require.NoError(t, os.WriteFile(policies, []byte(`{"egress-listed": {"ports": ["443"]}}`), 0o600))
	assert.Equal(t, 1, plan("core"), "a policy that refuses fails the job")
	assert.Contains(t, said(), "#### staging: refused\n- **policy `egress-listed`** refuses ")
	assert.Contains(t, said(), "#### production: no changes", "the others are shown all the same")
	assert.Equal(t, before, c.records(t), "nothing is made")
	require.NoError(t, os.Remove(policies))
	c.config(t, "staging", map[string]any{"odooops:volumeSizeGb": nil})
}

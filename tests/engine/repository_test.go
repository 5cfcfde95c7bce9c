package engine

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestRepository gives the platform a GitHub repository, changes it and takes
// it away again: records, because the local cloud has no GitHub.
func TestRepository(t *testing.T) {
	c := newCloud(t)
	c.start(t)
	c.images(t)
	c.Must(t, "bin/odooops", "init")
	c.Must(t, "bin/odooops", "up", "platform")
	declared := func() (n int) {
		return strings.Count(c.state(t, "platform"), `"type": "github:`)
	}
	require.Zero(t, declared(), "nothing of GitHub unless asked for")

	c.config(t, "platform", map[string]any{"odooops:githubRepository": "acme/infrastructure"})
	r := c.Run(t, "bin/odooops", "up", "platform")
	require.NotZero(t, r.Code)
	assert.Contains(t, r.All(), "githubReviewers", "production without a reviewer is refused")

	c.config(t, "platform", map[string]any{"odooops:githubReviewers": []string{"ada", "bob"}})
	secret := c.Pulumi(t, "config", "set", "--secret", "odooops:githubSecrets", "-s", "platform",
		`{"previews": {"PULUMI_CONFIG_PASSPHRASE": "hunter2"}}`)
	require.Zero(t, secret.Code, secret.All())
	c.Must(t, "bin/odooops", "up", "platform")
	c.noChange(t, "platform")
	require.NotZero(t, declared())
	assert.Contains(t, c.state(t, "platform"), "PULUMI_CONFIG_PASSPHRASE")
	assert.NotContains(t, c.state(t, "platform"), "hunter2")

	c.config(t, "platform", map[string]any{"odooops:githubReviewers": []string{"ada"}})
	assert.ElementsMatch(t, []string{
		"update RepositoryEnvironment platform-plan", "update RepositoryEnvironment platform-production", "update BranchProtection platform-main",
	}, c.plan(t, "platform"))

	c.config(t, "platform", map[string]any{
		"odooops:githubRepository": nil, "odooops:githubReviewers": nil, "odooops:githubSecrets": nil,
	})
	c.Must(t, "bin/odooops", "up", "platform")
	assert.Zero(t, declared())
}

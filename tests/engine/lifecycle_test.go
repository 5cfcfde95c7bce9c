package engine

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestLifecycle is a production from nothing to nothing, on records.
func TestLifecycle(t *testing.T) {
	c := newCloud(t)
	// One machine whose replacement is looked at is enough.
	c.config(t, "platform", map[string]any{"odooops:observability": "false"})
	c.up(t)
	step := func(name string, f func(t *testing.T)) {
		t.Helper()
		if !t.Run(name, f) {
			t.FailNow()
		}
	}

	step("a second up changes nothing", func(t *testing.T) {
		for _, stack := range []string{"platform", "production"} {
			assert.Contains(t, c.Must(t, "bin/odooops", "up", stack), "no changes")
			c.noChange(t, stack)
		}
	})

	step("a refresh finds no drift", func(t *testing.T) {
		for _, stack := range []string{"platform", "production"} {
			r := c.Pulumi(t, "refresh", "-s", stack, "--yes", "--skip-preview", "--expect-no-changes", "--diff")
			require.Zero(t, r.Code, "refresh of %s finds drift:\n%s", stack, r.All())
			c.noChange(t, stack)
		}
	})

	step("no secret is readable in the state or the config", func(t *testing.T) {
		secrets := map[string]string{}
		for _, key := range []string{
			"sshOperatorKey", "hostKey", "postgresPassword", "odooDatabasePassword",
			"odooAdminPassword", "odooMasterPassword", "pgbackrestCipher",
		} {
			r := c.Pulumi(t, "config", "get", "odooops:"+key, "-s", "production")
			require.Zero(t, r.Code, r.Stderr)
			secrets[key] = strings.TrimSpace(r.Stdout)
		}
		config, err := os.ReadFile(filepath.Join(c.Dir, "Pulumi.production.yaml"))
		require.NoError(t, err)
		for where, text := range map[string]string{
			"state of production": c.state(t, "production"), "state of platform": c.state(t, "platform"), "config": string(config),
		} {
			text = strings.ReplaceAll(text, `\n`, "\n")
			for key, secret := range secrets {
				// Of a key the middle line is enough: the first is the same for all.
				lines := strings.Split(secret, "\n")
				assert.NotContains(t, text, lines[len(lines)/2], "%s in the %s", key, where)
			}
		}
	})

	step("who may reach the bastion changes in place", func(t *testing.T) {
		c.config(t, "platform", map[string]any{"odooops:adminCidrs": []string{"203.0.113.7/32"}})
		assert.Equal(t, []string{"update Firewall platform-bastion"}, c.plan(t, "platform"))
		c.Must(t, "bin/odooops", "up", "platform")
		c.noChange(t, "platform")
	})

	step("a new Odoo image replaces its containers and nothing else", func(t *testing.T) {
		c.Must(t, "bin/odooops", "up", "production", "--image",
			"odoo=registry.digitalocean.com/odooops/odoo@sha256:"+strings.Repeat("1", 64))
		c.noChange(t, "production")
	})

	step("a job that failed is run again by the next up", func(t *testing.T) {
		c.failJob(t, "production", "production-odoo-init")
		r := c.Pulumi(t, "preview", "-s", "production")
		require.NotZero(t, r.Code)
		assert.Contains(t, r.All(), "ended with exit code 1", "what needs its result does not start")
		r = c.Run(t, "bin/odooops", "up", "production")
		require.Zero(t, r.Code, r.All())
		assert.Contains(t, r.Stderr, "run again, because they failed: production-odoo-init")
		c.noChange(t, "production")
	})

	old := c.outputs(t, "production")
	step("a plain up that would replace the production droplet refuses and names the command", func(t *testing.T) {
		before := c.records(t)
		c.otherBaseImage(t)
		r := c.Run(t, "bin/odooops", "up", "production")
		assert.Equal(t, 1, r.Code)
		assert.Contains(t, r.Stderr, "odooops host replace production")
		r = c.Pulumi(t, "up", "-s", "production", "--yes", "--skip-preview")
		assert.NotZero(t, r.Code, "the engine refuses too")
		assert.Equal(t, before, c.records(t))
	})

	step("host replace leaves one host on the same data, and a clean preview", func(t *testing.T) {
		counts := c.records(t)
		c.Must(t, "bin/odooops", "host", "replace", "production")
		assert.Equal(t, counts, c.records(t))
		replaced := c.outputs(t, "production")
		assert.NotEqual(t, old["hostId"], replaced["hostId"])
		assert.Equal(t, old["volumeId"], replaced["volumeId"])
		assert.Equal(t, old["publicIp"], replaced["publicIp"])
		c.noChange(t, "production")
	})

	step("destroy refuses while data is protected, before it deletes anything", func(t *testing.T) {
		before := c.state(t, "production")
		r := c.Run(t, "bin/odooops", "destroy", "production")
		require.Equal(t, 1, r.Code)
		assert.Contains(t, r.Stderr, "protected")
		assert.Contains(t, r.Stderr, "--confirm", "the way out is named")
		assert.True(t, before == c.state(t, "production"), "the state is as before")
	})

	step("the platform is not destroyed from under production", func(t *testing.T) {
		r := c.Run(t, "bin/odooops", "destroy", "platform")
		require.Equal(t, 1, r.Code)
		assert.Contains(t, r.Stderr, "production")
	})

	step("destroy, when meant, leaves the cloud empty", func(t *testing.T) {
		bucket := c.outputs(t, "production")["repositories"].([]any)[0].(map[string]any)["bucket"].(string)
		_, err := c.S3(t).PutObject(t.Context(), &s3.PutObjectInput{Bucket: &bucket, Key: aws.String("wal"), Body: strings.NewReader("kept")})
		require.NoError(t, err)
		c.Must(t, "bin/odooops", "pr", "down", "--number", "1")
		for _, stack := range []string{"preview-host", "staging"} {
			c.Must(t, "bin/odooops", "destroy", stack, "--confirm", stack)
		}
		for _, stack := range []string{"production", "platform"} {
			c.config(t, stack, map[string]any{"odooops:protect": "false"})
			c.Must(t, "bin/odooops", "up", stack)
			r := c.Run(t, "bin/odooops", "destroy", stack)
			require.Equal(t, 1, r.Code, "without --confirm nothing goes")
			c.Must(t, "bin/odooops", "destroy", stack, "--confirm", stack)
		}
		for what, count := range c.records(t) {
			assert.Zero(t, count, what)
		}
	})
}

func TestUpKilledAtAnyMomentCompletesWhenRunAgain(t *testing.T) {
	c := newCloud(t)
	c.start(t)
	c.images(t)
	c.Must(t, "bin/odooops", "init")
	production := upProduction()
	killEverLater(t, c, "up", "platform")
	c.Must(t, "bin/odooops", "up", "platform")
	killEverLater(t, c, production...)
	c.Must(t, "bin/odooops", production...)
	counts := c.records(t)
	assert.Equal(t, 3, counts["droplets"], "no machine was made twice")
	assert.Equal(t, 2, counts["volumes"])
	c.noChange(t, "platform")
	c.noChange(t, "production")
}

// killEverLater kills a command ever later, until it ends before it is killed.
func killEverLater(t *testing.T, c cloud, args ...string) {
	t.Helper()
	after := 500 * time.Millisecond
	for c.KillAfter(t, after, "bin/odooops", args...) {
		after += 600 * time.Millisecond
	}
}

package e2e

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/odooops/odooops/tests/checkout"
)

// TestEnvironments is the life of all kinds of stack, as one `make up` makes
// them on booted machines. Its parts run in order, because each begins where
// the one before left the machines; one that fails ends the run, so that what
// is seen first is the cause.
func TestEnvironments(t *testing.T) {
	c := checkout.New(t, "--instance e2e --subnet 10.125.0.0/20 --ports "+frontPort)
	step := stepsOf(t)

	step("up killed at any moment completes when run again", func(t *testing.T) {
		// Small volumes, so that they can be filled.
		smallVolume(t, c, "production")
		smallVolume(t, c, "preview-host")
		// Before the first kill nothing must be left to build.
		c.Must(t, "scripts/tools/install")
		c.Must(t, "scripts/build")
		for _, after := range []time.Duration{8 * time.Second, 25 * time.Second, 70 * time.Second} {
			c.KillAfter(t, after, "scripts/up")
		}
		r := c.Run(t, "scripts/up")
		if r.Code != 0 {
			// A killed engine leaves its lock; the error has to say how to clear it.
			require.Contains(t, r.All(), "--cancel", "the error names the way out")
			c.Must(t, "scripts/up")
		}
	})

	step("every environment is healthy, and says what it is", func(t *testing.T) {
		t.Log(c.Must(t, "bin/odooops", "status"))
		for _, stack := range []string{"production", "staging", "preview-pr-1"} {
			smokePasses(t, c, stack)
		}
	})

	var staging *site
	step("staging is open to who has its password, and to nobody else", func(t *testing.T) {
		staging = loadStaging(t, c)
		staging.isClosed(t)
		onlyTwoCrons(t, c, staging)
	})
	step("mail of staging is in its own MailHog and nowhere else", func(t *testing.T) {
		mailIsCaught(t, c, staging, loadPreview(t, c, 1))
	})
	step("a button and a job of staging that call outside fail and are logged", func(t *testing.T) {
		callsOutsideFail(t, c, staging)
	})

	previewContentSteps(t, c, staging, step)
	guardSteps(t, c, step)
	attackSteps(t, c, step)
	hardeningSteps(t, c, step)

	watch := observabilitySteps(t, c, step)
	var lines *outage
	step("nobody takes the logs for ten minutes, while everything goes on", func(t *testing.T) {
		lines = beginOutage(t, c, watch)
	})
	restores := &restores{}
	if !t.Run("side by side", func(t *testing.T) {
		t.Run("previews", func(t *testing.T) {
			t.Parallel()
			previewSteps(c, stepsOf(t))
		})
		t.Run("staging", func(t *testing.T) {
			t.Parallel()
			restores.toStaging(c, stepsOf(t))
		})
	}) {
		t.FailNow()
	}
	step("no line of the ten minutes is lost", func(t *testing.T) { lines.ends(t) })

	sweepSteps(t, c, step)
	restores.ofProduction(c, step)
	productionSteps(t, c, step)

	step("make down leaves nothing behind", func(t *testing.T) {
		c.Must(t, "scripts/down")
		for what, list := range map[string][]string{
			"containers": {"docker", "ps", "-aq", "--filter", "label=odooops.localcloud=e2e"},
			"volumes":    {"docker", "volume", "ls", "-q", "--filter", "label=odooops.localcloud=e2e"},
			"networks":   {"docker", "network", "ls", "-q", "--filter", "label=odooops.localcloud=e2e"},
		} {
			assert.Empty(t, checkout.Output(t, "", list[0], list[1:]...), what)
		}
		assert.NotContains(t, checkout.Output(t, "", "losetup", "-l"), c.Dir, "loop devices")
		processes, err := filepath.Glob("/proc/[0-9]*/cmdline")
		require.NoError(t, err)
		for _, file := range processes {
			line, _ := os.ReadFile(file)
			assert.NotContains(t, string(line), c.Dir+"/bin/odooops", "process %s", file)
		}
	})
}

// stepsOf runs parts of a test in their order, and ends it with the first that
// fails.
func stepsOf(t *testing.T) func(string, func(*testing.T)) {
	return func(name string, f func(*testing.T)) {
		t.Helper()
		if !t.Run(name, f) {
			t.FailNow()
		}
	}
}

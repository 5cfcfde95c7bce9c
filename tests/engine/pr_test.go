package engine

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/odooops/odooops/tests/checkout"
)

// previews is a cloud with a platform, a host for previews and a template.
func previews(t *testing.T) cloud {
	t.Helper()
	c := newCloud(t)
	c.previewHost(t)
	c.Must(t, "bin/odooops", "template", "publish", "--fresh")
	return c
}

func (c cloud) previewHost(t *testing.T) {
	t.Helper()
	c.start(t)
	c.images(t)
	c.Must(t, "bin/odooops", "init")
	c.Must(t, "bin/odooops", "up", "platform")
	c.Must(t, "bin/odooops", "up", "preview-host")
}

// prUp is what a preview's up says.
type prUp struct {
	Stack, URL, Data, Template, ExpiresAt, Owner string
	Images                                       struct{ Odoo string }
	New                                          bool
	Changed                                      int
}

func (c cloud) prUp(t *testing.T, number int, more ...string) prUp {
	t.Helper()
	var r prUp
	c.JSON(t, &r, append([]string{"pr", "up", "--number", strconv.Itoa(number)}, more...)...)
	return r
}

func (c cloud) prDown(t *testing.T, number int) {
	t.Helper()
	c.Must(t, "bin/odooops", "pr", "down", "--number", strconv.Itoa(number))
}

// prState is the preview's state, secrets encrypted.
func (c cloud) prState(t *testing.T, number int) map[string]any {
	t.Helper()
	file := filepath.Join(c.Dir, ".odooops/state/previews/.pulumi/stacks/odooops", fmt.Sprintf("preview-pr-%d.json", number))
	content, err := os.ReadFile(file)
	require.NoError(t, err)
	var state map[string]any
	require.NoError(t, json.Unmarshal(content, &state))
	return state
}

// ids are the docker volumes of a preview: data that was kept keeps its ids.
func (c cloud) volumes(t *testing.T, number int) map[string]string {
	t.Helper()
	ids := map[string]string{}
	latest := c.prState(t, number)["checkpoint"].(map[string]any)["latest"].(map[string]any)
	for _, r := range latest["resources"].([]any) {
		resource := r.(map[string]any)
		if resource["type"] == "docker:index/volume:Volume" {
			created, _ := resource["created"].(string)
			ids[resource["urn"].(string)] = created
		}
	}
	require.NotEmpty(t, ids)
	return ids
}

// fault asks the cloud's API for a disturbance.
func (c cloud) fault(t *testing.T, f map[string]any) {
	t.Helper()
	body, err := json.Marshal(f)
	require.NoError(t, err)
	res, err := http.Post(c.Env(t, "DIGITALOCEAN_API_URL")+"/_local/faults", "application/json", bytes.NewReader(body))
	require.NoError(t, err)
	_ = res.Body.Close()
	require.Equal(t, http.StatusNoContent, res.StatusCode)
}

func (c cloud) noFaults(t *testing.T) {
	t.Helper()
	req, err := http.NewRequest(http.MethodDelete, c.Env(t, "DIGITALOCEAN_API_URL")+"/_local/faults", nil)
	require.NoError(t, err)
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	_ = res.Body.Close()
}

// TestPreview is a preview from nothing to nothing.
func TestPreview(t *testing.T) {
	c := previews(t)
	before := c.records(t)

	up := c.prUp(t, 7, "--owner", "ada")
	assert.True(t, up.New)
	assert.Equal(t, "https://pr-7.preview.odooops.localhost", up.URL)
	assert.NotEmpty(t, up.Template)
	volumes := c.volumes(t, 7)

	t.Run("a second up changes nothing", func(t *testing.T) {
		again := c.prUp(t, 7)
		assert.Zero(t, again.Changed)
		assert.Equal(t, up.ExpiresAt, again.ExpiresAt, "no update moves an expiry")
		assert.Equal(t, "ada", again.Owner)
	})

	t.Run("a new image keeps the data, also when there is a newer template", func(t *testing.T) {
		time.Sleep(time.Second) // a template's id is its second
		c.Must(t, "bin/odooops", "template", "publish", "--fresh")
		again := c.prUp(t, 7, "--image", "odoo="+digest("odoo", '1'))
		assert.NotZero(t, again.Changed)
		assert.Equal(t, up.Template, again.Template)
		assert.Equal(t, volumes, c.volumes(t, 7))
	})

	t.Run("an up from an empty clone keeps data and image", func(t *testing.T) {
		require.NoError(t, os.RemoveAll(filepath.Join(c.Dir, ".odooops/previews")))
		again := c.prUp(t, 7)
		assert.Equal(t, digest("odoo", '1'), again.Images.Odoo)
		assert.Equal(t, volumes, c.volumes(t, 7))
		assert.Zero(t, again.Changed)
	})

	t.Run("other data is made only when that is said", func(t *testing.T) {
		r := c.Run(t, "bin/odooops", "pr", "up", "--number", "7", "--data", "demo")
		assert.Equal(t, 2, r.Code)
		assert.Contains(t, r.Stderr, "--reset-data")
		again := c.prUp(t, 7, "--reset-data")
		assert.NotEqual(t, up.Template, again.Template, "the newest one")
		assert.NotEqual(t, volumes, c.volumes(t, 7))
		assert.Zero(t, c.prUp(t, 7).Changed, "and is not made again by the next up")
	})

	t.Run("its replaced template is retired, the newest stays", func(t *testing.T) {
		var list []struct{ ID string }
		c.JSON(t, &list, "template", "list")
		require.Len(t, list, 1)
		assert.NotEqual(t, up.Template, list[0].ID)
	})

	t.Run("no secret of it is in a file", func(t *testing.T) {
		var credentials map[string]string
		c.JSON(t, &credentials, "pr", "credentials", "--number", "7")
		for _, name := range []string{"edgePassword", "adminPassword"} {
			require.Len(t, credentials[name], 32)
			r := c.Run(t, "grep", "-rlF", credentials[name], ".odooops/state", ".odooops/previews", ".odooops/ledger.jsonl")
			assert.Equal(t, 1, r.Code, "%s is in %s", name, r.Stdout)
		}
	})

	t.Run("down from an empty clone leaves nothing", func(t *testing.T) {
		require.NoError(t, os.RemoveAll(filepath.Join(c.Dir, ".odooops/previews")))
		c.prDown(t, 7)
		assert.Equal(t, before, c.records(t))
		assert.NoDirExists(t, filepath.Join(c.Dir, ".odooops/previews/preview-pr-7"))
		var rows []any
		c.JSON(t, &rows, "pr", "list")
		assert.Empty(t, rows)
		c.prDown(t, 7) // what is gone is no error
	})
}

func TestPreviewKilledAtAnyMomentIsFinishedByTheNext(t *testing.T) {
	c := previews(t)
	before := c.records(t)
	killEverLater(t, c, "pr", "up", "--number", "7")
	c.prUp(t, 7)
	killEverLater(t, c, "pr", "down", "--number", "7")
	c.prDown(t, 7)
	if !assert.Equal(t, before, c.records(t)) {
		content, _ := os.ReadFile(filepath.Join(c.Dir, ".odooops/localcloud/records.json"))
		t.Logf("%s", content)
	}
}

func TestTwoUpsOfOnePullRequestAreOnePreview(t *testing.T) {
	c := previews(t)
	before := c.records(t)
	results := c.together(t, 2, func(int) []string { return []string{"pr", "up", "--number", "7"} })
	won := 0
	for _, r := range results {
		if r.Code == 0 {
			won++
			continue
		}
		assert.Contains(t, r.Stderr, "the stack is locked by")
		assert.Contains(t, r.Stderr, "odooops pr up --number 7 --cancel", "and says what to do")
	}
	assert.NotZero(t, won)
	assert.Zero(t, c.prUp(t, 7).Changed)
	c.prDown(t, 7)
	assert.Equal(t, before, c.records(t))
}

// together runs commands at the same time.
func (c cloud) together(t *testing.T, n int, args func(int) []string) []checkout.Result {
	t.Helper()
	results := make([]checkout.Result, n)
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() { results[i] = c.Run(t, "bin/odooops", args(i)...) })
	}
	wg.Wait()
	return results
}

func TestTwentyAtOnceNeverExceedTheBudget(t *testing.T) {
	c := newCloud(t)
	c.config(t, "preview-host", map[string]any{"odooops:previewMb": 1500})
	c.previewHost(t)
	c.Must(t, "bin/odooops", "template", "publish", "--fresh")
	before := c.records(t)

	results := c.together(t, 20, func(i int) []string { return []string{"pr", "up", "--number", strconv.Itoa(i + 1)} })
	admitted := 0
	for _, r := range results {
		if r.Code == 0 {
			admitted++
			continue
		}
		assert.Equal(t, 1, r.Code)
		assert.Contains(t, r.Stderr, "no room")
		assert.Contains(t, r.Stderr, "odooops pr down --number", "it says what could be freed")
	}
	host := c.zoneOutputs(t, "preview-host")
	budget, each := int(host["budgetMb"].(float64)), int(host["previewMb"].(float64))
	assert.Equal(t, budget/each, admitted, "as many as fit, and no more")
	var rows []struct{ Number int }
	c.JSON(t, &rows, "pr", "list")
	assert.Len(t, rows, admitted, "those that were refused left no stack")
	for _, row := range rows {
		c.prDown(t, row.Number)
	}
	assert.Equal(t, before, c.records(t))
}

// zoneOutputs are a stack's of the previews' zone.
func (c cloud) zoneOutputs(t *testing.T, stack string) map[string]any {
	t.Helper()
	r := c.Run(t, "bash", "-c", `eval "$(bin/odooops local env --zone previews)"; exec pulumi --non-interactive stack output --json -s "$0"`, stack)
	require.Zero(t, r.Code, r.All())
	var out map[string]any
	checkout.Decode(t, r.Stdout, &out)
	return out
}

func TestAReplacedHostKeepsThePreviews(t *testing.T) {
	c := previews(t)
	before := c.records(t)
	c.prUp(t, 7)
	c.prUp(t, 8)
	old := c.zoneOutputs(t, "preview-host")["hostId"]
	c.Must(t, "bin/odooops", "host", "replace", "preview-host")
	require.NotEqual(t, old, c.zoneOutputs(t, "preview-host")["hostId"])

	up := c.prUp(t, 7)
	assert.NotZero(t, up.Changed, "its containers are made on the new host")
	assert.Zero(t, c.prUp(t, 7).Changed)
	c.prDown(t, 7)
	c.prDown(t, 8) // with no up in between
	assert.Equal(t, before, c.records(t))
}

func TestPreviewsSurviveACloudThatStumbles(t *testing.T) {
	c := previews(t)
	before := c.records(t)
	for name, f := range map[string]map[string]any{
		"429":        {"path": "/v2/domains", "status": 429, "count": 3},
		"500":        {"path": "/v2/domains", "status": 500, "count": 2},
		"slow":       {"path": "/v2/domains", "latency_ms": 1500, "count": 4},
		"cut before": {"path": "/v2/domains", "method": "POST", "cut": "before", "count": 1},
		"cut after":  {"path": "/v2/domains", "method": "DELETE", "cut": "after", "count": 1},
	} {
		t.Run(name, func(t *testing.T) {
			c.fault(t, f)
			c.untilDone(t, "pr", "up", "--number", "9")
			c.fault(t, f)
			c.untilDone(t, "pr", "down", "--number", "9")
			c.noFaults(t)
			assert.Equal(t, before, c.records(t))
		})
	}
}

// cycles of up and down, and how many go on at once.
const cycles, atOnce = 100, 4

func TestAHundredCyclesWithFaultsLeaveEverythingAsItWas(t *testing.T) {
	c := previews(t)
	before := c.records(t)
	faults := []map[string]any{
		{"path": "/v2/domains", "status": 429, "count": 2},
		{"path": "/v2/domains", "status": 500, "count": 2},
		{"path": "/v2/domains", "latency_ms": 1000, "count": 3},
		{"path": "/v2/domains", "method": "POST", "cut": "before", "count": 1},
		{"path": "/v2/domains", "method": "DELETE", "cut": "after", "count": 1},
	}
	numbers := make(chan int)
	var wg sync.WaitGroup
	for range atOnce {
		wg.Go(func() {
			for n := range numbers {
				c.untilDone(t, "pr", "up", "--number", strconv.Itoa(1000+n))
				c.untilDone(t, "pr", "down", "--number", strconv.Itoa(1000+n))
			}
		})
	}
	for n := range cycles {
		c.fault(t, faults[n%len(faults)])
		numbers <- n
	}
	close(numbers)
	wg.Wait()
	c.noFaults(t)
	c.sweep(t, 0)
	assert.Equal(t, before, c.records(t))
}

// untilDone runs a command again when it failed: what a person, or the next
// sweep, would do.
func (c cloud) untilDone(t *testing.T, args ...string) {
	t.Helper()
	var r checkout.Result
	for range 4 {
		if r = c.Run(t, "bin/odooops", args...); r.Code == 0 {
			return
		}
	}
	// Also called side by side, where only the test itself may end it.
	assert.Fail(t, "four times in vain", r.All())
}

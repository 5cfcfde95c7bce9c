package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/digitalocean/godo"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/odooops/odooops/tests/checkout"
)

// swept is what a sweep says.
type swept struct {
	Rows []struct{ What, Name, Stack, Reason, Action, Detail string }

	Removed, Kept, Locked, Failed, Invalid int
	Problems                               []string
}

// of is what was said of a thing: "orphan removed".
func (s swept) of(what, name string) string {
	for _, r := range s.Rows {
		if r.What == what && r.Name == name {
			return r.Reason + " " + r.Action
		}
	}
	return ""
}

// sweep runs one; it has to end with this exit code.
func (c cloud) sweep(t *testing.T, code int, args ...string) (swept, checkout.Result) {
	t.Helper()
	r := c.Run(t, "bin/odooops", append([]string{"ttl", "sweep", "--json"}, args...)...)
	require.Equal(t, code, r.Code, r.All())
	var s swept
	checkout.Decode(t, r.Stdout, &s)
	return s, r
}

// tag sets a stack's tag by hand, with the plain CLI.
func (c cloud) tag(t *testing.T, zone, stack, name, value string) {
	t.Helper()
	r := c.Run(t, "bash", "-c", `eval "$(bin/odooops local env --zone "$0")"; exec pulumi --non-interactive stack tag set "$2" "$3" -s "$1"`,
		zone, stack, name, value)
	require.Zero(t, r.Code, r.All())
}

const expiresAt = "odooops:expires-at"

func past() string { return time.Now().Add(-time.Minute).UTC().Format(time.RFC3339) }

// backendID is the mark of the previews' backend.
func (c cloud) backendID(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(c.marker())
	require.NoError(t, err)
	var m struct{ ID string }
	require.NoError(t, json.Unmarshal(text, &m))
	return m.ID
}

func (c cloud) marker() string {
	return filepath.Join(c.Dir, ".odooops/state/previews/odooops-backend.json")
}

func TestTheSweepTakesWhatHasEndedAndNothingElse(t *testing.T) {
	c := previews(t)
	before := c.records(t)
	for n := 1; n <= 4; n++ {
		c.prUp(t, n)
	}
	c.tag(t, "previews", "preview-pr-1", expiresAt, past())
	c.tag(t, "previews", "preview-pr-4", expiresAt, "tomorrow")
	hub := pullRequests(t, map[int]string{2: "closed", 3: "open", 4: "open"})
	c.Vars = append(c.Vars, "GITHUB_TOKEN=none", "GITHUB_API_URL="+hub)

	s, r := c.sweep(t, 1, "--github", "acme/odoo")
	assert.Equal(t, "expired removed", s.of("stack", "preview-pr-1"))
	assert.Equal(t, "closed removed", s.of("stack", "preview-pr-2"))
	assert.Equal(t, "living kept", s.of("stack", "preview-pr-3"))
	assert.Equal(t, "invalid kept", s.of("stack", "preview-pr-4"), "never forever, and never by accident")
	assert.Contains(t, r.Stderr, "odooops ttl extend")

	c.Must(t, "bin/odooops", "ttl", "extend", "preview-pr-4", "--for", "1h")
	s, _ = c.sweep(t, 0)
	assert.Equal(t, "living kept", s.of("stack", "preview-pr-4"))
	c.prDown(t, 3)
	c.prDown(t, 4)
	assert.Equal(t, before, c.records(t))
}

// pullRequests is a GitHub with these.
func pullRequests(t *testing.T, states map[int]string) string {
	t.Helper()
	hub := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		number, err := strconv.Atoi(r.URL.Path[strings.LastIndex(r.URL.Path, "/")+1:])
		if err == nil {
			_ = json.NewEncoder(w).Encode(map[string]any{"number": number, "state": states[number]})
			return
		}
		list := []map[string]any{}
		for n, state := range states {
			if state == "open" {
				list = append(list, map[string]any{"number": n, "state": state})
			}
		}
		_ = json.NewEncoder(w).Encode(list)
	}))
	t.Cleanup(hub.Close)
	return hub.URL
}

func TestAFailedDestroyIsTriedAgainByTheNextSweep(t *testing.T) {
	c := previews(t)
	before := c.records(t)
	c.prUp(t, 1)
	c.prUp(t, 2)
	c.prUp(t, 3)
	for n := 1; n <= 3; n++ {
		c.tag(t, "previews", fmt.Sprintf("preview-pr-%d", n), expiresAt, past())
	}
	// One of them belongs to somebody on another computer right now.
	lock := filepath.Join(c.Dir, ".odooops/state/previews/.pulumi/locks/organization/odooops/preview-pr-3/elsewhere.json")
	require.NoError(t, os.MkdirAll(filepath.Dir(lock), 0o700))
	require.NoError(t, os.WriteFile(lock, []byte(`{"pid":4711,"username":"grace","hostname":"elsewhere","timestamp":"2030-01-01T00:00:00Z"}`), 0o600))
	c.fault(t, map[string]any{"method": "DELETE", "path": "/v2/domains", "status": 403, "count": 1})

	s, _ := c.sweep(t, 1)
	assert.Equal(t, 1, s.Failed)
	assert.Equal(t, 1, s.Removed, "one failure does not keep the others")
	assert.Equal(t, "expired locked", s.of("stack", "preview-pr-3"))

	c.noFaults(t)
	s, _ = c.sweep(t, 0)
	assert.Equal(t, 1, s.Removed, "tried again")
	assert.Equal(t, 1, s.Locked, "a lock is no failure")
	require.NoError(t, os.Remove(lock))
	s, _ = c.sweep(t, 0)
	assert.Equal(t, 1, s.Removed)
	assert.Equal(t, before, c.records(t))
}

// marksOf are what a droplet or volume of a stack carries.
func marksOf(kind, stack, backend string, age time.Duration) []string {
	return []string{
		"odooops:kind:" + kind, "odooops:stack:" + stack, "odooops:backend:" + backend,
		"odooops:created:" + time.Now().Add(-age).UTC().Format("20060102T150405Z"),
	}
}

// godo is a client of the local cloud's API.
func (c cloud) api(t *testing.T) *godo.Client {
	t.Helper()
	env := map[string]string{}
	c.JSON(t, &env, "local", "env")
	client := godo.NewFromToken(env["DIGITALOCEAN_TOKEN"])
	base, err := url.Parse(env["DIGITALOCEAN_API_URL"] + "/")
	require.NoError(t, err)
	client.BaseURL = base
	return client
}

// plant puts one thing of every kind into the cloud and on the host, and says
// how they are called in a sweep.
func (c cloud) plant(t *testing.T, name, kind, stack, backend string, age time.Duration) [][2]string {
	t.Helper()
	ctx := context.Background()
	api := c.api(t)
	tags := marksOf(kind, stack, backend, age)
	_, _, err := api.Droplets.Create(ctx, &godo.DropletCreateRequest{
		Name: name, Region: "fra1", Size: "s-1vcpu-2gb", Image: godo.DropletCreateImage{Slug: "debian-13-x64"}, Tags: tags,
	})
	require.NoError(t, err)
	_, _, err = api.Storage.CreateVolume(ctx, &godo.VolumeCreateRequest{Name: name, Region: "fra1", SizeGigaBytes: 1, Tags: tags})
	require.NoError(t, err)

	created := time.Now().Add(-age).UTC().Format(time.RFC3339)
	for _, r := range []godo.DomainRecordEditRequest{
		{Type: "A", Name: name + ".preview", Data: "192.0.2.1", TTL: 60},
		{Type: "A", Name: name + "-mail.preview", Data: "192.0.2.1", TTL: 60},
		{Type: "TXT", Name: name + ".preview", TTL: 60, Data: fmt.Sprintf("odooops backend=%s stack=%s kind=%s created=%s", backend, stack, kind, created)},
	} {
		_, _, err := api.Domains.CreateRecord(ctx, "odooops.localhost", &r)
		require.NoError(t, err)
	}

	labels := []map[string]string{}
	for k, v := range map[string]string{"kind": kind, "stack": stack, "backend": backend, "created": created} {
		labels = append(labels, map[string]string{"label": "odooops." + k, "value": v})
	}
	for _, docker := range []string{"container", "network", "volume"} {
		c.record(t, docker, name, map[string]any{"inputs": map[string]any{"name": name, "labels": labels}})
	}
	if kind == "preview" { // nothing else has a place
		c.record(t, "admitted", stack, map[string]any{"stack": stack, "mb": 1, "backend": backend, "created": created})
	}
	return [][2]string{
		{"droplet", name}, {"volume", name}, {"record", name + ".preview.odooops.localhost"},
		{"container", name}, {"network", name}, {"docker volume", name}, {"place", stack},
	}
}

// record writes what would be on the preview host.
func (c cloud) record(t *testing.T, kind, id string, v any) {
	t.Helper()
	body, err := json.Marshal(v)
	require.NoError(t, err)
	at := "privateIp"
	if kind == "admitted" {
		at = "volumeId" // it is on the data volume
	}
	host := c.zoneOutputs(t, "preview-host")[at].(string)
	req, err := http.NewRequest(http.MethodPut, c.Env(t, "ODOOOPS_LOCAL_RECORDS")+"/"+host+"/"+kind+"/"+id, strings.NewReader(string(body)))
	require.NoError(t, err)
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	_ = res.Body.Close()
	require.Equal(t, http.StatusOK, res.StatusCode)
}

func TestAnOrphanOfEachKindIsFoundAndOneThatIsNotOursIsLeft(t *testing.T) {
	c := previews(t)
	c.prUp(t, 3)
	ours := c.backendID(t)
	foreign := "00000000-0000-4000-8000-000000000000"
	leave := map[string][][2]string{
		"foreign": c.plant(t, "pr-101", "preview", "preview-pr-101", foreign, 2*time.Hour),
		"young":   c.plant(t, "pr-102", "preview", "preview-pr-102", ours, time.Minute),
	}
	// Of a stack that is there, whatever its marks say.
	c.plant(t, "pr-3x", "preview", "preview-pr-3", ours, 2*time.Hour)
	// Of a kind that no sweep takes.
	c.plant(t, "prod", "production", "production-2", ours, 2*time.Hour)
	kept := c.records(t)
	orphans := c.plant(t, "pr-100", "preview", "preview-pr-100", ours, 2*time.Hour)

	planned, _ := c.sweep(t, 0, "--dry-run")
	s, _ := c.sweep(t, 0)
	for _, o := range orphans {
		assert.Equal(t, "orphan kept", planned.of(o[0], o[1]), "a dry run takes nothing")
		assert.Equal(t, "orphan removed", s.of(o[0], o[1]), "%v", o)
	}
	for reason, things := range leave {
		for _, o := range things {
			assert.Equal(t, reason+" kept", s.of(o[0], o[1]), "%v", o)
		}
	}
	assert.Equal(t, kept, c.records(t), "what is not ours is all there")
	s, _ = c.sweep(t, 0)
	assert.Zero(t, s.Removed)
}

func TestABackendThatIsNotOursSweepsNothing(t *testing.T) {
	c := previews(t)
	c.prUp(t, 1)
	c.tag(t, "previews", "preview-pr-1", expiresAt, past())
	c.plant(t, "pr-100", "preview", "preview-pr-100", c.backendID(t), 2*time.Hour)
	before := c.records(t)
	mark, err := os.ReadFile(c.marker())
	require.NoError(t, err)
	vars := c.Vars

	refused := func(t *testing.T, why string) {
		t.Helper()
		r := c.Run(t, "bin/odooops", "ttl", "sweep", "--json")
		assert.Equal(t, 1, r.Code, r.All())
		assert.Contains(t, r.Stderr, why)
		assert.Equal(t, before, c.records(t), "nothing was removed")
	}
	elsewhere := func(t *testing.T, dir string) {
		c.Vars = append(append([]string{}, vars...), "ODOOOPS_ZONE=previews", "PULUMI_BACKEND_URL=file://"+dir)
	}

	t.Run("empty", func(t *testing.T) {
		elsewhere(t, t.TempDir())
		refused(t, "carries no mark")
	})
	t.Run("empty of the host", func(t *testing.T) {
		dir := t.TempDir()
		require.NoError(t, os.WriteFile(filepath.Join(dir, "odooops-backend.json"), mark, 0o600))
		elsewhere(t, dir)
		refused(t, "has no stack preview-host")
	})
	t.Run("unreadable", func(t *testing.T) {
		elsewhere(t, filepath.Join(c.Dir, "go.mod"))
		refused(t, "nothing was removed")
	})
	t.Run("foreign", func(t *testing.T) {
		c.Vars = vars
		require.NoError(t, os.WriteFile(c.marker(), []byte(`{"id":"00000000-0000-4000-8000-000000000000","zone":"previews"}`), 0o600))
		refused(t, "is another one")
		require.NoError(t, os.WriteFile(c.marker(), mark, 0o600))
	})

	c.Vars = vars
	s, _ := c.sweep(t, 0)
	assert.Equal(t, "expired removed", s.of("stack", "preview-pr-1"), "with its own backend it goes on")
}

func TestProductionAndPlatformAreRefusedEvenWhenTaggedByHand(t *testing.T) {
	c := newCloud(t)
	c.previewHost(t)
	c.Must(t, "bin/odooops", "up", "staging")
	platform := c.records(t)
	c.tag(t, "core", "platform", expiresAt, past())
	c.tag(t, "previews", "preview-host", expiresAt, past())

	s, r := c.sweep(t, 1)
	assert.Equal(t, "refused kept", s.of("stack", "preview-host"))
	assert.Contains(t, r.Stderr, "never swept")
	s, _ = c.sweep(t, 1, "--zone", "core")
	assert.Equal(t, "refused kept", s.of("stack", "platform"))
	assert.Equal(t, "living kept", s.of("stack", "staging"))
	assert.Equal(t, platform, c.records(t))
	r = c.Run(t, "bin/odooops", "ttl", "extend", "platform", "--for", "1h")
	assert.Equal(t, 2, r.Code)

	c.tag(t, "core", "staging", expiresAt, past())
	s, _ = c.sweep(t, 1, "--zone", "core")
	assert.Equal(t, "expired removed", s.of("stack", "staging"), "a staging ends")
	assert.Equal(t, "refused kept", s.of("stack", "platform"))
}

func TestAPreviewThatComesUpWhileASweepRunsIsNotSwept(t *testing.T) {
	c := previews(t)
	for n := 1; n <= 3; n++ {
		c.prUp(t, n)
		c.tag(t, "previews", fmt.Sprintf("preview-pr-%d", n), expiresAt, past())
	}
	results := c.together(t, 2, func(i int) []string {
		return [][]string{{"ttl", "sweep", "--json"}, {"pr", "up", "--number", "9"}}[i]
	})
	for _, r := range results {
		require.Zero(t, r.Code, r.All())
	}
	var rows []struct{ Number int }
	c.JSON(t, &rows, "pr", "list")
	require.Len(t, rows, 1)
	assert.Equal(t, 9, rows[0].Number)
	assert.Zero(t, c.prUp(t, 9).Changed)
}

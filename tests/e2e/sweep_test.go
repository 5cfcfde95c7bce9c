package e2e

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/odooops/odooops/tests/checkout"
	"github.com/odooops/odooops/tests/fakegithub"
)

// sweepReport is what one sweep says that it did.
type sweepReport struct {
	Rows []struct{ What, Name, Stack, Reason, Action, Detail string }
}

// row is what it did with one thing: action and reason.
func (r sweepReport) row(what, name string) string {
	for _, row := range r.Rows {
		if row.What == what && (row.Name == name || strings.HasPrefix(row.Name, name+".")) {
			return row.Action + " " + row.Reason
		}
	}
	return ""
}

func sweep(t *testing.T, c *checkout.Checkout, hub *fakegithub.Server, flags ...string) (checkout.Result, sweepReport) {
	t.Helper()
	cmd := append([]string{"env"}, hub.Env()...)
	cmd = append(cmd, c.Dir+"/bin/odooops", "ttl", "sweep", "--json", "--github", hub.Repository)
	r := c.Run(t, cmd[0], append(cmd[1:], flags...)...)
	var report sweepReport
	checkout.Decode(t, r.Stdout, &report)
	return r, report
}

// sweepSteps are what ends, what is left, and what no sweep may touch.
func sweepSteps(t *testing.T, c *checkout.Checkout, step func(string, func(*testing.T))) {
	host := loadPreviewHost(t, c)
	hub := fakegithub.New(t)
	hub.Open(1, 9)

	step("the sweep takes what has ended and no stack has, and nothing else", func(t *testing.T) {
		machine, cloud := host.inventory(t), summary(t, c)
		for _, n := range []int{7, 8} {
			r := pr(t, c, "up", n)
			require.Zero(t, r.Code, r.All())
		}
		hub.Open(7)
		hub.Close(8)
		past := time.Now().Add(-time.Hour).UTC().Format(time.RFC3339)
		r := inPreviews(t, c, "pulumi stack tag set odooops:expires-at "+past+" -s preview-pr-7")
		require.Zero(t, r.Code, r.All())

		backend := backendID(t, c)
		old, now := time.Now().Add(-2*time.Hour).UTC(), time.Now().UTC()
		host.plant(t, "orphan", "preview", backend, "preview-pr-90", old)
		host.plant(t, "young", "preview", backend, "preview-pr-91", now)
		host.plant(t, "foreign", "preview", "another", "preview-pr-92", old)
		host.plant(t, "kind", "staging", backend, "preview-pr-93", old)
		plantRecord(t, c, "pr-90", "preview-pr-90", backend, old)
		plantRecord(t, c, "pr-91", "preview-pr-91", backend, now)
		plantRecord(t, c, "pr-92", "preview-pr-92", "another", old)

		r, report := sweep(t, c, hub)
		require.Zero(t, r.Code, r.All())
		for _, want := range []struct{ what, name, did string }{
			{"stack", "preview-pr-7", "removed expired"},
			{"stack", "preview-pr-8", "removed closed"},
			{"stack", "preview-pr-1", "kept living"},
			{"container", "orphan", "removed orphan"},
			{"network", "orphan", "removed orphan"},
			{"docker volume", "orphan", "removed orphan"},
			{"record", "pr-90", "removed orphan"},
			{"container", "young", "kept young"},
			{"network", "young", "kept young"},
			{"docker volume", "young", "kept young"},
			{"record", "pr-91", "kept young"},
			{"container", "foreign", "kept foreign"},
			{"network", "foreign", "kept foreign"},
			{"docker volume", "foreign", "kept foreign"},
			{"record", "pr-92", "kept foreign"},
		} {
			assert.Equal(t, want.did, report.row(want.what, want.name), "%s %s\n%s", want.what, want.name, r.Stdout)
		}
		left := host.inventory(t)
		assert.NotContains(t, left, "orphan")
		for _, name := range []string{"young", "foreign", "kind"} {
			assert.Equal(t, 4, strings.Count(left, name), "container, network, volume and its directory of %s:\n%s", name, left)
			host.uproot(t, name)
		}
		uprootRecords(t, c, "pr-91", "pr-92")
		assert.Equal(t, machine, host.inventory(t))
		assert.JSONEq(t, cloud, summary(t, c))
	})

	step("a destroy that fails makes the sweep fail, and the next one tries again", func(t *testing.T) {
		machine := host.inventory(t)
		r := pr(t, c, "up", 7)
		require.Zero(t, r.Code, r.All())
		hub.Close(7)
		// A network with somebody else's container on it can't be deleted.
		r = host.run(t, "docker run -d --name guest --entrypoint sleep --network $(docker inspect -f '{{range $n, $_ := .NetworkSettings.Networks}}{{$n}}{{end}}' preview-pr-7-postgres) "+
			"$(docker inspect -f '{{.Image}}' preview-pr-7-postgres) 600")
		require.Zero(t, r.Code, r.All())
		r, report := sweep(t, c, hub)
		assert.Equal(t, 1, r.Code)
		assert.Equal(t, "failed closed", report.row("stack", "preview-pr-7"))
		r = host.run(t, "docker rm -f guest")
		require.Zero(t, r.Code, r.All())
		r, report = sweep(t, c, hub)
		assert.Zero(t, r.Code, r.All())
		assert.Equal(t, "removed closed", report.row("stack", "preview-pr-7"))
		assert.Equal(t, machine, host.inventory(t))
	})

	step("production and platform are refused though they carry an expiry", func(t *testing.T) {
		past := time.Now().Add(-time.Hour).UTC().Format(time.RFC3339)
		for _, stack := range []string{"production", "platform"} {
			r := c.Shell(t, "pulumi stack tag set odooops:expires-at "+past+" -s "+stack)
			require.Zero(t, r.Code, r.All())
		}
		before := summary(t, c)
		r, report := sweep(t, c, hub, "--zone", "core")
		assert.Equal(t, 1, r.Code, "a tag by hand is told: %s", r.All())
		assert.Equal(t, "kept refused", report.row("stack", "production"))
		assert.Equal(t, "kept refused", report.row("stack", "platform"))
		assert.JSONEq(t, before, summary(t, c))
		for _, stack := range []string{"production", "platform"} {
			r := c.Shell(t, "pulumi stack tag rm odooops:expires-at -s "+stack)
			require.Zero(t, r.Code, r.All())
		}
	})
}

func backendID(t *testing.T, c *checkout.Checkout) string {
	t.Helper()
	content := c.Must(t, "sed", "-nE", "s/.*odooops:backendId: *//p", "Pulumi.preview-host.yaml")
	require.NotEmpty(t, strings.TrimSpace(content))
	return strings.TrimSpace(content)
}

// plant leaves a container, a network and a volume on the host, as a preview
// without a stack would.
func (h *previewHost) plant(t *testing.T, name, kind, backend, stack string, created time.Time) {
	t.Helper()
	labels := fmt.Sprintf("--label odooops.kind=%s --label odooops.backend=%s --label odooops.stack=%s --label odooops.created=%s",
		kind, backend, stack, created.Format(time.RFC3339))
	r := h.run(t, fmt.Sprintf("set -e; docker network create --internal %[1]s %[2]s; docker volume create %[1]s %[2]s; "+
		"docker run -d --name %[2]s --network %[2]s -v %[2]s:/mnt %[1]s --entrypoint sleep $(docker inspect -f '{{.Image}}' preview-pr-1-postgres) 3600", labels, name))
	require.Zero(t, r.Code, r.All())
}

func (h *previewHost) uproot(t *testing.T, name string) {
	t.Helper()
	r := h.run(t, fmt.Sprintf("docker rm -f %[1]s && docker network rm %[1]s && docker volume rm %[1]s", name))
	require.Zero(t, r.Code, r.All())
}

const recordsAPI = `api() { curl -fsS -H "Authorization: Bearer $DIGITALOCEAN_TOKEN" -H 'Content-Type: application/json' "$@"; }
url="${DIGITALOCEAN_API_URL%/}/v2/domains/odooops.localhost/records"; `

// plantRecord leaves a preview's name and its mark.
func plantRecord(t *testing.T, c *checkout.Checkout, name, stack, backend string, created time.Time) {
	t.Helper()
	mark := fmt.Sprintf("odooops backend=%s stack=%s kind=preview created=%s", backend, stack, created.Format(time.RFC3339))
	r := c.Shell(t, recordsAPI+fmt.Sprintf(`api -d '{"type":"A","name":"%[1]s.preview","data":"192.0.2.1","ttl":60}' "$url" && api -d '{"type":"TXT","name":"%[1]s.preview","data":"%[2]s","ttl":60}' "$url"`, name, mark))
	require.Zero(t, r.Code, r.All())
}

func uprootRecords(t *testing.T, c *checkout.Checkout, names ...string) {
	t.Helper()
	for _, name := range names {
		r := c.Shell(t, recordsAPI+`for id in $(api "$url?per_page=200" | python3 -c 'import json,sys; [print(r["id"]) for r in json.load(sys.stdin)["domain_records"] if r["name"] == "`+name+`.preview"]'); do api -X DELETE "$url/$id"; done`)
		require.Zero(t, r.Code, r.All())
	}
}

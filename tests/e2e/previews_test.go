package e2e

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/odooops/odooops/tests/checkout"
)

// previewHost is the previews' machine as the outside knows it.
type previewHost struct {
	HostID, PrivateIP string
	c                 *checkout.Checkout
}

func loadPreviewHost(t testing.TB, c *checkout.Checkout) *previewHost {
	t.Helper()
	h := &previewHost{c: c}
	r := inPreviews(t, c, `exec pulumi --non-interactive stack output -s preview-host --json`)
	require.Zero(t, r.Code, r.All())
	checkout.Decode(t, r.Stdout, h)
	return h
}

// inPreviews runs a script with the environment of the previews' zone.
func inPreviews(t testing.TB, c *checkout.Checkout, script string) checkout.Result {
	t.Helper()
	return c.Run(t, "bash", "-c", `eval "$(bin/odooops local env --zone previews)"; `+script)
}

func (h *previewHost) run(t testing.TB, command string) checkout.Result {
	t.Helper()
	return h.c.Run(t, "ssh", "-F", ".odooops/ssh/preview-host/config", "ops@"+h.PrivateIP, command)
}

// inventory is everything on the host that a preview may leave behind.
func (h *previewHost) inventory(t testing.TB) string {
	t.Helper()
	r := h.run(t, `set -e
docker ps -a --format '{{.Names}}' | sort
docker volume ls -q | sort
docker network ls --format '{{.Name}}' | sort
sudo ls /data/previews/admitted /data/edge/dynamic /data/docker-volumes
ip -o link show type bridge | wc -l`)
	require.Zero(t, r.Code, r.Stderr)
	return r.Stdout
}

// summary is what the local cloud counts.
func summary(t testing.TB, c *checkout.Checkout) string {
	t.Helper()
	r := c.Shell(t, `curl -sS "${DIGITALOCEAN_API_URL%/}/_local/summary"`)
	require.Zero(t, r.Code, r.All())
	return r.Stdout
}

// pr runs `odooops pr …` on a number.
func pr(t testing.TB, c *checkout.Checkout, verb string, number int, flags ...string) checkout.Result {
	t.Helper()
	return c.Run(t, "bin/odooops", append([]string{"pr", verb, "--number", fmt.Sprint(number), "--json"}, flags...)...)
}

// preview brings a preview up and is its site, logged in.
func preview(t testing.TB, c *checkout.Checkout, number int, flags ...string) *site {
	t.Helper()
	r := pr(t, c, "up", number, flags...)
	require.Zero(t, r.Code, r.All())
	return loadPreview(t, c, number)
}

func loadPreview(t testing.TB, c *checkout.Checkout, number int) *site {
	t.Helper()
	credentials := c.Preview(t, number)
	h := loadPreviewHost(t, c)
	stack := fmt.Sprintf("preview-pr-%d", number)
	s := &site{
		stack: stack, host: hostOf(credentials.URL), mailHost: hostOf(credentials.MailURL),
		user: credentials.EdgeLogin, password: credentials.EdgePassword,
		login: credentials.AdminLogin, secret: credentials.AdminPassword,
		address: h.PrivateIP, sshDir: ".odooops/ssh/preview-host",
		containers: map[string]string{"odoo": stack + "-odoo", "postgres": stack + "-postgres", "mail": stack + "-mail"},
	}
	s.answers(t, time.Minute)
	s.logIn(t)
	return s
}

func hostOf(url string) string {
	host := strings.TrimPrefix(url, "https://")
	host, _, _ = strings.Cut(host, "/")
	return host
}

// remember writes what remembers looks for: a row, and a file by Odoo itself.
func (s *site) remember(t *testing.T) string {
	t.Helper()
	memory := fmt.Sprintf("%s %d", s.stack, time.Now().UnixNano())
	s.create(t, "ir.attachment", map[string]any{"name": memory, "raw": memory})
	return memory
}

func (s *site) remembers(t *testing.T, memory string) {
	t.Helper()
	var rows []struct{ Raw string }
	checkout.Decode(t, string(s.callWith(t, "ir.attachment", "search_read", map[string]any{
		"domain": []any{[]any{"name", "=", memory}}, "fields": []string{"raw"},
	})), &rows)
	require.Len(t, rows, 1, "the row is kept")
	assert.NotEmpty(t, rows[0].Raw, "and so is its file")
}

// previewContentSteps are what a preview is to its people, and what it leaves.
func previewContentSteps(t *testing.T, c *checkout.Checkout, staging *site, step func(string, func(*testing.T))) {
	var one *site

	step("a preview is open to who has its password, and to nobody else", func(t *testing.T) {
		one = loadPreview(t, c, 1)
		one.isClosed(t)
		onlyTwoCrons(t, c, one)
	})

	step("mail of a preview is in its own MailHog and nowhere else", func(t *testing.T) {
		mailIsCaught(t, c, one, staging)
	})

	step("a button and a job of a preview that call outside fail and are logged", func(t *testing.T) {
		callsOutsideFail(t, c, one)
	})

	step("pr up and pr down leave nothing behind", func(t *testing.T) {
		host := loadPreviewHost(t, c)
		cloud, machine := summary(t, c), host.inventory(t)
		r := pr(t, c, "up", 7)
		require.Zero(t, r.Code, r.All())
		t.Log(r.Stdout)
		assert.NotEqual(t, machine, host.inventory(t))
		r = pr(t, c, "down", 7)
		require.Zero(t, r.Code, r.All())
		assert.Equal(t, machine, host.inventory(t), "the host")
		assert.JSONEq(t, cloud, summary(t, c), "the cloud")
		r = pr(t, c, "down", 7)
		assert.Zero(t, r.Code, "down of what is gone: %s", r.All())
	})
}

// previewSteps are the life of the previews and of their host.
func previewSteps(c *checkout.Checkout, step func(string, func(*testing.T))) {
	var one *site
	var host *previewHost
	memory := ""

	step("a second up from an empty clone keeps the data", func(t *testing.T) {
		host, one = loadPreviewHost(t, c), loadPreview(t, c, 1)
		memory = one.remember(t)
		c.Must(t, "bash", "-c", "rm -rf .odooops/previews .odooops/ssh/preview-pr-1")
		one = preview(t, c, 1)
		one.remembers(t, memory)
	})

	step("two ups of one pull request at once end with one preview that works", func(t *testing.T) {
		results := together(2, func(int) checkout.Result { return pr(t, c, "up", 7) })
		done := 0
		for _, r := range results {
			if r.Code == 0 {
				done++
				continue
			}
			assert.Contains(t, r.Stderr, "pr up --number 7: the stack is locked by")
		}
		assert.NotZero(t, done, "%s\n%s", results[0].All(), results[1].All())
		loadPreview(t, c, 7)
		require.Zero(t, pr(t, c, "down", 7).Code)
	})

	step("killed at any moment of its making, a preview is whole after the next up", func(t *testing.T) {
		for _, after := range []time.Duration{1500 * time.Millisecond, 3 * time.Second, 5 * time.Second} {
			c.KillAfter(t, after, "bin/odooops", "pr", "up", "--number", "7")
		}
		seven := preview(t, c, 7)
		assert.NotEmpty(t, seven.sql(t, c, "select count(*) from res_partner"))
		require.Zero(t, pr(t, c, "down", 7).Code)
	})

	step("a new image keeps the data and updates the modules that changed", func(t *testing.T) {
		seven := preview(t, c, 7)
		kept := seven.remember(t)
		ref := odooWith(t, c, "changed", "RUN echo '# changed' >>/usr/lib/python3/dist-packages/odoo/addons/contacts/__manifest__.py")
		seven = preview(t, c, 7, "--image", "odoo="+ref)
		seven.remembers(t, kept)
		r := seven.onHost(t, c, "docker logs preview-pr-7-odoo-update 2>&1")
		require.Zero(t, r.Code, r.All())
		assert.Contains(t, r.Stdout, "contacts")
	})

	step("a module whose tests fail fails the up, and its log outlives it", func(t *testing.T) {
		addon := "/usr/lib/python3/dist-packages/odoo/addons/contacts"
		ref := odooWith(t, c, "broken", "RUN mkdir -p "+addon+"/tests && "+
			`printf 'from . import test_broken\n' >`+addon+"/tests/__init__.py && "+
			`printf 'from odoo.tests import TransactionCase\n\nclass TestBroken(TransactionCase):\n    def test_broken(self):\n        self.fail("broken on purpose")\n' >`+
			addon+"/tests/test_broken.py")
		r := pr(t, c, "up", 7, "--image", "odoo="+ref, "--test")
		require.Equal(t, 1, r.Code, r.All())
		logs, err := filepath.Glob(filepath.Join(c.Dir, ".odooops/logs/preview-pr-7-*.log"))
		require.NoError(t, err)
		require.NotEmpty(t, logs, r.Stderr)
		content, err := os.ReadFile(logs[len(logs)-1])
		require.NoError(t, err)
		assert.Contains(t, string(content), "broken on purpose")
		assert.Contains(t, r.Stderr, filepath.Base(logs[len(logs)-1]), "the error says where the log is")
	})

	step("reset-data begins anew from the newest template", func(t *testing.T) {
		seven := preview(t, c, 7, "--image", "odoo="+odooImage(t, c), "--reset-data")
		assert.Equal(t, "0", seven.sql(t, c, "select count(*) from ir_attachment where name like 'preview-pr-7 %'"))
		require.Zero(t, pr(t, c, "down", 7).Code)
	})

	step("a long request lives on while ten previews come up and go", func(t *testing.T) {
		machine := host.inventory(t)
		ended := make(chan error, 1)
		go func() { ended <- one.slowUpload(t.Context(), 45*time.Second) }()
		results := together(10, func(i int) checkout.Result { return pr(t, c, "up", 20+i) })
		for _, r := range results {
			assert.Zero(t, r.Code, r.All())
		}
		require.NoError(t, <-ended, "the request that was under way")
		results = together(10, func(i int) checkout.Result { return pr(t, c, "down", 20+i) })
		for _, r := range results {
			assert.Zero(t, r.Code, r.All())
		}
		assert.Equal(t, machine, host.inventory(t))
	})

	step("a disk full of previews takes neither the host nor the others down", func(t *testing.T) {
		seven := preview(t, c, 7)
		// As fast as the disk takes it, in files that are open.
		fill := "cd /var/lib/odoo/filestore; cat /dev/zero >one & cat /dev/zero >two; wait"
		r := seven.onHost(t, c, "docker exec -d -u odoo "+seven.containers["odoo"]+" sh -c '"+fill+"'")
		require.Zero(t, r.Code, r.All())
		states := func(s *site) string {
			return s.onHost(t, c, "docker inspect -f {{.State.Status}} "+strings.Join(slices.Sorted(maps.Values(s.containers)), " ")).Stdout
		}
		checkout.Eventually(t, 2*time.Minute, "the preview that fills the disk is paused", func(context.Context) (bool, string) {
			now := states(seven)
			return now == "paused\npaused\npaused\n", now
		})
		assert.Equal(t, "running\nrunning\nrunning\n", states(one))
		one.answers(t, 30*time.Second)
		one.sql(t, c, "create table e2e_full as select generate_series(1, 1000000)")
		one.remembers(t, one.remember(t))
		assert.NotContains(t, one.onHost(t, c, "docker logs "+one.containers["postgres"]+" 2>&1").Stdout, "PANIC")
		r = host.run(t, "df -h / /data; systemctl is-active docker ssh")
		require.Zero(t, r.Code, r.All())
		r = pr(t, c, "up", 8)
		assert.Equal(t, 1, r.Code, "admission to a full disk: %s", r.All())
		assert.Contains(t, r.Stderr, "preview-pr-7", "it says what could be freed")
		require.Zero(t, pr(t, c, "down", 7).Code)
		checkout.Eventually(t, time.Minute, "room for a preview again", func(context.Context) (bool, string) {
			r := pr(t, c, "up", 8)
			return r.Code == 0, r.All()
		})
		require.Zero(t, pr(t, c, "down", 8).Code)
		one.sql(t, c, "drop table e2e_full")
	})

	step("a template that is replaced while previews seed from it stays until they are gone", func(t *testing.T) {
		published := make(chan checkout.Result, 1)
		go func() { published <- c.Run(t, "bin/odooops", "template", "publish", "--fresh", "--json") }()
		for number := 7; ; number++ {
			preview(t, c, number)
			require.Zero(t, pr(t, c, "down", number).Code)
			select {
			case r := <-published:
				require.Zero(t, r.Code, r.All())
			default:
				continue
			}
			break
		}
		one.answers(t, 10*time.Second)
		one.remembers(t, memory)
		r := host.run(t, "ls /data/templates")
		assert.Len(t, strings.Fields(r.Stdout), 2, "the new one, and the one under preview 1: %s", r.Stdout)
	})

	step("the host reboots, and everything comes back by itself", func(t *testing.T) {
		const start = "ps -o lstart= -p 1"
		before := host.run(t, start)
		require.Zero(t, before.Code, before.All())
		r := c.Shell(t, `curl -fsS -X POST -H "Authorization: Bearer $DIGITALOCEAN_TOKEN" -H 'Content-Type: application/json' `+
			`-d '{"type":"reboot"}' "${DIGITALOCEAN_API_URL%/}/v2/droplets/`+host.HostID+`/actions"`)
		require.Zero(t, r.Code, r.All())
		checkout.Eventually(t, 4*time.Minute, "the machine's second start", func(context.Context) (bool, string) {
			now := host.run(t, start)
			return now.Code == 0 && now.Stdout != before.Stdout, now.All()
		})
		one.answers(t, 3*time.Minute)
		one.remembers(t, memory)
	})

	step("the host is replaced, and a preview's data outlives it", func(t *testing.T) {
		c.Must(t, "bin/odooops", "host", "replace", "preview-host")
		old := host.HostID
		host = loadPreviewHost(t, c)
		require.NotEqual(t, old, host.HostID)
		one = preview(t, c, 1)
		one.remembers(t, memory)
	})

	step("a preview that was left on a replaced host goes without a trace", func(t *testing.T) {
		machine := host.inventory(t)
		preview(t, c, 7)
		c.Must(t, "bin/odooops", "host", "replace", "preview-host")
		host = loadPreviewHost(t, c)
		require.Zero(t, pr(t, c, "down", 7).Code)
		one = preview(t, c, 1)
		assert.Equal(t, machine, host.inventory(t))
	})
}

// together runs something side by side.
func together[T any](n int, run func(int) T) []T {
	results := make([]T, n)
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() { results[i] = run(i) })
	}
	wg.Wait()
	return results
}

// slowUpload sends a request whose body takes its time.
func (s *site) slowUpload(ctx context.Context, takes time.Duration) error {
	body, writer := io.Pipe()
	go func() {
		for end := time.Now().Add(takes); time.Now().Before(end); time.Sleep(time.Second) {
			_, _ = writer.Write(bytes.Repeat([]byte("x"), 1024))
		}
		_ = writer.Close()
	}()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+s.host+":"+frontPort+"/web/login", body)
	if err != nil {
		return err
	}
	req.SetBasicAuth(s.user, s.password)
	client := checkout.Browser()
	client.Timeout = takes + time.Minute
	res, err := client.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }()
	// A form without a token is refused by Odoo itself, and by nobody before it.
	if res.StatusCode >= http.StatusInternalServerError {
		return fmt.Errorf("the slow request ended with %s", res.Status)
	}
	return nil
}

package e2e

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/odooops/odooops/tests/checkout"
)

// productionSteps are the life of production: people, deploys, a full disk, a
// repository that is away, machines that are replaced and die.
func productionSteps(t *testing.T, c *checkout.Checkout, step func(string, func(*testing.T))) {
	var prod production

	step("production is there", func(t *testing.T) { prod.load(t, c) })

	step("the printed URL answers with the login page", func(t *testing.T) {
		body := get(t, prod.url, http.StatusOK)
		assert.Contains(t, body, "csrf_token")
	})

	step("smoke sees what a user would", func(t *testing.T) { smokePasses(t, c, "production") })

	step("a commit is in the bucket within a minute", func(t *testing.T) {
		prod.sql(t, c, "create table if not exists e2e_wal (n int)")
		wal := prod.sql(t, c, "insert into e2e_wal values (1); select pg_walfile_name(pg_current_wal_lsn())")
		wal = wal[strings.LastIndex(wal, "\n")+1:]
		checkout.Eventually(t, time.Minute, "segment "+wal+" in the bucket", func(context.Context) (bool, string) {
			return prod.bucketHas(t, c, wal), ""
		})
	})

	step("plain pulumi preview shows no change, before and after a refresh", func(t *testing.T) {
		noChange(t, c)
		r := c.Pulumi(t, "refresh", "-s", "production", "--yes", "--expect-no-changes")
		require.Zero(t, r.Code, "refresh shows drift:\n%s%s", r.Stdout, r.Stderr)
		noChange(t, c)
	})

	step("a container deleted behind Pulumi's back is found and repaired", func(t *testing.T) {
		r := onHost(t, c, prod.PrivateIP, "docker rm -f "+prod.Containers["odoo"])
		require.Zero(t, r.Code, r.Stderr)
		r = c.Pulumi(t, "refresh", "-s", "production", "--yes")
		require.Zero(t, r.Code, r.Stderr)
		c.Must(t, "bin/odooops", "up", "production")
		prod.loginPage(t)
	})

	step("a new Odoo image keeps database and filestore", func(t *testing.T) {
		prod.remember(t, c)
		ref := otherOdoo(t, c)
		c.Must(t, "bin/odooops", "up", "production", "--image", "odoo="+ref)
		r := onHost(t, c, prod.PrivateIP, "docker inspect -f '{{index .Config.Labels \"e2e\"}}' "+prod.Containers["odoo"])
		require.Equal(t, "other", strings.TrimSpace(r.Stdout), "the container runs the new image")
		prod.loginPage(t)
		prod.remembers(t, c)
		noChange(t, c)
	})

	step("destroy refuses while data is protected, before it deletes anything", func(t *testing.T) {
		before := c.Must(t, "bin/odooops", "local", "status", "--json")
		r := c.Run(t, "bin/odooops", "destroy", "production")
		require.NotZero(t, r.Code)
		assert.Contains(t, r.Stderr, "protected")
		after := c.Must(t, "bin/odooops", "local", "status", "--json")
		assert.JSONEq(t, before, after)
		prod.loginPage(t)
	})

	step("uploads that fill the disk end before Postgres stops committing", func(t *testing.T) {
		// As Odoo itself would: its user, in its filestore, a file at a time.
		fill := "i=0; while [ $i -lt 400 ]; do head -c 32M /dev/zero >/var/lib/odoo/filestore/fill-$i || exit 0; i=$((i+1)); sleep 0.1; done; echo never full"
		r := onHost(t, c, prod.PrivateIP, "docker exec -u odoo "+prod.Containers["odoo"]+" sh -c '"+fill+"'")
		t.Log(r.All())
		assert.NotContains(t, r.Stdout, "never full")
		prod.sql(t, c, "insert into e2e_wal select generate_series(1,500000)")
		prod.sql(t, c, "checkpoint")
		r = onHost(t, c, prod.PrivateIP, "df --output=avail -BM /data | tail -n1")
		t.Log("left for Postgres: " + strings.TrimSpace(r.Stdout))
		// The operator makes room as the runbook says, and uploads go on by themselves.
		r = onHost(t, c, prod.PrivateIP, "sudo sh -c 'systemctl stop data-reserve; cd /data/production/current/filestore/filestore && chattr -i . && rm fill-*; systemctl start data-reserve'")
		require.Zero(t, r.Code, r.Stderr)
		checkout.Eventually(t, 30*time.Second, "an upload", func(context.Context) (bool, string) {
			r := onHost(t, c, prod.PrivateIP, "docker exec -u odoo "+prod.Containers["odoo"]+" sh -c 'echo >/var/lib/odoo/filestore/upload'")
			return r.Code == 0, r.All()
		})
	})

	step("WAL that can not be archived is kept, and status says how long is left", func(t *testing.T) {
		block := "sudo nft -f - <<'EOF'\ntable inet e2e { chain f { type filter hook forward priority -200; ip saddr != 10.20.0.0/20 ip daddr " +
			"10.125.0.1 tcp dport 443 drop; }; }\nEOF"
		r := onHost(t, c, prod.PrivateIP, block)
		require.Zero(t, r.Code, r.Stderr)
		wal := prod.sql(t, c, "insert into e2e_wal values (2); select pg_walfile_name(pg_current_wal_lsn())")
		checkout.Eventually(t, 4*time.Minute, "status says that archiving fails", func(context.Context) (bool, string) {
			var stacks []struct {
				Stack string
				WAL   *struct {
					Failing           bool
					WaitingSegments   int
					DiskFullInSeconds *float64
				}
			}
			r := c.Run(t, "bin/odooops", "status", "--json")
			checkout.Decode(t, r.Stdout, &stacks)
			for _, s := range stacks {
				if w := s.WAL; w != nil && w.WaitingSegments > 0 && w.Failing && w.DiskFullInSeconds != nil {
					return true, ""
				}
			}
			return false, r.Stdout
		})
		r = onHost(t, c, prod.PrivateIP, "sudo nft delete table inet e2e")
		require.Zero(t, r.Code, r.Stderr)
		checkout.Eventually(t, 3*time.Minute, "segment "+wal+" in the bucket after all", func(context.Context) (bool, string) {
			return prod.bucketHas(t, c, wal), ""
		})
	})

	step("host replace keeps database and filestore", func(t *testing.T) {
		old := prod.HostID
		prod.remember(t, c)
		c.Must(t, "bin/odooops", "host", "replace", "production")
		prod.load(t, c)
		require.NotEqual(t, old, prod.HostID)
		prod.loginPage(t)
		prod.remembers(t, c)
		noChange(t, c)
	})

	step("a host that is down: up without changes and status answer and say so", func(t *testing.T) {
		prod.kill(t)
		r := c.Run(t, "bin/odooops", "status")
		assert.Less(t, r.Took, 30*time.Second)
		assert.Contains(t, r.All(), "does not answer")
		r = c.Run(t, "bin/odooops", "up", "production")
		assert.Less(t, r.Took, time.Minute)
		assert.Contains(t, r.All(), "does not answer")
	})

	step("host replace of a dead machine keeps database and filestore", func(t *testing.T) {
		old := prod.HostID
		c.Must(t, "bin/odooops", "host", "replace", "production")
		prod.load(t, c)
		require.NotEqual(t, old, prod.HostID)
		prod.loginPage(t)
		prod.remembers(t, c)
		noChange(t, c)
		smokePasses(t, c, "production")
	})

	step("destroy, when meant, works although the host is gone", func(t *testing.T) {
		letGo(t, c, "production")
		c.Must(t, "bin/odooops", "up", "production")
		prod.kill(t)
		c.Must(t, "bin/odooops", "destroy", "production", "--confirm", "production")
		var local struct{ Links []struct{ What, URL string } }
		c.JSON(t, &local, "local", "status")
		for _, link := range local.Links {
			assert.NotEqual(t, "production", link.What)
		}
	})
}

// production is what the outside knows of the stack.
type production struct {
	url string // through the front, as `make up` prints it

	HostID       string `json:"hostId"`
	PrivateIP    string `json:"privateIp"`
	Repositories []struct {
		Bucket string `json:"bucket"`
	} `json:"repositories"`
	Containers map[string]string `json:"containers"`

	memory string // what remember wrote
}

func (prod *production) load(t *testing.T, c *checkout.Checkout) {
	t.Helper()
	r := c.Pulumi(t, "stack", "output", "-s", "production", "--json")
	require.Zero(t, r.Code, r.All())
	checkout.Decode(t, r.Stdout, prod)
	var local struct{ Links []struct{ What, URL string } }
	c.JSON(t, &local, "local", "status")
	for _, link := range local.Links {
		if link.What == "production" {
			prod.url = link.URL
		}
	}
	require.NotEmpty(t, prod.url, "the local cloud names production's URL")
}

func (prod *production) loginPage(t *testing.T) {
	t.Helper()
	checkout.Eventually(t, 2*time.Minute, "login page", func(ctx context.Context) (bool, string) {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, prod.url, nil)
		require.NoError(t, err)
		res, err := checkout.Browser().Do(req)
		if err != nil {
			return false, err.Error()
		}
		defer func() { _ = res.Body.Close() }()
		return res.StatusCode == http.StatusOK, res.Status
	})
}

// remember writes a row and a file that remembers looks for.
func (prod *production) remember(t *testing.T, c *checkout.Checkout) {
	t.Helper()
	prod.memory = fmt.Sprintf("e2e %d", time.Now().UnixNano())
	prod.sql(t, c, "create table if not exists e2e_memory (what text)")
	prod.sql(t, c, "insert into e2e_memory values ('"+prod.memory+"')")
	r := onHost(t, c, prod.PrivateIP, "echo '"+prod.memory+"' | sudo tee /data/production/current/filestore/e2e >/dev/null")
	require.Zero(t, r.Code, r.Stderr)
}

func (prod *production) remembers(t *testing.T, c *checkout.Checkout) {
	t.Helper()
	assert.Equal(t, "1", prod.sql(t, c, "select count(*) from e2e_memory where what = '"+prod.memory+"'"))
	r := onHost(t, c, prod.PrivateIP, "docker exec "+prod.Containers["odoo"]+" cat /var/lib/odoo/e2e")
	assert.Equal(t, prod.memory, strings.TrimSpace(r.Stdout), "the file that Odoo sees; %s", r.Stderr)
}

// kill ends the machine as a power cut would.
func (prod *production) kill(t *testing.T) {
	t.Helper()
	pid := strings.TrimSpace(checkout.Output(t, "", "docker", "inspect", "-f", "{{.State.Pid}}",
		strings.Fields(checkout.Output(t, "", "docker", "ps", "-q", "--filter", "label=odooops.localcloud=e2e", "--filter", "label=odooops.localcloud.droplet="+prod.HostID))[0]))
	var n int
	_, err := fmt.Sscan(pid, &n)
	require.NoError(t, err)
	require.NoError(t, syscall.Kill(n, syscall.SIGKILL))
}

// bucketHas looks for an archived segment in the bucket.
func (prod *production) bucketHas(t *testing.T, c *checkout.Checkout, segment string) bool {
	t.Helper()
	pages := s3.NewListObjectsV2Paginator(c.S3(t), &s3.ListObjectsV2Input{Bucket: &prod.Repositories[0].Bucket})
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		require.NoError(t, err)
		for _, object := range page.Contents {
			if strings.Contains(*object.Key, segment) {
				return true
			}
		}
	}
	return false
}

// onHost runs a shell command on production's host as the operator would, by the
// client configuration that `up` wrote.
func onHost(t *testing.T, c *checkout.Checkout, address, command string) checkout.Result {
	t.Helper()
	return c.Run(t, "ssh", "-F", ".odooops/ssh/production/config", "ops@"+address, command)
}

// sql asks production's database.
func (prod *production) sql(t *testing.T, c *checkout.Checkout, query string) string {
	t.Helper()
	r := onHost(t, c, prod.PrivateIP, "docker exec -u postgres "+prod.Containers["postgres"]+" psql -d odoo -Atqc \""+query+"\"")
	require.Zero(t, r.Code, "psql: %s", r.Stderr)
	return strings.TrimSpace(r.Stdout)
}

// smokePasses wants every check of a stack to pass, but PDF where it is off.
func smokePasses(t *testing.T, c *checkout.Checkout, stack string) {
	t.Helper()
	var report struct {
		Checks []struct{ Name, Status, Detail string }
	}
	r := c.Run(t, "bin/odooops", "smoke", stack, "--json")
	require.Zero(t, r.Code, "smoke: %s%s", r.Stdout, r.Stderr)
	checkout.Decode(t, r.Stdout, &report)
	require.NotEmpty(t, report.Checks)
	for _, c := range report.Checks {
		if c.Name == "pdf" && c.Status == "SKIP" {
			continue
		}
		assert.Equal(t, "PASS", c.Status, "%s of %s: %s", c.Name, stack, c.Detail)
	}
}

func noChange(t *testing.T, c *checkout.Checkout) {
	t.Helper()
	r := c.Pulumi(t, "preview", "-s", "production", "--expect-no-changes")
	require.Zero(t, r.Code, "preview shows changes:\n%s%s", r.Stdout, r.Stderr)
}

func get(t *testing.T, url string, status int) string {
	t.Helper()
	res, err := checkout.Browser().Get(url)
	require.NoError(t, err)
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	require.Equal(t, status, res.StatusCode, "%s: %s", url, body)
	return string(body)
}

// smallVolume is one that can be filled.
func smallVolume(t *testing.T, c *checkout.Checkout, stack string) {
	t.Helper()
	editConfig(t, c, stack, func(text string) string {
		return regexp.MustCompile(`volumeSizeGb: \d+`).ReplaceAllString(text, "volumeSizeGb: 6")
	})
}

// letGo is the line of config that lifts a stack's protection.
func letGo(t *testing.T, c *checkout.Checkout, stack string) {
	t.Helper()
	editConfig(t, c, stack, func(text string) string {
		return strings.Replace(text, "\nconfig:\n", "\nconfig:\n  odooops:protect: \"false\"\n", 1)
	})
}

func editConfig(t *testing.T, c *checkout.Checkout, stack string, edit func(string) string) {
	t.Helper()
	file := filepath.Join(c.Dir, "Pulumi."+stack+".yaml")
	content, err := os.ReadFile(file)
	require.NoError(t, err)
	edited := edit(string(content))
	require.NotEqual(t, string(content), edited)
	require.NoError(t, os.WriteFile(file, []byte(edited), 0o600))
}

// otherOdoo pushes an Odoo image that differs by a label, and is its reference.
func otherOdoo(t *testing.T, c *checkout.Checkout) string {
	t.Helper()
	return odooWith(t, c, "other", "LABEL e2e=other")
}

// odooWith pushes an Odoo image with one more layer, and is its reference.
func odooWith(t *testing.T, c *checkout.Checkout, tag, instruction string) string {
	t.Helper()
	name := c.Env(t, "ODOOOPS_LOCAL_REGISTRY") + "/odooops/odoo:e2e-" + tag
	c.Must(t, "bash", "-c", `
printf 'FROM odooops/odoo:current\n%s\n' "$2" | docker build -q -t "$1" - >&2
docker push -q "$1" >&2`, "sh", name, instruction)
	t.Cleanup(func() { checkout.Output(t, "", "docker", "image", "rm", name) })
	digest := strings.TrimSpace(checkout.Output(t, "", "docker", "image", "inspect", "-f", "{{index .RepoDigests 0}}", name))
	return "registry.digitalocean.com/odooops/odoo" + digest[strings.LastIndex(digest, "@"):]
}

// odooImage is the reference that previews are made with when nothing else is said.
func odooImage(t *testing.T, c *checkout.Checkout) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(c.Dir, "Pulumi.preview.yaml"))
	require.NoError(t, err)
	m := regexp.MustCompile(`odoo: (\S+@sha256:[0-9a-f]{64})`).FindStringSubmatch(string(content))
	require.NotNil(t, m, "%s", content)
	return m[1]
}

package e2e

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/odooops/odooops/ops/mask/manifest"
	"github.com/odooops/odooops/tests/checkout"
)

// canaries are random values that are put into production where they must not
// come out of: where each one is, by value. They can't be compressed, and all
// look alike, so that they are found in any file.
type canaries map[string]string

var canary = regexp.MustCompile(`zq[0-9a-f]{22}`)

// plant puts one into every column of production that is not kept.
func plant(t *testing.T, c *checkout.Checkout, prod *production) canaries {
	t.Helper()
	sources, err := manifest.Sources()
	require.NoError(t, err)
	m, err := manifest.Parse(sources)
	require.NoError(t, err)
	var wanted []string
	for _, line := range strings.Split(prod.sql(t, c, "select table_name || '.' || column_name from information_schema.columns where table_schema = 'public'"), "\n") {
		table, column, _ := strings.Cut(line, ".")
		of := m.Tables[table]
		class, known := of.Columns[column]
		if of.Truncate || known && class.Action != manifest.Keep && class.Action != manifest.File && !isKeptByRow(m, table, column) {
			wanted = append(wanted, table+"\t"+column)
		}
	}
	script, err := os.ReadFile("testdata/canaries.sql")
	require.NoError(t, err)
	prod.put(t, c, "canaries.sql", string(script))
	prod.put(t, c, "wanted.tsv", strings.Join(wanted, "\n")+"\n")
	r := onHost(t, c, prod.PrivateIP, "docker cp -q /tmp/canaries.sql "+prod.Containers["postgres"]+":/tmp/canaries.sql && "+
		"docker exec -i -u postgres "+prod.Containers["postgres"]+" psql -d odoo -f /tmp/canaries.sql </tmp/wanted.tsv && rm /tmp/wanted.tsv /tmp/canaries.sql")
	require.Zero(t, r.Code, r.Stderr)
	planted, refused := canaries{}, 0
	for _, line := range strings.Split(strings.TrimRight(r.Stdout, "\n"), "\n") {
		f := strings.Split(line, "\t")
		require.Len(t, f, 4, line)
		if f[3] != "" {
			refused++
			t.Logf("%s.%s takes none: %s", f[0], f[1], f[3])
		} else if canary.MatchString(f[2]) { // a short column holds too little to be told apart
			planted[f[2]] = f[0] + "." + f[1]
		}
	}
	t.Logf("%d columns hold a canary, %d can't", len(planted), refused)
	require.Greater(t, len(planted), 300)
	require.Less(t, refused, 30)
	return planted
}

// isKeptByRow says that a rule of the manifest keeps the column in rows that
// modules brought, or that production could not go on with a canary in it: a
// page's source has to stay one. Users' own rows of these are made by hand.
func isKeptByRow(m *manifest.Manifest, table, column string) bool {
	for _, rule := range m.Rows[table] {
		if rule.Columns[column].Action == manifest.Keep {
			return true
		}
	}
	name := table + "." + column
	return name == "ir_attachment.name" || name == "ir_model_data.name" || table == "ir_ui_view" && strings.HasPrefix(column, "arch_")
}

// put writes a file on production's host.
func (prod *production) put(t *testing.T, c *checkout.Checkout, name, content string) {
	t.Helper()
	local := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.WriteFile(local, []byte(content), 0o644))
	c.Must(t, "scp", "-q", "-F", ".odooops/ssh/production/config", local, "ops@"+prod.PrivateIP+":/tmp/"+name)
}

// byHand puts more of them in as a user does: a contact, mail, files, a user.
func (planted canaries) byHand(t *testing.T, s *site) {
	t.Helper()
	value := func(where string) string {
		v := "zq" + checkout.RandomHex(t, 11)
		planted[v] = where
		return v
	}
	partner := s.create(t, "res.partner", map[string]any{
		"name": value("API name") + " Meyer", "email": value("API email") + "@customer.test", "phone": "+32 470 12 34 56",
		"street": value("API street"), "city": value("API city"), "vat": value("API vat"), "comment": "<p>" + value("API comment") + "</p>",
	})
	inside := base64.StdEncoding.EncodeToString([]byte("x" + value("base64 in a message")))
	s.callWith(t, "res.partner", "message_post", map[string]any{
		"body":         "<p>" + value("API message") + "</p><img src=\"data:image/png;base64," + inside + "\">",
		"subject":      value("API subject"),
		"body_is_html": true,
	}, []int{partner})
	for _, kind := range []string{"text/plain", "application/pdf", "image/png", "text/html", "application/json", "application/octet-stream"} {
		s.create(t, "ir.attachment", map[string]any{
			"name": value("attachment's name") + "." + filepath.Base(kind), "mimetype": kind, "res_model": "res.partner", "res_id": partner,
			"raw": value("attachment of " + kind),
		})
	}
	s.create(t, "ir.model.data", map[string]any{
		"module": "__import__", "name": "partner_" + value("external id"), "model": "res.partner", "res_id": partner,
	})
	s.create(t, "ir.config_parameter", map[string]any{"key": "vendor.api_key", "value": value("parameter")})
	s.create(t, "res.users", map[string]any{"name": value("user's name"), "login": value("user's login") + "@customer.test", "password": value("password")})
}

// in looks for them in a device or a file, whatever it holds.
func (planted canaries) in(t *testing.T, path string) {
	t.Helper()
	file, err := os.Open(path)
	require.NoError(t, err)
	defer func() { _ = file.Close() }()
	planted.notIn(t, path, file)
}

func (planted canaries) notIn(t *testing.T, name string, r io.Reader) {
	t.Helper()
	const most = 24 // a canary may lie across two reads
	buffer := make([]byte, 4<<20)
	kept := 0
	var total int64
	var found []string
	for {
		n, err := io.ReadFull(r, buffer[kept:])
		total += int64(n)
		chunk := buffer[:kept+n]
		for rest := chunk; ; {
			i := bytes.Index(rest, []byte("zq"))
			if i < 0 {
				break
			}
			rest = rest[i:]
			if len(rest) >= most {
				if where, is := planted[string(rest[:most])]; is && !slices.Contains(found, where) {
					found = append(found, where)
				}
			}
			rest = rest[2:]
		}
		if err != nil {
			break
		}
		kept = copy(buffer, chunk[len(chunk)-most:])
	}
	assert.Empty(t, found, "canaries in %s", name)
	t.Logf("%s: %d MB looked through", name, total>>20)
	require.NotZero(t, total, name)
}

// volumeOf is the block device of a machine's data volume, as this computer sees it.
func volumeOf(t *testing.T, s *site, c *checkout.Checkout) string {
	t.Helper()
	r := s.onHost(t, c, "findmnt -no SOURCE /data")
	require.Zero(t, r.Code, r.All())
	device := strings.TrimSpace(r.Stdout)
	require.True(t, strings.HasPrefix(device, "/dev/"), device)
	return device
}

// areNotOn looks through a site's volume, block by block, and through all else
// that is on its machine.
func (planted canaries) areNotOn(t *testing.T, c *checkout.Checkout, s *site) {
	t.Helper()
	r := s.onHost(t, c, "sync; sudo sync -f /data")
	require.Zero(t, r.Code, r.Stderr)
	planted.in(t, volumeOf(t, s, c))
	r = s.onHost(t, c, "sudo grep -rlaE --exclude-dir=overlay2 'zq[0-9a-f]{22}' /var/lib/docker /var/log /run /tmp /home /root 2>/dev/null || true")
	assert.Empty(t, strings.TrimSpace(r.Stdout), "canaries beside the volume of %s", s.stack)
	r = s.onHost(t, c, fmt.Sprintf("docker logs %s 2>&1 | grep -caE 'zq[0-9a-f]{22}' || true", s.containers["odoo"]))
	assert.Equal(t, "0", strings.TrimSpace(r.Stdout), "canaries in Odoo's log")
}

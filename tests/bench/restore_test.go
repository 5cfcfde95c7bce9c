package bench

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/odooops/odooops/tests/checkout"
)

// contactsPerGB is how many rows of bulk.sql's make a gigabyte of database.
const contactsPerGB = 190_000

// BenchmarkRestore: staging from production's masked data, against pg_dump and
// pg_restore of the same database without masking; first a tenth of the size,
// then the whole (BENCH_GB, default 4).
func BenchmarkRestore(b *testing.B) {
	c := checkout.New(b, "--instance bench --subnet 10.128.0.0/20 --ports 17290")
	c.Must(b, "scripts/tools/install")
	c.Must(b, "scripts/images/build")
	size := 4.0
	if v, err := strconv.ParseFloat(os.Getenv("BENCH_GB"), 64); err == nil {
		size = v
	}
	c.Must(b, "scripts/up")
	for _, gb := range []float64{size / 10, size} {
		b.Run(fmt.Sprintf("%.1fGB", gb), func(b *testing.B) {
			measureRestore(b, c, gb)
		})
	}
}

func measureRestore(b *testing.B, c *checkout.Checkout, gb float64) {
	b.Helper()
	have := fill(b, c, gb)
	dump, load := yardstick(b, c)
	var backup []struct {
		Repository     int
		Seconds, Bytes float64
	}
	quiet := people(b, c, 20*time.Second)
	busy := make(chan served, 1)
	go func() { busy <- people(b, c, 20*time.Second) }()
	c.JSON(b, &backup, "backup", "run", "production", "--type", "full")
	during := <-busy
	b.ReportMetric(during.p95/quiet.p95, "x-p95-during-backup")
	var restored struct {
		Steps []struct {
			Name    string
			Seconds float64
		}
	}
	c.JSON(b, &restored, "restore", "staging", "--from", "production")
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(have, "GB")
	b.ReportMetric(dump+load, "s-dump-and-restore")
	work := 0.0
	for _, s := range restored.Steps {
		b.ReportMetric(s.Seconds, "s-"+strings.ReplaceAll(s.Name, " ", "-"))
		switch s.Name {
		case "check", "quarantine", "prepare", "destroy": // the machine's
		case "switch", "answer": // the target's
		default:
			work += s.Seconds
		}
		if s.Name == "mask" {
			b.ReportMetric(have*1000/s.Seconds, "MB/s-mask")
		}
	}
	b.ReportMetric(work, "s-restore-to-publish")
	b.ReportMetric(work/(dump+load), "x-dump-and-restore")
	for _, r := range backup {
		b.ReportMetric(r.Seconds, fmt.Sprintf("s-backup-%d", r.Repository))
		b.ReportMetric(have*1000/r.Seconds, fmt.Sprintf("MB/s-backup-%d", r.Repository))
	}
}

// fill adds rows until production has so many gigabytes, and returns what it has.
func fill(b *testing.B, c *checkout.Checkout, gb float64) float64 {
	b.Helper()
	have := databaseGB(b, c)
	if have < gb {
		// The files that attachments share, as Odoo itself puts them there.
		host(b, c, `docker exec -i production-odoo odoo shell -c /etc/odoo/odoo.conf -d odoo --no-http --log-level=error --shell-interface=python <<'EOF'
if not env['ir.attachment'].search_count([('name', '=like', 'bulk-%')]):
    import os
    env['ir.attachment'].create([{'name': 'bulk-%d' % n, 'raw': os.urandom(10000), 'mimetype': 'text/plain'} for n in range(1000)])
    env.cr.commit()
EOF`)
		contacts := strconv.Itoa(int((gb - have) * contactsPerGB))
		host(b, c, "docker exec -i -u postgres production-postgres psql -d odoo -q --set=contacts="+contacts+" <<'EOF'\n"+text(b, "bulk.sql")+"\nEOF")
		have = databaseGB(b, c)
	}
	return have
}

func yardstick(b *testing.B, c *checkout.Checkout) (dump, load float64) {
	b.Helper()
	out := host(b, c, "sudo sh -s $(docker inspect -f '{{.Image}}' production-postgres) <<'EOF'\n"+text(b, "yardstick.sh")+"\nEOF")
	_, err := fmt.Sscan(out, &dump, &load)
	require.NoError(b, err, "%q", out)
	return dump, load
}

func databaseGB(b *testing.B, c *checkout.Checkout) float64 {
	b.Helper()
	out := host(b, c, `docker exec -u postgres production-postgres psql -d odoo -Atqc "select pg_database_size('odoo')"`)
	bytes, err := strconv.ParseFloat(out, 64)
	require.NoError(b, err)
	return bytes / 1e9
}

// host runs a shell command on production's machine.
func host(b *testing.B, c *checkout.Checkout, command string) string {
	b.Helper()
	ip := strings.TrimSpace(c.Pulumi(b, "stack", "output", "privateIp", "-s", "production").Stdout)
	return strings.TrimSpace(c.Must(b, "ssh", "-F", ".odooops/ssh/production/config", "ops@"+ip, command))
}

func text(b *testing.B, name string) string {
	b.Helper()
	content, err := os.ReadFile(filepath.Join("testdata", name))
	require.NoError(b, err)
	return string(content)
}

package bench

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/odooops/odooops/tests/checkout"
)

// previewRuns is how often each size is measured.
const previewRuns = 5

// BenchmarkPreview: `odooops pr up` to the login page at three sizes of the
// database and where the time goes, the first page in a browser after that,
// what one costs at rest, and the copy without reflinks.
func BenchmarkPreview(b *testing.B) {
	c := checkout.New(b, "--instance bench --subnet 10.128.0.0/20 --ports 17290")
	c.Must(b, "scripts/tools/install")
	c.Must(b, "scripts/images/build")
	c.Must(b, "scripts/up")
	b.ReportMetric(0, "ns/op")
	h := hostOfPreviews(b, c)

	median := map[string]float64{}
	number := 100
	for _, size := range []struct {
		name string
		mb   int
	}{{"0.1GB", 100}, {"1GB", 1000}, {"4GB", 4000}} {
		h.grow(b, size.name, size.mb)
		var seconds []float64
		phases := map[string][]float64{}
		for range previewRuns {
			number++
			began := time.Now()
			var up struct{ Seconds map[string]float64 }
			c.JSON(b, &up, "pr", "up", "--number", strconv.Itoa(number))
			seconds = append(seconds, time.Since(began).Seconds())
			for phase, s := range up.Seconds {
				phases[phase] = append(phases[phase], s)
			}
			c.Must(b, "bin/odooops", "pr", "down", "--number", strconv.Itoa(number))
		}
		median[size.name] = middle(seconds)
		b.ReportMetric(median[size.name], "s-up-"+size.name)
		for _, phase := range slices.Sorted(maps.Keys(phases)) {
			b.ReportMetric(middle(phases[phase]), "s-"+phase+"-"+size.name)
		}
	}
	b.ReportMetric(median["4GB"]/median["0.1GB"], "x-4GB-to-0.1GB")
	b.ReportMetric(h.copies(b, "always"), "s-reflink-4GB")
	b.ReportMetric(h.copies(b, "never"), "s-plain-copy-4GB")

	free := h.free(b)
	c.Must(b, "bin/odooops", "pr", "up", "--number", "99")
	b.ReportMetric(firstPage(b, c, 99).Seconds(), "s-first-page")
	time.Sleep(30 * time.Second)
	b.ReportMetric(free-h.free(b), "MB-disk-at-rest")
	b.ReportMetric(h.memory(b, 99), "MiB-at-rest")
}

// previews is their host.
type previews struct {
	PrivateIP string
	c         *checkout.Checkout
}

func hostOfPreviews(b *testing.B, c *checkout.Checkout) previews {
	b.Helper()
	p := previews{c: c}
	r := c.Run(b, "bash", "-c", `eval "$(bin/odooops local env --zone previews)"; pulumi --non-interactive stack output -s preview-host --json`)
	require.Zero(b, r.Code, r.All())
	checkout.Decode(b, r.Stdout, &p)
	return p
}

func (p previews) run(b *testing.B, command string) string {
	b.Helper()
	r := p.c.Run(b, "ssh", "-F", ".odooops/ssh/preview-host/config", "ops@"+p.PrivateIP, command)
	require.Zero(b, r.Code, r.All())
	return r.Stdout
}

// grow publishes a copy of the newest template with a table that fills the
// database to a size.
func (p previews) grow(b *testing.B, id string, mb int) {
	b.Helper()
	p.run(b, fmt.Sprintf(`sudo bash -euo pipefail -s <<'EOF'
cd /data/templates
base=$(ls -t | grep -v '^bench-' | head -n1)
rm -rf .bench; cp -a --reflink=always "$base" .bench
image=$(docker inspect -f '{{.Image}}' preview-pr-1-postgres)
docker run --rm --network none --entrypoint bash -v /data/templates/.bench/pgdata:/pgdata "$image" -euc '
  run() { setpriv --reuid=postgres --regid=postgres --clear-groups "$@"; }
  bin=$(ls -d /usr/lib/postgresql/*/bin)
  run $bin/pg_ctl -D /pgdata -w -o "-c fsync=off -c max_wal_size=4GB -c listen_addresses= -k /tmp" start >/dev/null
  run psql -h /tmp -U postgres -d odoo -qc "create table bench_fill as select g, repeat(md5(g::text), 30) as t from generate_series(1, %d) g"
  run $bin/pg_ctl -D /pgdata -w stop >/dev/null
  run $bin/pg_resetwal -D /pgdata >/dev/null'
sed -i 's/"id": *"[^"]*"/"id":"bench-%s"/; s/"created": *"[^"]*"/"created":"'$(date -u +%%FT%%TZ)'"/' .bench/complete.json
rm -rf bench-%s; mv .bench bench-%s
sync -f /data
EOF`, mb*1000, id, id, id))
}

// copies is how long the newest template's cluster takes to copy, on disk.
func (p previews) copies(b *testing.B, reflink string) float64 {
	b.Helper()
	var all []float64
	for range 3 {
		out := p.run(b, `sudo bash -euo pipefail -c '
cd /data/templates; t=$(date +%s%N)
cp -a --reflink=`+reflink+` bench-4GB/pgdata .copy; sync -f .
echo $(( ($(date +%s%N) - t) / 1000000 )); rm -rf .copy; sync -f .'`)
		ms, err := strconv.ParseFloat(strings.TrimSpace(out), 64)
		require.NoError(b, err)
		all = append(all, ms/1000)
	}
	return middle(all)
}

// free is what is free on the data volume, in MB; du does not see reflinks.
func (p previews) free(b *testing.B) float64 {
	b.Helper()
	out := p.run(b, "sync -f /data; df --output=avail -B1 /data | tail -n1")
	n, err := strconv.ParseFloat(strings.TrimSpace(out), 64)
	require.NoError(b, err)
	return n / 1e6
}

// memory is what a preview's containers take together.
func (p previews) memory(b *testing.B, number int) float64 {
	b.Helper()
	out := p.run(b, fmt.Sprintf("docker stats --no-stream --format '{{.MemUsage}}' $(docker ps -q --filter label=odooops.stack=preview-pr-%d)", number))
	sum := 0.0
	for _, m := range regexp.MustCompile(`(?m)^([\d.]+)MiB`).FindAllStringSubmatch(out, -1) {
		n, err := strconv.ParseFloat(m[1], 64)
		require.NoError(b, err)
		sum += n
	}
	return sum
}

// firstPage logs in with a browser that has seen nothing yet, and is the time
// from the click to the backend's first page.
func firstPage(b *testing.B, c *checkout.Checkout, number int) time.Duration {
	b.Helper()
	p := c.Preview(b, number)
	host := strings.TrimPrefix(p.URL, "https://")
	ctx, cancel := chromedp.NewExecAllocator(b.Context(), append(chromedp.DefaultExecAllocatorOptions[:], chromedp.NoSandbox)...)
	defer cancel()
	ctx, cancel = chromedp.NewContext(ctx)
	defer cancel()
	ctx, cancel = context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	login := "http://" + p.EdgeLogin + ":" + p.EdgePassword + "@" + host + ":17290/web/login"
	require.NoError(b, chromedp.Run(ctx,
		chromedp.Navigate(login),
		chromedp.SendKeys(`input[name=login]`, p.AdminLogin),
		chromedp.SendKeys(`input[name=password]`, p.AdminPassword),
	))
	began := time.Now()
	require.NoError(b, chromedp.Run(ctx,
		chromedp.Submit(`form.oe_login_form`),
		chromedp.WaitVisible(`.o_main_navbar`),
	))
	return time.Since(began)
}

// sweepOf is how many previews are swept.
const sweepOf = 50

// BenchmarkSweep: fifty previews on records, all expired.
func BenchmarkSweep(b *testing.B) {
	c := checkout.New(b, "--instance bench --ports 17190")
	c.Vars = append(c.Vars, "MACHINES=none")
	// Room for all of them.
	c.Must(b, "sed", "-i", "s/odooops:size: .*/odooops:size: s-8vcpu-16gb/", "Pulumi.preview-host.yaml")
	c.Must(b, "scripts/up")
	began := time.Now()
	limit := make(chan struct{}, 4)
	errs := make(chan error, sweepOf)
	for i := range sweepOf {
		go func() {
			limit <- struct{}{}
			defer func() { <-limit }()
			out, err := c.Command("bin/odooops", "pr", "up", "--number", strconv.Itoa(100+i), "--ttl", "1m", "--json").CombinedOutput()
			if err != nil {
				err = fmt.Errorf("pr up: %w\n%s", err, out)
			}
			errs <- err
		}()
	}
	for range sweepOf {
		require.NoError(b, <-errs)
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(time.Since(began).Seconds(), "s-create-50")
	time.Sleep(time.Minute) // the last one's life
	began = time.Now()
	out := c.Must(b, "bin/odooops", "ttl", "sweep", "--json")
	b.ReportMetric(time.Since(began).Seconds(), "s-sweep-50")
	require.True(b, json.Valid([]byte(out)))
}

func middle(values []float64) float64 {
	values = slices.Clone(values)
	slices.Sort(values)
	return values[len(values)/2]
}

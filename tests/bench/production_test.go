package bench

import (
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/odooops/odooops/tests/checkout"
)

// users and minutes bound the load; BENCH_MINUTES changes the latter.
const users = 50

// BenchmarkProduction: from `odooops up production` to the login page with
// images present, and where the time goes; then people at work on it.
func BenchmarkProduction(b *testing.B) {
	c := checkout.New(b, "--instance bench --subnet 10.128.0.0/20 --ports 17290")
	c.Must(b, "scripts/tools/install")
	c.Must(b, "scripts/images/build")
	began := time.Now()
	up := c.Run(b, "scripts/up")
	require.Zero(b, up.Code, up.All())
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(time.Since(began).Seconds(), "s-make-up")
	for unit, line := range map[string]string{
		"s-odoo-image": `RemoteImage production-odoo \(([\d.]+) s\)`,
		"s-postgres":   `Container production-postgres \(([\d.]+) s\)`,
		"s-odoo-init":  `Container production-odoo-init \(([\d.]+) s\)`,
		"s-odoo":       `Container production-odoo \(([\d.]+) s\)`,
		"s-edge":       `Container production-edge \(([\d.]+) s\)`,
	} {
		if m := regexp.MustCompile(line).FindStringSubmatch(up.Stderr); m != nil {
			seconds, err := strconv.ParseFloat(m[1], 64)
			require.NoError(b, err)
			b.ReportMetric(seconds, unit)
		}
	}
	load(b, c)
}

// load: people log in once, and then look at a page every second or so.
func load(b *testing.B, c *checkout.Checkout) {
	b.Helper()
	minutes := 2
	if v, err := strconv.Atoi(os.Getenv("BENCH_MINUTES")); err == nil {
		minutes = v
	}
	s := people(b, c, time.Duration(minutes)*time.Minute)
	b.ReportMetric(s.p50, "ms-p50")
	b.ReportMetric(s.p95, "ms-p95")
	b.ReportMetric(float64(s.failures), "failures")
	b.ReportMetric(float64(s.requests), "requests")
	b.ReportMetric(memory(b, c), "MiB-odoo")
}

// served is what people got: milliseconds, and how many.
type served struct {
	p50, p95           float64
	requests, failures int
}

// people work on production for a while.
func people(b *testing.B, c *checkout.Checkout, during time.Duration) served {
	b.Helper()
	var local struct{ Links []struct{ What, URL string } }
	c.JSON(b, &local, "local", "status")
	page := ""
	for _, link := range local.Links {
		if link.What == "production" {
			page = link.URL
		}
	}
	password := strings.TrimSpace(c.Pulumi(b, "config", "get", "odooops:odooAdminPassword", "-s", "production").Stdout)
	login := strings.TrimSpace(c.Pulumi(b, "stack", "output", "adminLogin", "-s", "production").Stdout)
	base := strings.TrimSuffix(page, "/web/login")
	end := time.Now().Add(during)
	var mu sync.Mutex
	var took []time.Duration
	var s served
	seen := func(d time.Duration, ok bool) {
		mu.Lock()
		defer mu.Unlock()
		took = append(took, d)
		if !ok {
			s.failures++
		}
	}
	// One login: fifty at once from one address are what the edge refuses.
	jar := session(b, base, login, password)
	var wg sync.WaitGroup
	for user := range users {
		wg.Go(func() {
			client := checkout.Browser()
			client.Jar = jar
			time.Sleep(time.Duration(user) * 40 * time.Millisecond)
			for n := 0; time.Now().Before(end); n++ {
				began := time.Now()
				err := work(client, base, n)
				seen(time.Since(began), err == nil)
				time.Sleep(2 * time.Second)
			}
		})
	}
	wg.Wait()
	slices.Sort(took)
	s.p50, s.p95 = took[len(took)/2].Seconds()*1000, took[len(took)*95/100].Seconds()*1000
	s.requests = len(took)
	return s
}

// work looks at the login page, or lists the contacts as the web client does.
func work(client *http.Client, base string, n int) error {
	if n%3 == 0 {
		return expect("</html>")(client.Get(base + "/web/login"))
	}
	body := `{"jsonrpc":"2.0","method":"call","params":{"model":"res.partner","method":"web_search_read","args":[],` +
		`"kwargs":{"domain":[],"specification":{"display_name":{},"email":{}},"limit":80}}}`
	return expect(`"records"`)(client.Post(base+"/web/dataset/call_kw/res.partner/web_search_read", "application/json", strings.NewReader(body)))
}

// expect wants 200 and a part of the answer: Odoo answers errors with 200 too.
func expect(part string) func(*http.Response, error) error {
	return func(res *http.Response, err error) error {
		if err != nil {
			return err
		}
		defer func() { _ = res.Body.Close() }()
		body, err := io.ReadAll(res.Body)
		if err == nil && (res.StatusCode != http.StatusOK || !strings.Contains(string(body), part)) {
			err = fmt.Errorf("%s: %.200s", res.Status, body)
		}
		return err
	}
}

func session(b *testing.B, base, login, password string) http.CookieJar {
	b.Helper()
	jar, err := cookiejar.New(nil)
	require.NoError(b, err)
	client := checkout.Browser()
	client.Jar = jar
	body := fmt.Sprintf(`{"jsonrpc":"2.0","params":{"db":"odoo","login":%q,"password":%q}}`, login, password)
	res, err := client.Post(base+"/web/session/authenticate", "application/json", strings.NewReader(body))
	require.NoError(b, err)
	defer func() { _ = res.Body.Close() }()
	require.Equal(b, http.StatusOK, res.StatusCode)
	u, err := url.Parse(base)
	require.NoError(b, err)
	require.NotEmpty(b, jar.Cookies(u))
	return jar
}

// memory is what Odoo's container takes after the load.
func memory(b *testing.B, c *checkout.Checkout) float64 {
	b.Helper()
	ip := strings.TrimSpace(c.Pulumi(b, "stack", "output", "privateIp", "-s", "production").Stdout)
	r := c.Run(b, "ssh", "-F", ".odooops/ssh/production/config", "ops@"+ip,
		"docker stats --no-stream --format '{{.MemUsage}}' production-odoo")
	m := regexp.MustCompile(`([\d.]+)MiB`).FindStringSubmatch(r.Stdout)
	require.NotNil(b, m, r.All())
	v, err := strconv.ParseFloat(m[1], 64)
	require.NoError(b, err)
	return v
}

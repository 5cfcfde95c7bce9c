package bench

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/stretchr/testify/require"

	"github.com/odooops/odooops/components/observability"
)

// stored is how much of something is in the bucket.
type stored struct{ objects, bytes int64 }

func (w *watched) stored(b *testing.B, prefix string) (s stored) {
	b.Helper()
	pages := s3.NewListObjectsV2Paginator(w.outside.client, &s3.ListObjectsV2Input{
		Bucket: aws.String(observability.BucketName(domain)), Prefix: &prefix,
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(b.Context())
		require.NoError(b, err)
		for _, o := range page.Contents {
			s.objects++
			s.bytes += *o.Size
		}
	}
	return s
}

// flushed has Loki write what it has in memory, and are all chunks.
func (w *watched) flushed(b *testing.B) (s stored) {
	b.Helper()
	address, err := w.address(loki)
	require.NoError(b, err)
	r, err := http.Post("http://"+address+":3100/flush", "", nil)
	require.NoError(b, err)
	require.NoError(b, r.Body.Close())
	require.Less(b, r.StatusCode, 300)
	return w.settled(b, "fake/")
}

// settled waits until nothing comes for a while.
func (w *watched) settled(b *testing.B, prefix string) (s stored) {
	b.Helper()
	end := time.Now().Add(2 * time.Minute)
	for last, quiet := (stored{-1, -1}), 0; quiet < 5; time.Sleep(time.Second) {
		require.True(b, time.Now().Before(end), "%s in the bucket does not come to rest: %d bytes", prefix, s.bytes)
		if s = w.stored(b, prefix); s == last && s.bytes > 0 {
			quiet++
		} else {
			quiet = 0
		}
		last = s
	}
	return s
}

// index is how many bytes of it a chunk has. Loki writes it when it ends.
func (w *watched) index(b *testing.B) float64 {
	b.Helper()
	w.stop(b, loki)
	index := w.settled(b, "index/index_")
	return float64(index.bytes) / float64(w.stored(b, "fake/").objects)
}

type samples struct{ series, aDay float64 }

// samplesADay are those of production's agent, at the rate of the last two
// minutes.
func (w *watched) samplesADay(b *testing.B) (s samples) {
	b.Helper()
	var answer struct {
		Data struct{ Result []struct{ Values [][2]any } }
	}
	require.NoError(b, w.get(prometheus, "9090", "/api/v1/query?query="+url.QueryEscape(`{stack="production"}[2m]`), &answer))
	for _, series := range answer.Data.Result {
		s.series++
		s.aDay += float64(len(series.Values)) * 24 * 60 / 2
	}
	require.NotZero(b, s.series, "Prometheus has no sample of the last two minutes")
	return s
}

// blocks is what Prometheus' blocks take: bytes of chunks a sample, and of index
// a series.
type blocks struct{ perSample, perSeries float64 }

// blocks has promtool write production's samples of this run, which are still
// in memory and its log, as blocks. A block of Prometheus' own has two hours in
// it and not minutes, so that its samples take less: these are upper bounds.
func (w *watched) blocks(b *testing.B) blocks {
	b.Helper()
	w.stop(b, prometheus)
	dir := filepath.Join(w.dir, "blocks")
	require.NoError(b, os.Mkdir(dir, 0o777))
	require.NoError(b, os.Chmod(dir, 0o777))
	promtool := func(args ...string) *exec.Cmd {
		return exec.Command("docker", append([]string{
			"run", "--rm", "--name", mark + "promtool", "--network", "none", "--entrypoint", "/bin/promtool",
			"--volume", w.disk(b, observability.DataDir+"/prometheus") + ":/data", "--volume", dir + ":/blocks",
			"odooops/prometheus:current", "tsdb",
		}, args...)...)
	}
	text, err := promtool("dump-openmetrics", `--match={stack="production"}`, "/data").Output()
	require.NoError(b, err)
	require.NoError(b, os.WriteFile(filepath.Join(dir, "samples"), text, 0o644))
	out, err := promtool("create-blocks-from", "openmetrics", "/blocks/samples", "/blocks").CombinedOutput()
	require.NoError(b, err, "%s", out)
	var chunks, index, series, count float64
	metas, err := filepath.Glob(dir + "/*/meta.json")
	require.NoError(b, err)
	require.NotEmpty(b, metas, "promtool made no block: %s", out)
	for _, file := range metas {
		var meta struct {
			Stats struct{ NumSamples, NumSeries float64 }
		}
		text, err := os.ReadFile(file)
		require.NoError(b, err)
		require.NoError(b, json.Unmarshal(text, &meta))
		block := strings.TrimSuffix(file, "/meta.json")
		chunks += float64(bytesIn(block + "/chunks"))
		index += float64(bytesIn(block + "/index"))
		series += meta.Stats.NumSeries
		count += meta.Stats.NumSamples
	}
	return blocks{chunks / count, index / series}
}

// told is when an outage of the site was an alert, and a message, after its
// begin.
type told struct {
	firing, message []time.Duration
	err             error
}

// siteOutages makes some, one after the other.
func (w *watched) siteOutages(n int) <-chan told {
	done := make(chan told, 1)
	go func() {
		var t told
		for range n {
			if t.err == nil {
				t.err = w.siteOutage(&t)
			}
		}
		done <- t
	}()
	return done
}

func (w *watched) siteOutage(t *told) error {
	const patience = 5 * time.Minute
	wait := func(what string, done func() bool) error {
		for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(200 * time.Millisecond) {
			if done() {
				return nil
			}
		}
		return fmt.Errorf("an outage of the site: %s did not come within %s", what, patience)
	}
	if err := wait("its metric", w.siteIsUp); err != nil {
		return err
	}
	began := time.Now()
	w.outside.siteDown()
	defer w.outside.siteUp()
	if err := wait("the alert", func() bool {
		var alerts []struct{ Labels map[string]string }
		err := w.get(alertmanager, "9093", `/api/v2/alerts?active=true&filter=alertname%3D%22SiteDown%22`, &alerts)
		return err == nil && len(alerts) > 0 && alerts[0].Labels["stack"] == "production"
	}); err != nil {
		return err
	}
	t.firing = append(t.firing, time.Since(began))
	if err := wait("the message", func() bool {
		at, ok := w.outside.heard(began, "Page", "SiteDown", "production")
		if ok {
			t.message = append(t.message, at.Sub(began))
		}
		return ok
	}); err != nil {
		return err
	}
	w.outside.siteUp()
	back := time.Now()
	return wait("its end", func() bool {
		_, ok := w.outside.heard(back, "Resolved", "SiteDown")
		return ok
	})
}

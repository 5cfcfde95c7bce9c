package bench

import (
	"encoding/pem"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/stretchr/testify/require"

	"github.com/odooops/odooops/components/observability"
	"github.com/odooops/odooops/localcloud/spaces"
)

// world is what the containers talk to: a bucket, the site, what counts beside
// Postgres, and the chat.
type world struct {
	spacesAddress, siteAddress, webhookAddress string

	client *s3.Client
	// down is closed when the site answers again; nil is up.
	down atomic.Pointer[chan struct{}]

	mu       sync.Mutex
	messages []message
}

type message struct {
	at   time.Time
	text string
}

// newWorld listens on an address of this computer; dir is the hosts' disk.
func newWorld(b *testing.B, address, dir string) *world {
	b.Helper()
	w := &world{}
	serve := func(port string, h http.Handler) *httptest.Server {
		l, err := net.Listen("tcp", net.JoinHostPort(address, port))
		require.NoError(b, err)
		s := httptest.NewUnstartedServer(h)
		_ = s.Listener.Close()
		s.Listener = l
		return s
	}
	started := func(s *httptest.Server) string {
		s.Start()
		b.Cleanup(s.Close)
		return s.URL
	}
	w.webhookAddress = started(serve("0", http.HandlerFunc(w.hear)))
	started(serve("9187", http.HandlerFunc(exporterPage)))

	site := serve("0", http.HandlerFunc(w.site))
	site.StartTLS()
	b.Cleanup(func() { w.siteUp(); site.Close() })
	w.siteAddress = site.Listener.Addr().String()
	certificates := filepath.Join(dir, "etc/ssl/certs")
	require.NoError(b, os.MkdirAll(certificates, 0o755))
	certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: site.Certificate().Raw})
	require.NoError(b, os.WriteFile(filepath.Join(certificates, "site.pem"), certificate, 0o644))

	store, err := spaces.OpenStore(filepath.Join(dir, "spaces"), time.Now)
	require.NoError(b, err)
	bucket := observability.BucketName(domain)
	w.spacesAddress = started(serve("0", &spaces.Server{
		Store: store, Faults: &spaces.Faults{}, Log: slog.New(slog.DiscardHandler), Now: time.Now,
		Keys: func(k string) (spaces.Access, bool) {
			if k == "owner" {
				return spaces.Access{Secret: "secret", Full: true}, true
			}
			return spaces.Access{Secret: spacesSecret, Buckets: map[string]bool{bucket: true}}, k == spacesKey
		},
	}))
	w.client = s3.New(s3.Options{
		Region: "fra1", BaseEndpoint: &w.spacesAddress, UsePathStyle: true,
		Credentials: credentials.NewStaticCredentialsProvider("owner", "secret", ""),
	})
	_, err = w.client.CreateBucket(b.Context(), &s3.CreateBucketInput{Bucket: &bucket})
	require.NoError(b, err)
	return w
}

// site is the page that is asked for its health. When it is down it takes
// connections and does not answer.
func (w *world) site(_ http.ResponseWriter, r *http.Request) {
	if up := w.down.Load(); up != nil {
		select {
		case <-*up:
		case <-r.Context().Done():
		}
	}
}

func (w *world) siteDown() {
	up := make(chan struct{})
	w.down.Store(&up)
}

func (w *world) siteUp() {
	if up := w.down.Swap(nil); up != nil {
		close(*up)
	}
}

// hear is the chat, which answers as Mattermost does.
func (w *world) hear(answer http.ResponseWriter, r *http.Request) {
	text, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	_, _ = io.WriteString(answer, "ok")
	w.mu.Lock()
	defer w.mu.Unlock()
	w.messages = append(w.messages, message{time.Now(), string(text)})
}

// heard is when a message with all these words came after a time.
func (w *world) heard(after time.Time, words ...string) (at time.Time, ok bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, m := range w.messages {
		missing := false
		for _, word := range words {
			missing = missing || !strings.Contains(m.text, word)
		}
		if m.at.After(after) && !missing {
			return m.at, true
		}
	}
	return at, false
}

// exporterPage stands for odooops-metrics of a production: as many series, of
// which some change.
func exporterPage(w http.ResponseWriter, _ *http.Request) {
	say := func(name, label string, value float64) {
		if label != "" {
			name += "{" + label + "}"
		}
		_, _ = fmt.Fprintf(w, "%s %g\n", name, value)
	}
	now := time.Now()
	since := func(every time.Duration) float64 { return now.Sub(now.Truncate(every)).Seconds() }
	for r := range 2 {
		repository := fmt.Sprintf(`repository="%d"`, r+1)
		say("odooops_repository_wal_age_seconds", repository, since(time.Minute))
		say("odooops_repository_files_age_seconds", repository, since(time.Minute))
		say("odooops_repository_error", repository, 0)
		for _, kind := range []string{"full", "diff", "incr"} {
			say("odooops_backup_age_seconds", repository+`,type="`+kind+`"`, since(24*time.Hour))
			say("odooops_backup_bytes", repository+`,type="`+kind+`"`, 4e8)
		}
	}
	for i := range 20 {
		// Some are busy and some are not.
		say("odooops_statement_seconds_total", fmt.Sprintf(`query="SELECT %d"`, i), float64(now.Unix()%1e6)*float64(i%4)/100)
	}
	for _, state := range []string{"active", "idle", "idle in transaction", "other"} {
		say("odooops_postgres_connections", `state="`+state+`"`, float64(rand.IntN(8)))
	}
	for _, counter := range []string{"commits", "rollbacks", "blocks_hit", "blocks_read"} {
		say("odooops_postgres_"+counter+"_total", "", float64(now.UnixMilli()/37))
	}
	for _, gauge := range []string{
		"archive_waiting_segments", "postgres_locks_waiting", "postgres_deadlocks_total", "cron_overdue_seconds",
		"postgres_longest_transaction_seconds",
	} {
		say("odooops_"+gauge, "", 0)
	}
	say("odooops_postgres_connections_max", "", 60)
	say("odooops_postgres_dead_rows_ratio", "", 0.05)
	say("odooops_database_bytes", "", 4e9+float64(now.Unix()/60*8192))
	say("odooops_mail_queue", `state="outgoing"`, float64(rand.IntN(3)))
	say("odooops_mail_queue", `state="exception"`, 1)
	say("odooops_users_online", "", float64(40+rand.IntN(10)))
	for _, part := range []string{"postgres", "odoo_schema", "statements"} {
		say("odooops_up", `part="`+part+`"`, 1)
	}
}

package observability

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/stretchr/testify/require"

	"github.com/odooops/odooops/localcloud/spaces"
	"github.com/odooops/odooops/tests/realprogram"
)

func TestLokiTakesItsConfiguration(t *testing.T) {
	loki := realprogram.Named(t, "ODOOOPS_TEST_LOKI")
	text, err := lokiConf(lokiSettings{
		Endpoint: "https://fra1.digitaloceanspaces.com", Region: "fra1", Bucket: "logs", KeyID: "id", Secret: "secret", Days: 30,
	})
	require.NoError(t, err)
	out, err := exec.Command(loki, "-verify-config", "-config.file="+written(t, "loki.yaml", text)).CombinedOutput()
	require.NoError(t, err, "%s", out)
}

// TestLogsAreInTheBucketWhenTheMachineIsLost: with the real program, on the
// local cloud's Spaces, with a key that has no more than the declared grant.
func TestLogsAreInTheBucketWhenTheMachineIsLost(t *testing.T) {
	loki := realprogram.Named(t, "ODOOOPS_TEST_LOKI")
	endpoint := space(t, "logs")
	line := fmt.Sprintf("the line of %d", time.Now().UnixNano())

	first := start(t, loki, endpoint)
	post(t, first+"/otlp/v1/logs", `{"resourceLogs":[{"resource":{"attributes":[
		{"key":"stack","value":{"stringValue":"production"}},{"key":"role","value":{"stringValue":"odoo"}},
		{"key":"source","value":{"stringValue":"container"}},{"key":"host","value":{"stringValue":"production"}},
		{"key":"service.name","value":{"stringValue":"nobody's label"}}]},
		"scopeLogs":[{"logRecords":[{"timeUnixNano":"`+strconv.FormatInt(time.Now().UnixNano(), 10)+`",
		"body":{"stringValue":"`+line+`"},"attributes":[{"key":"level","value":{"stringValue":"info"}}]}]}]}]}`)
	require.Contains(t, query(t, first, `{stack="production"} | level="info"`), line)
	require.JSONEq(t, `{"status":"success","data":["host","role","source","stack"]}`, get(t, first+"/loki/api/v1/labels"))
	post(t, first+"/ingester/shutdown?flush=true&terminate=true", "")

	// Another machine, with an empty volume.
	second := start(t, loki, endpoint)
	require.Eventually(t, func() bool { return strings.Contains(query(t, second, `{stack="production"}`), line) }, 30*time.Second, time.Second)
}

// space is a bucket of the local cloud's, with a key for it alone.
func space(t *testing.T, bucket string) string {
	t.Helper()
	store, err := spaces.OpenStore(t.TempDir(), time.Now)
	require.NoError(t, err)
	server := httptest.NewServer(&spaces.Server{
		Store: store, Faults: &spaces.Faults{}, Log: slog.New(slog.DiscardHandler), Now: time.Now,
		Keys: func(k string) (spaces.Access, bool) {
			if k == "owner" {
				return spaces.Access{Secret: "secret", Full: true}, true
			}
			return spaces.Access{Secret: "secret", Buckets: map[string]bool{bucket: true}}, k == "loki"
		},
	})
	t.Cleanup(server.Close)
	client := s3.New(s3.Options{
		Region: "fra1", BaseEndpoint: &server.URL, UsePathStyle: true,
		Credentials: credentials.NewStaticCredentialsProvider("owner", "secret", ""),
	})
	_, err = client.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: &bucket})
	require.NoError(t, err)
	return server.URL
}

// start runs a Loki with an empty directory, and returns its address.
func start(t *testing.T, loki, endpoint string) string {
	t.Helper()
	text, err := lokiConf(lokiSettings{Endpoint: endpoint, Region: "fra1", Bucket: "logs", KeyID: "loki", Secret: "secret", Days: 30})
	require.NoError(t, err)
	dir, port := t.TempDir(), realprogram.Port(t)
	rules := filepath.Join(dir, "rules.d")
	require.NoError(t, os.MkdirAll(rules, 0o700))
	text = strings.NewReplacer(
		"/var/lib/loki", dir, "/etc/loki/rules", rules, "http_listen_port: 3100", "http_listen_port: "+port,
		"grpc_listen_address: 127.0.0.1", "grpc_listen_address: 127.0.0.1\n  grpc_listen_port: "+realprogram.Port(t),
	).Replace(text)
	address := "http://127.0.0.1:" + port
	realprogram.Run(t, exec.Command(loki, "-config.file="+written(t, "loki.yaml", text)), address+"/ready")
	return address
}

func post(t *testing.T, address, body string) {
	t.Helper()
	r, err := http.Post(address, "application/json", strings.NewReader(body))
	require.NoError(t, err)
	defer r.Body.Close()
	text, _ := io.ReadAll(r.Body)
	require.Less(t, r.StatusCode, 300, "%s: %s", address, text)
}

func get(t *testing.T, address string) string {
	t.Helper()
	r, err := http.Get(address)
	require.NoError(t, err)
	defer r.Body.Close()
	text, err := io.ReadAll(r.Body)
	require.NoError(t, err)
	return string(text)
}

func query(t *testing.T, address, logQL string) string {
	t.Helper()
	return get(t, address+"/loki/api/v1/query_range?query="+url.QueryEscape(logQL))
}

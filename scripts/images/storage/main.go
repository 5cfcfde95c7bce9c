// Command storage serves two S3 stores, one.storage.test and two.storage.test,
// for scripts/images/test: over TLS, each with the buckets wal and files that
// keep every version, and with disturbances on request. On ADDRESS port 80 it
// answers
//
//	PUT    /fault?store=two&kind=down        see spaces.Fault
//	DELETE /fault?store=two
//	PUT    /corrupt?store=one&bucket=wal&key=KEY
//	GET    /keys?store=one&bucket=wal&prefix=PREFIX
//	DELETE /key?store=one&bucket=wal&key=KEY
package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"log"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/odooops/odooops/localcloud/spaces"
	"github.com/odooops/odooops/localcloud/trust"
)

const (
	key    = "key"
	secret = "secret"
	region = "fra1"
)

// store is one of the two.
type store struct {
	*spaces.Store
	faults *spaces.Faults
	client *s3.Client
}

func main() {
	if len(os.Args) != 3 {
		log.Fatal("usage: storage DIR ADDRESS")
	}
	if err := serve(os.Args[1], os.Args[2]); err != nil {
		log.Fatal(err)
	}
}

func serve(dir, address string) error {
	authority, err := trust.Open(filepath.Join(dir, "trust"), time.Now)
	if err != nil {
		return err
	}
	stores, hosts := map[string]*store{}, map[string]http.Handler{}
	for _, name := range []string{"one", "two"} {
		s := &store{faults: &spaces.Faults{}}
		if s.Store, err = spaces.OpenStore(filepath.Join(dir, name), time.Now); err != nil {
			return err
		}
		stores[name] = s
		hosts[name+".storage.test"] = &spaces.Server{
			Store: s.Store, Faults: s.faults, Log: slog.New(slog.DiscardHandler), Now: time.Now,
			Keys: func(k string) (spaces.Access, bool) { return spaces.Access{Secret: secret, Full: true}, k == key },
		}
	}
	listener, err := tls.Listen("tcp", net.JoinHostPort(address, "443"), &tls.Config{
		GetCertificate: func(h *tls.ClientHelloInfo) (*tls.Certificate, error) { return authority.Leaf(h.ServerName) },
	})
	if err != nil {
		return err
	}
	failed := make(chan error, 2)
	go func() {
		failed <- http.Serve(listener, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if h := hosts[r.Host]; h != nil {
				h.ServeHTTP(w, r)
				return
			}
			http.NotFound(w, r)
		}))
	}()
	for name, s := range stores {
		endpoint := "https://" + name + ".storage.test"
		s.client = s3.New(s3.Options{
			Region: region, BaseEndpoint: &endpoint, UsePathStyle: true,
			Credentials: credentials.NewStaticCredentialsProvider(key, secret, ""),
			HTTPClient: &http.Client{Transport: &http.Transport{
				TLSClientConfig: &tls.Config{RootCAs: authority.Pool()},
				DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
					return (&net.Dialer{}).DialContext(ctx, network, listener.Addr().String())
				},
			}},
		})
		for _, bucket := range []string{"wal", "files"} {
			if err := makeBucket(s.client, bucket); err != nil {
				return err
			}
		}
	}
	go func() { failed <- http.ListenAndServe(net.JoinHostPort(address, "80"), control(stores)) }()
	return <-failed
}

func makeBucket(c *s3.Client, bucket string) error {
	if _, err := c.CreateBucket(context.Background(), &s3.CreateBucketInput{Bucket: &bucket}); err != nil {
		return err
	}
	_, err := c.PutBucketVersioning(context.Background(), &s3.PutBucketVersioningInput{
		Bucket:                  &bucket,
		VersioningConfiguration: &types.VersioningConfiguration{Status: types.BucketVersioningStatusEnabled},
	})
	return err
}

func control(stores map[string]*store) http.Handler {
	mux := http.NewServeMux()
	on := func(pattern string, do func(*store, url.Values, http.ResponseWriter) error) {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			s := stores[r.URL.Query().Get("store")]
			if s == nil {
				http.Error(w, "no such store", http.StatusNotFound)
				return
			}
			if err := do(s, r.URL.Query(), w); err != nil {
				http.Error(w, err.Error(), http.StatusBadRequest)
			}
		})
	}
	on("PUT /fault", func(s *store, q url.Values, _ http.ResponseWriter) error {
		f := spaces.Fault{Kind: q.Get("kind"), Bucket: q.Get("bucket")}
		if f.Kind == "slow" {
			f.LatencyMS, f.BytesPerSecond = 300, 50_000
		}
		return s.faults.Add(f)
	})
	on("DELETE /fault", func(s *store, _ url.Values, _ http.ResponseWriter) error {
		s.faults.Clear()
		return nil
	})
	on("PUT /corrupt", func(s *store, q url.Values, _ http.ResponseWriter) error {
		return s.Corrupt(q.Get("bucket"), q.Get("key"), "")
	})
	on("DELETE /key", func(s *store, q url.Values, _ http.ResponseWriter) error {
		bucket, key := q.Get("bucket"), q.Get("key")
		_, err := s.client.DeleteObject(context.Background(), &s3.DeleteObjectInput{Bucket: &bucket, Key: &key})
		return err
	})
	on("GET /keys", func(s *store, q url.Values, w http.ResponseWriter) error {
		bucket, prefix := q.Get("bucket"), strings.TrimPrefix(q.Get("prefix"), "/")
		pages := s3.NewListObjectsV2Paginator(s.client, &s3.ListObjectsV2Input{Bucket: &bucket, Prefix: &prefix})
		for pages.HasMorePages() {
			page, err := pages.NextPage(context.Background())
			if err != nil {
				return err
			}
			for _, o := range page.Contents {
				fmt.Fprintln(w, *o.Key)
			}
		}
		return nil
	})
	return mux
}

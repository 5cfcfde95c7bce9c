// Command docker-read answers on :2375 what may be asked of the host's Docker:
// which containers there are, how they are, and what they use. It holds
// Docker's socket so that who asks need not: the socket's owner owns the host.
// On the previews' host it also tells, on /metrics, who has a place there.
// "docker-read healthcheck" asks it how it is.
package main

import (
	"context"
	"fmt"
	"log"
	"net"
	"net/http"
	"net/http/httputil"
	"os"
	"regexp"
	"time"
)

const (
	socket  = "/run/docker.sock"
	address = ":2375"
)

// questions are the paths that are let through, with Docker's API version in
// front or without.
var questions = regexp.MustCompile(`^(/v1\.\d+)?/(_ping|version|events|containers/json|containers/[a-f0-9]{12,64}/(json|stats))$`)

// Handler passes questions on to Docker, and refuses everything else.
func Handler(docker http.RoundTripper) http.Handler {
	proxy := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.Out.URL.Scheme, r.Out.URL.Host, r.Out.Host = "http", "docker", "docker"
		},
		Transport:     docker,
		FlushInterval: -1, // events come one by one
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		reads := r.Method == http.MethodGet || r.Method == http.MethodHead
		if !reads || !questions.MatchString(r.URL.Path) || r.Header.Get("Upgrade") != "" {
			log.Printf("docker-read: refused %s %q", r.Method, r.URL.Path)
			http.Error(w, `{"message":"docker-read: only lists, states and statistics of containers may be read"}`, http.StatusForbidden)
			return
		}
		proxy.ServeHTTP(w, r)
	})
}

func main() {
	if len(os.Args) > 1 && os.Args[1] == "healthcheck" {
		if err := check("http://127.0.0.1" + address + "/_ping"); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	docker := &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "unix", socket)
		},
		IdleConnTimeout: time.Minute,
	}
	handler := http.NewServeMux()
	handler.Handle("/", Handler(docker))
	if budget := os.Getenv(budgetVariable); budget != "" {
		handler.Handle("GET /metrics", Previews(admitted, budget))
	}
	server := &http.Server{Addr: address, Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	log.Fatal(server.ListenAndServe())
}

func check(url string) error {
	response, err := (&http.Client{Timeout: 4 * time.Second}).Get(url)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("docker-read: Docker answers %s", response.Status)
	}
	return nil
}

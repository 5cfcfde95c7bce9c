package spaces

import (
	"encoding/xml"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"time"
)

// Domain is where Spaces lives: REGION.Domain and BUCKET.REGION.Domain.
const Domain = "digitaloceanspaces.com"

// Server serves S3. Keys finds what an access key may do.
type Server struct {
	Store *Store
	Keys  func(accessKey string) (Access, bool)
	Log   *slog.Logger
	Now   func() time.Time
}

// request is one call with what its URL says.
type request struct {
	*http.Request
	w           http.ResponseWriter
	region      string
	bucket, key string
}

// operation is what a request asks for and the right it needs.
type operation struct {
	right right
	do    func(*Server, *request) error
	// public says whether an anonymous caller may; nil is never.
	public func(*Server, *request) bool
}

// ServeHTTP authenticates, authorises, then does.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	q := parse(r)
	q.w = w
	if err := s.serve(q); err != nil {
		s.refuse(q, err)
		return
	}
	s.Log.Debug("spaces", "method", r.Method, "bucket", q.bucket, "key", q.key, "query", r.URL.RawQuery)
}

func (s *Server) serve(r *request) error {
	access, anonymous, err := authenticate(r.Request, s.Keys, s.Now())
	if err != nil {
		return err
	}
	if err := checkKey(r.key); err != nil {
		return err
	}
	op, err := route(r)
	if err != nil {
		return err
	}
	if anonymous {
		if op.public == nil || !op.public(s, r) {
			return accessDenied("Anonymous access is not allowed.")
		}
	} else if err := access.allow(r.bucket, op.right); err != nil {
		return err
	}
	return op.do(s, r)
}

func (s *Server) refuse(r *request, err error) {
	var e *Error
	if !errors.As(err, &e) {
		s.Log.Error("spaces failed", "method", r.Method, "bucket", r.bucket, "key", r.key, "error", err)
		e = refuse(http.StatusInternalServerError, "InternalError", "%v", err)
	} else if e.Status == http.StatusNotImplemented {
		s.Log.Warn("not served by the local Spaces", "method", r.Method, "bucket", r.bucket, "key", r.key, "query", r.URL.RawQuery)
	}
	r.w.Header().Set("Content-Type", "application/xml")
	r.w.WriteHeader(e.Status)
	if r.Method != http.MethodHead {
		_ = writeXML(r.w, e) // the client went away: nothing to do
	}
}

// parse takes bucket and key from the host (virtual-hosted) or the path.
func parse(r *http.Request) *request {
	q := &request{Request: r, region: "us-east-1"}
	path := strings.TrimPrefix(r.URL.Path, "/")
	host := r.Host
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	labels := []string{}
	for _, domain := range []string{Domain, "localhost"} {
		if prefix, ok := strings.CutSuffix(host, "."+domain); ok {
			labels = strings.Split(prefix, ".")
		}
	}
	if n := len(labels); n > 0 {
		q.region = labels[n-1]
		q.bucket = strings.Join(labels[:n-1], ".") // names with dots can't have TLS, but exist
	}
	if q.bucket != "" {
		q.key = path
		return q
	}
	q.bucket, q.key, _ = strings.Cut(path, "/")
	return q
}

func (r *request) xml(v any) error {
	r.w.Header().Set("Content-Type", "application/xml")
	return writeXML(r.w, v)
}

func (r *request) empty(status int) error {
	r.w.WriteHeader(status)
	return nil
}

func writeXML(w http.ResponseWriter, v any) error {
	if _, err := w.Write([]byte(xml.Header)); err != nil {
		return err
	}
	return xml.NewEncoder(w).Encode(v)
}

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

// AWSDomain is where AWS does: s3.REGION.AWSDomain and BUCKET.s3.REGION.AWSDomain.
const AWSDomain = "amazonaws.com"

// Server serves S3. Keys finds what an access key may do.
type Server struct {
	Store *Store
	Keys  func(accessKey string) (Access, bool)
	// AWS serves as AWS does: more of S3 than Spaces has, and under its names.
	AWS bool
	// Faults that tests ask for; may be nil.
	Faults *Faults
	Log    *slog.Logger
	Now    func() time.Time
}

// request is one call with what its URL says.
type request struct {
	*http.Request
	w           http.ResponseWriter
	caller      Caller
	region      string
	bucket, key string
}

// operation is what a request asks for and what that needs.
type operation struct {
	need need // without an action the operation asks for each object itself
	do   func(*Server, *request) error
	// public says whether an anonymous caller may; nil is never.
	public func(*Server, *request) bool
}

// ServeHTTP authenticates, authorises, then does.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	q := s.parse(r)
	q.w = w
	err := s.Faults.strike(q)
	if err == nil {
		err = s.serve(q)
	}
	if err != nil {
		s.refuse(q, err)
		return
	}
	s.Log.Debug(s.name(), "method", r.Method, "bucket", q.bucket, "key", q.key, "query", r.URL.RawQuery)
}

func (s *Server) name() string {
	if s.AWS {
		return "aws s3"
	}
	return "spaces"
}

func (s *Server) serve(r *request) error {
	var anonymous bool
	var err error
	if r.caller, anonymous, err = Authenticate(r.Request, s.Keys, s.Now()); err != nil {
		return err
	}
	if err := checkKey(r.key); err != nil {
		return err
	}
	op, err := s.route(r)
	if err != nil {
		return err
	}
	if anonymous {
		if op.public == nil || !op.public(s, r) {
			return accessDenied("Anonymous access is not allowed.")
		}
	} else if op.need.action != "" || r.caller.Policy == nil {
		if err := r.caller.allow(op.need, r.bucket, r.key); err != nil {
			return err
		}
	}
	if s.AWS && !anonymous {
		if err := s.inRegion(r); err != nil {
			return err
		}
	}
	return op.do(s, r)
}

func (s *Server) refuse(r *request, err error) {
	var e *Error
	if !errors.As(err, &e) {
		s.Log.Error(s.name()+" failed", "method", r.Method, "bucket", r.bucket, "key", r.key, "error", err)
		e = refuse(http.StatusInternalServerError, "InternalError", "%v", err)
	} else if e.Status == http.StatusNotImplemented {
		s.Log.Warn("not served by the local "+s.name(), "method", r.Method, "bucket", r.bucket, "key", r.key, "query", r.URL.RawQuery)
	}
	r.w.Header().Set("Content-Type", "application/xml")
	r.w.WriteHeader(e.Status)
	if r.Method != http.MethodHead {
		_ = writeXML(r.w, e) // the client went away: nothing to do
	}
}

// parse takes bucket and key from the host (virtual-hosted) or the path.
func (s *Server) parse(r *http.Request) *request {
	q := &request{Request: r, region: "us-east-1"}
	path := strings.TrimPrefix(r.URL.Path, "/")
	host := r.Host
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	if s.AWS {
		q.bucket = awsBucket(host)
	} else {
		q.region, q.bucket = spacesHost(host, q.region)
	}
	if q.bucket != "" {
		q.key = path
		return q
	}
	q.bucket, q.key, _ = strings.Cut(path, "/")
	return q
}

func spacesHost(host, region string) (_, bucket string) {
	for _, domain := range []string{Domain, "localhost"} {
		if prefix, ok := strings.CutSuffix(host, "."+domain); ok {
			labels := strings.Split(prefix, ".")
			n := len(labels) - 1
			return labels[n], strings.Join(labels[:n], ".") // names with dots can't have TLS, but exist
		}
	}
	return region, ""
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

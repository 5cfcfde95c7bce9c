package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"
)

// fault is a disturbance asked for by a test: it strikes the next Count
// requests that match.
type fault struct {
	Method string `json:"method,omitempty"` // any when empty
	Path   string `json:"path,omitempty"`   // prefix
	// Status is the answer; 0 goes on as usual, after the latency.
	Status    int `json:"status,omitempty"`
	Count     int `json:"count"`
	LatencyMS int `json:"latency_ms,omitempty"`
	// Cut cuts the connection: "before" anything was done, or "after" it was,
	// so that only the answer is lost.
	Cut string `json:"cut,omitempty"`
}

func (x *fault) check() error {
	if x.Cut != "" && x.Cut != "before" && x.Cut != "after" {
		return fmt.Errorf("cut is %q, not before or after", x.Cut)
	}
	return nil
}

type faults struct {
	mu   sync.Mutex
	list []*fault
}

// take finds and uses up one fault for the request.
func (f *faults) take(r *http.Request) *fault {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, x := range f.list {
		if x.Count > 0 && (x.Method == "" || x.Method == r.Method) && strings.HasPrefix(r.URL.Path, x.Path) {
			x.Count--
			return x
		}
	}
	return nil
}

func (f *faults) before(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		x := f.take(r)
		if x == nil {
			next.ServeHTTP(w, r)
			return
		}
		select {
		case <-time.After(time.Duration(x.LatencyMS) * time.Millisecond):
		case <-r.Context().Done():
			return
		}
		if x.Cut == "after" {
			next.ServeHTTP(lost{}, r)
		}
		if x.Cut != "" {
			panic(http.ErrAbortHandler) // how a handler says: close, answer nothing
		}
		switch x.Status {
		case 0:
			next.ServeHTTP(w, r)
		case http.StatusTooManyRequests:
			w.Header().Set("Retry-After", "1")
			newRefusal(x.Status, "too_many_requests", "API Rate limit exceeded.").write(w)
		default:
			newRefusal(x.Status, "fault", "A fault that was asked for at /_local/faults.").write(w)
		}
	})
}

// lost is an answer that nobody gets.
type lost struct{}

func (lost) Header() http.Header         { return http.Header{} }
func (lost) Write(b []byte) (int, error) { return len(b), nil }
func (lost) WriteHeader(int)             {}

// forget ends all faults.
func (f *faults) forget(w http.ResponseWriter, _ *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.list = nil
	w.WriteHeader(http.StatusNoContent)
}

// add asks for one more.
func (f *faults) add(w http.ResponseWriter, r *http.Request) {
	x := &fault{Count: 1}
	in := json.NewDecoder(r.Body)
	in.DisallowUnknownFields() // a misspelt fault would never strike
	err := in.Decode(x)
	if err == nil {
		err = x.check()
	}
	if err != nil {
		newRefusal(http.StatusBadRequest, "bad_request", "a fault is {method, path, status, count, latency_ms, cut}: %v", err).write(w)
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.list = append(f.list, x)
	w.WriteHeader(http.StatusNoContent)
}

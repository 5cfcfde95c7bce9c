package api

import (
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"time"
)

// fault is a disturbance asked for by a test: the next Count requests that
// match answer Status, after Latency. Status 0 only delays.
type fault struct {
	Method    string `json:"method,omitempty"` // any when empty
	Path      string `json:"path,omitempty"`   // prefix
	Status    int    `json:"status,omitempty"`
	Count     int    `json:"count"`
	LatencyMS int    `json:"latency_ms,omitempty"`
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

// set adds a fault (POST) or forgets them all (DELETE).
func (f *faults) set(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if r.Method == http.MethodDelete {
		f.list = nil
		w.WriteHeader(http.StatusNoContent)
		return
	}
	x := &fault{Count: 1}
	if err := json.NewDecoder(r.Body).Decode(x); err != nil {
		newRefusal(http.StatusBadRequest, "bad_request", "a fault is {method, path, status, count, latency_ms}: %v", err).write(w)
		return
	}
	f.list = append(f.list, x)
	w.WriteHeader(http.StatusNoContent)
}

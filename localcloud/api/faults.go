package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
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

// forgetFaults ends all faults, of the storages too.
func (a *API) forgetFaults(w http.ResponseWriter, _ *http.Request) {
	a.faults.mu.Lock()
	defer a.faults.mu.Unlock()
	a.faults.list = nil
	for _, s := range a.Storage {
		s.Faults.Clear()
	}
	w.WriteHeader(http.StatusNoContent)
}

// addFault asks for one more: of a storage when it names one, else of this API.
func (a *API) addFault(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	var named struct{ Storage string }
	if err == nil {
		err = json.Unmarshal(body, &named)
	}
	switch {
	case err != nil:
	case named.Storage != "":
		err = a.addStorageFault(body)
	default:
		err = a.faults.add(body)
	}
	if err != nil {
		newRefusal(http.StatusBadRequest, "bad_request", "a fault is {method, path, status, count, latency_ms, cut}, "+
			"or of a storage {storage, bucket, kind, bytes_per_second, latency_ms}: %v", err).write(w)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

func (f *faults) add(body []byte) error {
	x := &fault{Count: 1}
	if err := strictly(body, x); err != nil {
		return err
	}
	if err := x.check(); err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.list = append(f.list, x)
	return nil
}

// strictly refuses a misspelt fault, which would never strike.
func strictly(body []byte, into any) error {
	in := json.NewDecoder(bytes.NewReader(body))
	in.DisallowUnknownFields()
	return in.Decode(into)
}

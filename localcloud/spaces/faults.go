package spaces

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"
	"time"
)

// Fault is a disturbance of the storage that a test asks for. It lasts until
// it is cleared.
type Fault struct {
	// Bucket that it strikes; empty is all.
	Bucket string `json:"bucket,omitempty"`
	// Kind is one of
	//   down       connections are cut,
	//   blackhole  nothing answers,
	//   slow       BytesPerSecond each way, after LatencyMS,
	//   quota      nothing more can be written,
	//   slowdown   503 to everything.
	Kind           string `json:"kind"`
	BytesPerSecond int    `json:"bytes_per_second,omitempty"`
	LatencyMS      int    `json:"latency_ms,omitempty"`
}

// Faults are those of one storage.
type Faults struct {
	mu      sync.Mutex
	list    []Fault
	cleared chan struct{}
}

// Add asks for one more.
func (f *Faults) Add(x Fault) error {
	if !slices.Contains([]string{"down", "blackhole", "slow", "quota", "slowdown"}, x.Kind) {
		return fmt.Errorf("a storage fault's kind is down, blackhole, slow, quota or slowdown, not %q", x.Kind)
	}
	if x.Kind == "slow" && x.BytesPerSecond <= 0 && x.LatencyMS <= 0 {
		return fmt.Errorf("slow needs bytes_per_second or latency_ms")
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.cleared == nil {
		f.cleared = make(chan struct{})
	}
	f.list = append(f.list, x)
	return nil
}

// Clear ends all, also for the requests that hang in one.
func (f *Faults) Clear() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.list = nil
	if f.cleared != nil {
		close(f.cleared)
		f.cleared = nil
	}
}

// of are the faults that strike a bucket, and what ends when they are cleared.
func (f *Faults) of(bucket string) (list []Fault, cleared <-chan struct{}) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, x := range f.list {
		if x.Bucket == "" || x.Bucket == bucket {
			list = append(list, x)
		}
	}
	return list, f.cleared
}

// strike lets the faults act on a request before it is served. It returns the
// request and its answer as they go on, or what is answered instead.
func (f *Faults) strike(q *request) error {
	if f == nil {
		return nil
	}
	list, cleared := f.of(q.bucket)
	for _, x := range list {
		switch x.Kind {
		case "down":
			panic(http.ErrAbortHandler) // how a handler says: close, answer nothing
		case "blackhole":
			select {
			case <-cleared:
			case <-q.Context().Done():
			}
			panic(http.ErrAbortHandler)
		case "slow":
			time.Sleep(time.Duration(x.LatencyMS) * time.Millisecond)
			if x.BytesPerSecond > 0 {
				q.Body = &slowBody{q.Body, x.BytesPerSecond}
				q.w = &slowAnswer{q.w, x.BytesPerSecond}
			}
		case "quota":
			if adds(q) {
				return refuse(http.StatusForbidden, "QuotaExceeded", "The storage quota is used up.")
			}
		case "slowdown":
			return refuse(http.StatusServiceUnavailable, "SlowDown", "Please reduce your request rate.")
		}
	}
	return nil
}

// adds says whether the request would store more.
func adds(q *request) bool {
	return q.key != "" && (q.Method == http.MethodPut || q.Method == http.MethodPost)
}

// pace is in how large pieces data goes slowly: ten a second.
func pace(p []byte, rate int) []byte { return p[:min(len(p), max(rate/10, 1))] }

func rest(n, rate int) { time.Sleep(time.Duration(n) * time.Second / time.Duration(rate)) }

type slowBody struct {
	io.ReadCloser
	rate int
}

func (b *slowBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(pace(p, b.rate))
	rest(n, b.rate)
	return n, err
}

type slowAnswer struct {
	http.ResponseWriter
	rate int
}

func (a *slowAnswer) Write(p []byte) (written int, err error) {
	for len(p) > 0 && err == nil {
		var n int
		n, err = a.ResponseWriter.Write(pace(p, a.rate))
		if flusher, ok := a.ResponseWriter.(http.Flusher); ok {
			flusher.Flush()
		}
		rest(n, a.rate)
		written, p = written+n, p[n:]
	}
	return written, err
}

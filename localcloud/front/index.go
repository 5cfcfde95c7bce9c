package front

import (
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"
)

const healthTimeout = 500 * time.Millisecond

// serveIndex shows the droplets, and the names with whether they answer.
func (f *front) serveIndex(w http.ResponseWriter, r *http.Request) {
	inv := f.Inventory()
	var dials sync.WaitGroup
	for i := range inv.Names {
		n := &inv.Names[i]
		dials.Go(func() {
			n.Health = "no answer"
			d := net.Dialer{Timeout: healthTimeout}
			conn, err := d.DialContext(r.Context(), "tcp", net.JoinHostPort(n.Address, strconv.Itoa(f.TLSPort)))
			if err == nil {
				n.Health = "answers"
				_ = conn.Close() // nothing was written
			}
		})
	}
	dials.Wait()
	port := ""
	if _, p, err := net.SplitHostPort(r.Host); err == nil {
		port = ":" + p
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	if err := f.index.Execute(w, struct {
		Inventory
		Port string
	}{inv, port}); err != nil {
		f.Log.Debug("front: index not sent", "error", err)
	}
}

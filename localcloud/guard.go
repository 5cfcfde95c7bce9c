package localcloud

import (
	"net"
	"net/http"
	"net/netip"
)

// guarded is for the servers on loopback that ask for no credentials: programs
// of this computer may use them, web pages that its user visits may not. A
// page reaches them from another origin, or under a name of its own that leads
// to 127.0.0.1 (DNS rebinding); what it may still send, it can't read.
func guarded(next http.Handler) http.Handler {
	sameOrigin := http.NewCrossOriginProtection().Handler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !isLoopback(r.Host) {
			http.Error(w, "the local cloud answers here to 127.0.0.1 and localhost, not to "+r.Host, http.StatusMisdirectedRequest)
			return
		}
		sameOrigin.ServeHTTP(w, r)
	})
}

func isLoopback(host string) bool {
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	addr, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && addr.IsLoopback()
}

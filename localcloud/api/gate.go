package api

import (
	"crypto/subtle"
	"net/http"
	"strings"

	"github.com/odooops/odooops/localcloud/records"
)

// authenticated asks for the account's bearer token.
func (a *API) authenticated(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var want string
		a.Store.View(func(s *records.State) { want = s.Account.Token })
		got, isBearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		if !isBearer || subtle.ConstantTimeCompare([]byte(got), []byte(want)) != 1 {
			newRefusal(http.StatusUnauthorized, "Unauthorized", "Unable to authenticate you").write(w)
			return
		}
		// What plugins read; the numbers are the real limits.
		w.Header().Set("RateLimit-Limit", "5000")
		w.Header().Set("RateLimit-Remaining", "4999")
		next.ServeHTTP(w, r)
	})
}

// unknown answers what this cloud doesn't serve, loudly: silence would be
// taken for success.
func (a *API) unknown(w http.ResponseWriter, r *http.Request) {
	a.Log.Warn("route not served by the local cloud", "method", r.Method, "path", r.URL.Path)
	newRefusal(http.StatusNotImplemented, "not_implemented",
		"The local cloud does not serve %s %s.", r.Method, r.URL.Path).write(w)
}

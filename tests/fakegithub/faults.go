package fakegithub

import (
	"net/http"
	"strconv"
	"time"
)

// Fault is what one request gets instead of its answer.
type Fault func(w http.ResponseWriter)

// Fail makes the next requests fail, in this order, a fault each.
func (s *Server) Fail(faults ...Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, faults...)
}

// Broken is a server error.
func Broken(w http.ResponseWriter) {
	answer(w, http.StatusInternalServerError, map[string]string{"message": "Server Error"})
}

// Cut closes the connection without an answer.
func Cut(http.ResponseWriter) { panic(http.ErrAbortHandler) }

// Limited is the limit of requests an hour, used up until then.
func Limited(until time.Time) Fault {
	return func(w http.ResponseWriter) {
		w.Header().Set("X-RateLimit-Limit", "5000")
		w.Header().Set("X-RateLimit-Remaining", "0")
		w.Header().Set("X-RateLimit-Reset", strconv.FormatInt(until.Unix(), 10))
		answer(w, http.StatusForbidden, map[string]string{"message": "API rate limit exceeded for installation ID 1."})
	}
}

// TooFast is the secondary limit, with the seconds to wait.
func TooFast(seconds int) Fault {
	return func(w http.ResponseWriter) {
		w.Header().Set("Retry-After", strconv.Itoa(seconds))
		answer(w, http.StatusForbidden, map[string]string{
			"message":           "You have exceeded a secondary rate limit.",
			"documentation_url": "https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api#about-secondary-rate-limits",
		})
	}
}

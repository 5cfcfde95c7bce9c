package api

import (
	"encoding/json"
	"fmt"
	"net/http"
)

// refusal is an error in the API's own format.
type refusal struct {
	status  int
	ID      string `json:"id"`
	Message string `json:"message"`
}

func (r *refusal) Error() string { return fmt.Sprintf("%d %s: %s", r.status, r.ID, r.Message) }

func (r *refusal) write(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(r.status)
	_ = json.NewEncoder(w).Encode(r) // the client went away: nothing to do
}

func newRefusal(status int, id, format string, args ...any) *refusal {
	return &refusal{status: status, ID: id, Message: fmt.Sprintf(format, args...)}
}

func notFound() error {
	return newRefusal(http.StatusNotFound, "not_found", "The resource you were accessing could not be found.")
}

// missing is for a reference in a body to what is not there.
func missing(kind string, id any) error {
	return newRefusal(http.StatusNotFound, "not_found", "%s %v could not be found.", kind, id)
}

func badRequest(format string, args ...any) error {
	return newRefusal(http.StatusBadRequest, "bad_request", format, args...)
}

func unprocessable(format string, args ...any) error {
	return newRefusal(http.StatusUnprocessableEntity, "unprocessable_entity", format, args...)
}

func conflict(format string, args ...any) error {
	return newRefusal(http.StatusConflict, "conflict", format, args...)
}

func forbidden(format string, args ...any) error {
	return newRefusal(http.StatusForbidden, "forbidden", format, args...)
}

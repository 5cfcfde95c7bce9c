package api

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"

	"github.com/odooops/odooops/localcloud/records"
)

// call is one request with the records it reads or changes.
type call struct {
	*http.Request
	api   *API
	state *records.State
	after []func(context.Context) error
}

// then runs f when the change is on disk, before the answer. Its failure is
// the answer.
func (c *call) then(f func(context.Context) error) {
	if c.api.Effects != nil {
		c.after = append(c.after, f)
	}
}

// body decodes the request's JSON.
func (c *call) body(v any) error {
	b, err := io.ReadAll(io.LimitReader(c.Body, 4<<20))
	if err != nil {
		return badRequest("read the request: %v", err)
	}
	if len(b) == 0 {
		return nil
	}
	if err := json.Unmarshal(b, v); err != nil {
		return badRequest("the request is not the JSON expected: %v", err)
	}
	return nil
}

// number reads a path value that is an id.
func (c *call) number(name string) (int, error) {
	n, err := strconv.Atoi(c.PathValue(name))
	if err != nil {
		return 0, notFound()
	}
	return n, nil
}

// object is a JSON object with one or a few members.
type object map[string]any

// read routes a request that changes nothing.
func (a *API) read(pattern string, f func(*call) (any, error)) {
	a.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		var body []byte
		var err error
		a.Store.View(func(s *records.State) {
			var v any
			if v, err = f(&call{Request: r, api: a, state: s}); err == nil {
				body, err = json.Marshal(v) // inside View: v points into the state
			}
		})
		a.answer(w, r, http.StatusOK, body, err)
	})
}

// write routes a request that changes records. The change is on disk, and its
// immediate effects are real, before the answer.
func (a *API) write(pattern string, status int, f func(*call) (any, error)) {
	a.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		c := &call{Request: r, api: a}
		var body []byte
		err := a.Store.Update(func(s *records.State) error {
			c.state = s
			v, err := f(c)
			if err == nil && v != nil {
				body, err = json.Marshal(v)
			}
			return err
		})
		if err == nil {
			for _, effect := range c.after {
				if err = effect(a.context); err != nil {
					break
				}
			}
		}
		a.answer(w, r, status, body, err)
	})
}

func (a *API) answer(w http.ResponseWriter, r *http.Request, status int, body []byte, err error) {
	if err != nil {
		var refusal *refusal
		if !errors.As(err, &refusal) {
			a.Log.Error("request failed", "method", r.Method, "path", r.URL.Path, "error", err)
			refusal = newRefusal(http.StatusInternalServerError, "server_error", "%v", err)
		}
		refusal.write(w)
		return
	}
	a.Log.Debug("request", "method", r.Method, "path", r.URL.Path, "status", status)
	if body != nil {
		w.Header().Set("Content-Type", "application/json")
	}
	w.WriteHeader(status)
	_, _ = w.Write(body) // the client went away: nothing to do
}

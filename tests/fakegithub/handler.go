package fakegithub

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// ServeHTTP answers as GitHub would.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = append(s.requests, r.Method+" "+r.URL.String())
	if len(s.faults) > 0 {
		fault := s.faults[0]
		s.faults = s.faults[1:]
		fault(w)
		return
	}
	if r.Header.Get("Authorization") != "Bearer "+Token {
		answer(w, http.StatusUnauthorized, map[string]string{"message": "Bad credentials"})
		return
	}
	path, ours := strings.CutPrefix(r.URL.Path, "/repos/"+s.Repository+"/")
	if !ours {
		notFound(w)
		return
	}
	s.route(w, r, strings.Split(path, "/"))
}

func (s *Server) route(w http.ResponseWriter, r *http.Request, path []string) {
	is := func(method string, pattern ...string) bool {
		return r.Method == method && len(path) == len(pattern) && slices.EqualFunc(path, pattern,
			func(a, b string) bool { return a == b || b == "*" })
	}
	switch {
	case is(http.MethodGet, "pulls"):
		s.listPulls(w, r)
	case is(http.MethodGet, "pulls", "*"):
		s.pull(w, number(path[1]))
	case is(http.MethodGet, "issues", "*", "comments"):
		s.listComments(w, r, number(path[1]))
	case is(http.MethodPost, "issues", "*", "comments"):
		s.create(w, r, number(path[1]))
	case is(http.MethodPatch, "issues", "comments", "*"):
		s.edit(w, r, int64(number(path[2])))
	default:
		answer(w, http.StatusNotImplemented, map[string]string{"message": r.Method + " " + r.URL.Path + " is not in the fake"})
	}
}

func (s *Server) listPulls(w http.ResponseWriter, r *http.Request) {
	var found []map[string]any
	for _, n := range slices.Backward(slices.Sorted(maps.Keys(s.pulls))) { // the newest first
		if wanted := r.URL.Query().Get("state"); wanted == "all" || wanted == s.pulls[n] {
			found = append(found, map[string]any{"number": n, "state": s.pulls[n]})
		}
	}
	s.page(w, r, found)
}

func (s *Server) pull(w http.ResponseWriter, n int) {
	state, ok := s.pulls[n]
	if !ok {
		notFound(w)
		return
	}
	answer(w, http.StatusOK, map[string]any{"number": n, "state": state})
}

func (s *Server) listComments(w http.ResponseWriter, r *http.Request, n int) {
	if _, ok := s.pulls[n]; !ok {
		notFound(w)
		return
	}
	var found []map[string]any
	for _, c := range s.comments {
		if c.Number == n {
			found = append(found, map[string]any{"id": c.ID, "body": c.Body})
		}
	}
	s.page(w, r, found)
}

func (s *Server) create(w http.ResponseWriter, r *http.Request, n int) {
	body, ok := readBody(w, r)
	switch _, there := s.pulls[n]; {
	case !there:
		notFound(w)
	case ok:
		c := s.write(Comment{Number: n, Body: body})
		answer(w, http.StatusCreated, map[string]any{"id": c.ID, "body": c.Body})
	}
}

func (s *Server) edit(w http.ResponseWriter, r *http.Request, id int64) {
	body, ok := readBody(w, r)
	i := slices.IndexFunc(s.comments, func(c Comment) bool { return c.ID == id })
	switch {
	case !ok:
	case i < 0:
		notFound(w)
	case s.comments[i].Foreign:
		answer(w, http.StatusForbidden, map[string]string{"message": "Resource not accessible by integration"})
	default:
		s.comments[i].Body, s.comments[i].Edits = body, s.comments[i].Edits+1
		answer(w, http.StatusOK, map[string]any{"id": id, "body": body})
	}
}

// page answers with the part of a list that is asked for, and says in a Link
// header where the next one is.
func (s *Server) page(w http.ResponseWriter, r *http.Request, all []map[string]any) {
	query := r.URL.Query()
	size := max(number(query.Get("per_page")), 1)
	if s.PageSize > 0 {
		size = min(size, s.PageSize)
	}
	page := max(number(query.Get("page")), 1)
	from := min((page-1)*size, len(all))
	to := min(from+size, len(all))
	if to < len(all) {
		query.Set("page", strconv.Itoa(page+1))
		w.Header().Set("Link", fmt.Sprintf(`<%s%s?%s>; rel="next"`, s.URL, r.URL.Path, query.Encode()))
	}
	answer(w, http.StatusOK, append([]map[string]any{}, all[from:to]...))
}

func readBody(w http.ResponseWriter, r *http.Request) (string, bool) {
	var sent struct{ Body string }
	if err := json.NewDecoder(r.Body).Decode(&sent); err != nil || sent.Body == "" {
		answer(w, http.StatusUnprocessableEntity, map[string]string{"message": "Validation Failed"})
		return "", false
	}
	return sent.Body, true
}

func number(s string) int {
	n, _ := strconv.Atoi(s)
	return n
}

func notFound(w http.ResponseWriter) {
	answer(w, http.StatusNotFound, map[string]string{"message": "Not Found"})
}

func answer(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // who hung up doesn't want it
}

package fakegithub

import (
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
)

// Token is the one the fake accepts.
const Token = "fake-github-token"

// Server is one repository on a GitHub.
type Server struct {
	// URL is what GITHUB_API_URL has to be.
	URL string
	// Repository is OWNER/NAME; others are not found.
	Repository string
	// PageSize caps a page below what is asked for, 0 doesn't.
	PageSize int

	mu       sync.Mutex
	pulls    map[int]string // state by number
	comments []Comment
	lastID   int64
	faults   []Fault
	requests []string
}

// Comment is a comment on a pull request.
type Comment struct {
	ID     int64
	Number int // the pull request's
	Body   string
	// Foreign comments can't be edited with the token.
	Foreign bool
	Edits   int
}

// New starts the fake of acme/addons, until the test is over.
func New(t testing.TB) *Server {
	t.Helper()
	s := &Server{Repository: "acme/addons", pulls: map[int]string{}}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	s.URL = server.URL
	return s
}

// Env is the environment in which a client finds the fake, as KEY=VALUE.
func (s *Server) Env() []string {
	return []string{"GITHUB_API_URL=" + s.URL, "GITHUB_TOKEN=" + Token, "GITHUB_REPOSITORY=" + s.Repository}
}

// Getenv is Env as a function.
func (s *Server) Getenv(name string) string {
	return map[string]string{"GITHUB_API_URL": s.URL, "GITHUB_TOKEN": Token, "GITHUB_REPOSITORY": s.Repository}[name]
}

// Open opens, or opens again, pull requests.
func (s *Server) Open(numbers ...int) { s.set("open", numbers) }

// Close closes pull requests.
func (s *Server) Close(numbers ...int) { s.set("closed", numbers) }

func (s *Server) set(state string, numbers []int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, n := range numbers {
		s.pulls[n] = state
	}
}

// Write puts a comment there that is not the token's.
func (s *Server) Write(number int, body string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.write(Comment{Number: number, Body: body, Foreign: true})
}

func (s *Server) write(c Comment) Comment {
	s.lastID++
	c.ID = s.lastID
	s.comments = append(s.comments, c)
	return c
}

// Comments are the comments on a pull request, the oldest first.
func (s *Server) Comments(number int) []Comment {
	s.mu.Lock()
	defer s.mu.Unlock()
	var of []Comment
	for _, c := range s.comments {
		if c.Number == number {
			of = append(of, c)
		}
	}
	return of
}

// Requests are the requests so far, as "METHOD /path?query".
func (s *Server) Requests() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.requests...)
}

var _ http.Handler = (*Server)(nil)

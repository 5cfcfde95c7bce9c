package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

type answers struct{ asked []string }

func (a *answers) RoundTrip(r *http.Request) (*http.Response, error) {
	a.asked = append(a.asked, r.Method+" "+r.URL.Path)
	recorder := httptest.NewRecorder()
	return recorder.Result(), nil
}

const id = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

func TestOnlyQuestionsAboutContainersGetThrough(t *testing.T) {
	allowed := []string{
		"GET /_ping", "HEAD /_ping", "GET /v1.44/containers/json", "GET /v1.44/version", "GET /v1.44/events",
		"GET /v1.44/containers/" + id + "/json", "GET /v1.44/containers/" + id + "/stats",
	}
	refused := []string{
		"POST /v1.44/containers/create", "DELETE /v1.44/containers/" + id, "POST /v1.44/containers/" + id + "/exec",
		"GET /v1.44/containers/" + id + "/logs", "GET /v1.44/containers/" + id + "/archive", "GET /v1.44/containers/" + id + "/export",
		"GET /v1.44/images/json", "GET /v1.44/secrets", "GET /v1.44/info", "POST /v1.44/_ping",
		"GET /v1.44/containers/json/../../secrets", "GET /v1.44/containers/a%2Fb/json", "PUT /v1.44/containers/json",
	}
	docker := &answers{}
	handler := Handler(docker)
	for _, line := range append(append([]string{}, allowed...), refused...) {
		method, path, _ := strings.Cut(line, " ")
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, httptest.NewRequest(method, path, nil))
		want := http.StatusForbidden
		for _, a := range allowed {
			if a == line {
				want = http.StatusOK
			}
		}
		assert.Equal(t, want, w.Code, line)
	}
	assert.Equal(t, allowed, docker.asked)
}

func TestNobodyTakesOverTheConnection(t *testing.T) {
	docker := &answers{}
	r := httptest.NewRequest("GET", "/v1.44/events", nil)
	r.Header.Set("Connection", "Upgrade")
	r.Header.Set("Upgrade", "tcp")
	w := httptest.NewRecorder()
	Handler(docker).ServeHTTP(w, r)
	assert.Equal(t, http.StatusForbidden, w.Code)
	assert.Empty(t, docker.asked)
}

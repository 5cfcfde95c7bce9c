package main

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// command notes each start in a file and runs until it is told to end.
func command(t *testing.T) (argv []string, starts func() int) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "starts")
	argv = []string{"sh", "-c", "trap 'exit 7' TERM; echo started >>" + file + "; while :; do sleep 0.05; done"}
	return argv, func() int {
		text, _ := os.ReadFile(file)
		return strings.Count(string(text), "started")
	}
}

func serve(s server) chan int {
	status := make(chan int, 1)
	go func() { status <- s.run() }()
	return status
}

func TestTraefikIsStartedAgainUntilItHasItsCertificate(t *testing.T) {
	argv, starts := command(t)
	signals := make(chan os.Signal, 1)
	looks := make(chan bool, 10)
	status := serve(server{command: argv, wait: 300 * time.Millisecond, signals: signals, missing: func() []string {
		looks <- true
		if len(looks) == 1 {
			return []string{"erp.example.com"}
		}
		return nil
	}})
	require.Eventually(t, func() bool { return len(looks) == 2 }, 10*time.Second, 10*time.Millisecond)
	assert.Equal(t, 2, starts())

	signals <- syscall.SIGTERM
	select {
	case code := <-status:
		assert.Equal(t, 7, code, "the exit status is Traefik's")
	case <-time.After(10 * time.Second):
		t.Fatal("it does not end when told to")
	}
	assert.Equal(t, 2, starts())
}

func TestTraefikThatEndsByItselfIsLeftToDocker(t *testing.T) {
	status := serve(server{command: []string{"sh", "-c", "exit 3"}, wait: time.Hour})
	select {
	case code := <-status:
		assert.Equal(t, 3, code)
	case <-time.After(10 * time.Second):
		t.Fatal("it does not end")
	}
}

func TestACertificateOfAnotherNameCountsAsMissing(t *testing.T) {
	s := httptest.NewTLSServer(http.NotFoundHandler())
	defer s.Close()
	address := strings.TrimPrefix(s.URL, "https://")
	assert.Equal(t, []string{"erp.example.org"}, missing(address, []string{"example.com", "erp.example.org"}))
	s.Close()
	assert.Equal(t, []string{"example.com"}, missing(address, []string{"example.com"}))
}

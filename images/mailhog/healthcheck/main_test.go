package main

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// greeter answers every connection with one line.
func greeter(t *testing.T, line string) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			_, _ = conn.Write([]byte(line))
		}
	}()
	return listener.Addr().String()
}

func pages(t *testing.T, status int) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }))
	t.Cleanup(server.Close)
	return server.URL
}

func TestHealthyTakesMailAndShowsPages(t *testing.T) {
	assert.NoError(t, check(t.Context(), greeter(t, "220 mailhog.example ESMTP MailHog\r\n"), pages(t, http.StatusOK)))
}

func TestUnhealthySaysWhatDoesNotAnswer(t *testing.T) {
	up := greeter(t, "220 here\r\n")
	assert.ErrorContains(t, check(t.Context(), greeter(t, "421 too many\r\n"), pages(t, http.StatusOK)), `greeted by "421 too many"`)
	assert.ErrorContains(t, check(t.Context(), up, pages(t, http.StatusInternalServerError)), "answered 500")
	assert.ErrorContains(t, check(t.Context(), "127.0.0.1:1", pages(t, http.StatusOK)), "SMTP on 127.0.0.1:1")

	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	assert.ErrorContains(t, check(ctx, greeter(t, ""), pages(t, http.StatusOK)), "no greeting", "one that hangs is unhealthy in time")
}

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
	return "smtp://" + listener.Addr().String()
}

func pages(t *testing.T, status int) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }))
	t.Cleanup(server.Close)
	return server.URL
}

func TestHealthyIsWhatAllAddressesAnswer(t *testing.T) {
	greeting := greeter(t, "220 mailhog.example ESMTP MailHog\r\n")
	assert.NoError(t, check(t.Context(), []string{greeting, pages(t, http.StatusOK), pages(t, http.StatusNoContent)}))
}

func TestUnhealthySaysWhatDoesNotAnswer(t *testing.T) {
	up, ok := greeter(t, "220 here\r\n"), pages(t, http.StatusOK)
	assert.ErrorContains(t, check(t.Context(), []string{ok, greeter(t, "421 too many\r\n")}), `greeted by "421 too many"`)
	assert.ErrorContains(t, check(t.Context(), []string{up, pages(t, http.StatusServiceUnavailable)}), "answered 503")
	assert.ErrorContains(t, check(t.Context(), []string{"smtp://127.0.0.1:1", ok}), "smtp://127.0.0.1:1")
	assert.ErrorContains(t, check(t.Context(), nil), "usage")

	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	assert.ErrorContains(t, check(ctx, []string{greeter(t, "")}), "no greeting", "one that hangs is unhealthy in time")
}

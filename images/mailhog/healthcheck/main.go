// Command healthcheck says by its exit status whether MailHog takes mail and
// shows it. There is no shell and no curl in MailHog's image.
package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"time"
)

const patience = 3 * time.Second // in all

func main() {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	err := check(ctx, "127.0.0.1:1025", "http://127.0.0.1:8025/")
	cancel()
	if err != nil {
		fmt.Fprintln(os.Stderr, "healthcheck:", err)
		os.Exit(1)
	}
}

func check(ctx context.Context, smtp, pages string) error {
	if err := greets(ctx, smtp); err != nil {
		return fmt.Errorf("SMTP on %s: %w", smtp, err)
	}
	if err := answers(ctx, pages); err != nil {
		return fmt.Errorf("pages on %s: %w", pages, err)
	}
	return nil
}

func greets(ctx context.Context, address string) error {
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", address)
	if err != nil {
		return err
	}
	defer conn.Close()
	if deadline, ok := ctx.Deadline(); ok {
		if err := conn.SetDeadline(deadline); err != nil {
			return err
		}
	}
	greeting, err := bufio.NewReader(conn).ReadString('\n')
	if err != nil {
		return fmt.Errorf("no greeting: %w", err)
	}
	if !strings.HasPrefix(greeting, "220 ") {
		return fmt.Errorf("greeted by %q", strings.TrimSpace(greeting))
	}
	_, err = io.WriteString(conn, "QUIT\r\n")
	return err
}

func answers(ctx context.Context, url string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("answered %s", response.Status)
	}
	return nil
}

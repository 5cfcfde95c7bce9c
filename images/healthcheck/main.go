// Command healthcheck says by its exit status whether all the addresses it is given
// answer: http://… with a 2xx, smtp://host:port with a greeting. Most images
// have no shell and no curl.
package main

import (
	"bufio"
	"context"
	"errors"
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
	err := check(ctx, os.Args[1:])
	cancel()
	if err != nil {
		fmt.Fprintln(os.Stderr, "healthcheck:", err)
		os.Exit(1)
	}
}

func check(ctx context.Context, urls []string) error {
	if len(urls) == 0 {
		return errors.New("nothing to ask; usage: healthcheck http://HOST:PORT/PATH | smtp://HOST:PORT …")
	}
	for _, url := range urls {
		ask := answers
		if strings.HasPrefix(url, "smtp://") {
			ask = greets
		}
		if err := ask(ctx, url); err != nil {
			return fmt.Errorf("%s: %w", url, err)
		}
	}
	return nil
}

func greets(ctx context.Context, url string) error {
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", strings.TrimPrefix(url, "smtp://"))
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
	if response.StatusCode/100 != 2 {
		return fmt.Errorf("answered %s", response.Status)
	}
	return nil
}

package main

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/containerd/errdefs"
	"github.com/docker/cli/cli/connhelper"
	"github.com/moby/moby/client"

	"github.com/odooops/odooops/tools/internal/provider"
)

// connectTimeout bounds a host that takes the connection and never answers.
const connectTimeout = time.Minute

// daemon connects to the host at the first use. It does not retry: who
// declares a host waits for its daemon.
type daemon struct {
	config config

	once   sync.Once
	client *client.Client
	err    error
}

func (d *daemon) connect(ctx context.Context) (*client.Client, error) {
	d.once.Do(func() {
		if d.client, d.err = dial(d.config); d.err != nil {
			return
		}
		ctx, cancel := context.WithTimeout(ctx, connectTimeout)
		defer cancel()
		_, d.err = d.client.Ping(ctx, client.PingOptions{NegotiateAPIVersion: true})
	})
	if d.err != nil {
		return nil, fmt.Errorf("connecting to the Docker daemon at %s: %w", d.where(), d.err)
	}
	return d.client, nil
}

func (d *daemon) where() string {
	if d.config.Host == "" {
		return client.DefaultDockerHost
	}
	return d.config.Host
}

func dial(c config) (*client.Client, error) {
	if !strings.HasPrefix(c.Host, "ssh://") {
		opts := []client.Opt{}
		if c.Host != "" {
			opts = append(opts, client.WithHost(c.Host))
		}
		return client.New(opts...)
	}
	helper, err := connhelper.GetConnectionHelperWithSSHOpts(c.Host, c.SSHOpts)
	if err != nil {
		return nil, err
	}
	return client.New(
		client.WithHTTPClient(&http.Client{Transport: &http.Transport{DialContext: helper.Dialer}}),
		client.WithHost(helper.Host),
		client.WithDialContext(helper.Dialer),
	)
}

func isNotFound(err error) bool { return errdefs.IsNotFound(err) }

// missing turns the daemon's 404 into ErrGone.
func missing(err error) error {
	if isNotFound(err) {
		return provider.ErrGone
	}
	return err
}

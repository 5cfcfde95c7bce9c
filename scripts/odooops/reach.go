package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/odooops/odooops/components/sshaccess"
	"github.com/odooops/odooops/stacks/config"
)

// shell runs commands on a host through the bastion, over one connection that
// the first of them opens. dial bounds the opening.
func (a *app) shell(access func(context.Context) (sshaccess.Access, error), dial time.Duration) func(context.Context, string) (string, error) {
	var mu sync.Mutex
	var client *ssh.Client
	connect := func(ctx context.Context) (*ssh.Client, error) {
		mu.Lock()
		defer mu.Unlock()
		if client != nil {
			return client, nil
		}
		to, err := access(ctx)
		if err != nil {
			return nil, err
		}
		ctx, cancel := context.WithTimeout(ctx, dial)
		defer cancel()
		client, err = sshaccess.Dial(ctx, to)
		return client, err
	}
	return func(ctx context.Context, cmd string) (string, error) {
		c, err := connect(ctx)
		if err != nil {
			return "", err
		}
		return sshaccess.Run(ctx, c, cmd)
	}
}

// roots are the authorities to believe: the system's, and those of the local
// cloud when this checkout has one.
func (a *app) roots() *x509.CertPool {
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	files, _ := filepath.Glob(a.project.Private("localcloud", "tls", "*.pem"))
	for _, f := range files {
		if pem, err := os.ReadFile(f); err == nil {
			pool.AppendCertsFromPEM(pem)
		}
	}
	return pool
}

// health asks Odoo from outside, with the edge's password where it asks for
// one; empty means that it and its database pass.
func (a *app) health(ctx context.Context, out config.OdooOutputs, edgePassword string) string {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	d := &net.Dialer{Timeout: 3 * time.Second}
	c := &http.Client{Transport: &http.Transport{
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return d.DialContext(ctx, network, net.JoinHostPort(out.PublicIP, "443"))
		},
		TLSClientConfig: &tls.Config{RootCAs: a.roots(), ServerName: out.Hostname, MinVersion: tls.VersionTLS12},
	}}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://"+out.Hostname+"/web/health?db_server_status=1", nil)
	if err != nil {
		return err.Error()
	}
	if out.EdgeLogin != "" {
		req.SetBasicAuth(out.EdgeLogin, edgePassword)
	}
	res, err := c.Do(req)
	if err != nil {
		return err.Error()
	}
	defer res.Body.Close()
	body, _ := io.ReadAll(io.LimitReader(res.Body, 1<<16))
	var h struct {
		Status string `json:"status"`
	}
	if res.StatusCode != http.StatusOK || json.Unmarshal(body, &h) != nil || h.Status != "pass" {
		return fmt.Sprintf("/web/health answers %d: %.100s", res.StatusCode, body)
	}
	return ""
}

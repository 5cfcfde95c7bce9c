package pr

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/odooops/odooops/ops/fault"
	"github.com/odooops/odooops/stacks/config"
)

const (
	// answerLimit is for a site whose containers are healthy already.
	answerLimit = 60 * time.Second
	askEvery    = 100 * time.Millisecond
)

// await returns when a user would get the login page. A certificate that
// nobody believes is a warning: it is not the preview's, and may not be issued yet.
func (s *Shop) await(ctx context.Context, out config.OdooOutputs) ([]string, error) {
	if s.Recorded {
		return nil, nil
	}
	ctx, cancel := context.WithTimeout(ctx, answerLimit)
	defer cancel()
	password := config.Derive(s.Pattern["zoneKey"], config.PreviewStack(numberOf(out)), config.PurposeEdge)
	var warnings []string
	strict := true
	for {
		err := s.ask(ctx, out, password, strict)
		if err == nil {
			return warnings, nil
		}
		if strict && untrusted(err) {
			strict = false
			warnings = append(warnings, "its certificate is not one that a browser believes: run odooops cert renew ("+err.Error()+")")
			continue
		}
		select {
		case <-ctx.Done():
			return warnings, fault.Newf("wait for "+out.URL+"/web/login", "look at the containers: odooops status", "no page within %s: %v", answerLimit, err)
		case <-time.After(askEvery):
		}
	}
}

// ask asks once; the certificate is looked at only when strict. The edge's
// password goes along all the same: it opens this one preview, and the address
// is the host's as its stack gave it out.
func (s *Shop) ask(ctx context.Context, out config.OdooOutputs, password string, strict bool) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	d := &net.Dialer{Timeout: 3 * time.Second}
	c := &http.Client{
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			DisableKeepAlives: true,
			// The name may not have reached this computer's resolver yet.
			DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
				return d.DialContext(ctx, network, net.JoinHostPort(out.PublicIP, s.edgePort()))
			},
			TLSClientConfig: &tls.Config{
				RootCAs: s.Roots, ServerName: out.Hostname, MinVersion: tls.VersionTLS12,
				InsecureSkipVerify: !strict, //nolint:gosec // told as a warning, see ask
			},
		},
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://"+out.Hostname+"/web/login", nil)
	if err != nil {
		return err
	}
	if out.EdgeLogin != "" {
		// Also to a host that only its address vouches for: the password is of
		// this preview alone, and only behind it is the page that is waited for.
		req.SetBasicAuth(out.EdgeLogin, password)
	}
	res, err := c.Do(req)
	if err != nil {
		return err
	}
	_ = res.Body.Close()
	if res.StatusCode == http.StatusOK {
		return nil
	}
	return fmt.Errorf("it answers %d", res.StatusCode)
}

// edgePort is where the edge listens.
func (s *Shop) edgePort() string {
	if s.EdgePort != "" {
		return s.EdgePort
	}
	return "443"
}

func untrusted(err error) bool {
	var unknown x509.UnknownAuthorityError
	var host x509.HostnameError
	var invalid x509.CertificateInvalidError
	return errors.As(err, &unknown) || errors.As(err, &host) || errors.As(err, &invalid)
}

func numberOf(out config.OdooOutputs) int {
	var n int
	_, _ = fmt.Sscanf(out.Hostname, "pr-%d.", &n)
	return n
}

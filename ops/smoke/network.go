package smoke

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/miekg/dns"
)

// dnsRecord asks the zone's own server: no cache between us and the truth.
func dnsRecord(ctx context.Context, v *visit) (string, error) {
	server := v.Nameserver
	if server == "" {
		ns, err := net.DefaultResolver.LookupNS(ctx, v.Domain)
		if err != nil || len(ns) == 0 {
			return "", fmt.Errorf("no name servers of %s: %w", v.Domain, err)
		}
		server = net.JoinHostPort(strings.TrimSuffix(ns[0].Host, "."), "53")
	}
	m := new(dns.Msg)
	m.SetQuestion(dns.Fqdn(v.Hostname), dns.TypeA)
	in, _, err := new(dns.Client).ExchangeContext(ctx, m, server)
	if err != nil {
		return "", fmt.Errorf("ask %s for %s: %w", server, v.Hostname, err)
	}
	var got []string
	for _, rr := range in.Answer {
		if a, ok := rr.(*dns.A); ok {
			got = append(got, a.A.String())
		}
	}
	if len(got) != 1 || got[0] != v.PublicIP {
		return "", fmt.Errorf("%s is %v at %s, want %s", v.Hostname, got, server, v.PublicIP)
	}
	if !in.Authoritative {
		return "", fmt.Errorf("%s answers for %s without authority", server, v.Hostname)
	}
	return v.Hostname + " → " + v.PublicIP, nil
}

// certificate verifies the chain and the name, as a browser does.
func certificate(ctx context.Context, v *visit) (string, error) {
	d := tls.Dialer{Config: &tls.Config{RootCAs: v.Roots, ServerName: v.Hostname, MinVersion: tls.VersionTLS12}}
	conn, err := d.DialContext(ctx, "tcp", net.JoinHostPort(v.PublicIP, v.HTTPSPort))
	if err != nil {
		return "", err
	}
	defer conn.Close()
	state := conn.(*tls.Conn).ConnectionState()
	leaf := state.PeerCertificates[0]
	left := leaf.NotAfter.Sub(v.Now())
	if left < 24*time.Hour {
		return "", fmt.Errorf("the certificate ends %s", leaf.NotAfter.Format(time.RFC3339))
	}
	return fmt.Sprintf("by %s, %d days left, %s", leaf.Issuer.CommonName, int(left.Hours()/24), tls.VersionName(state.Version)), nil
}

func redirect(ctx context.Context, v *visit) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+net.JoinHostPort(v.Hostname, v.HTTPPort)+"/web/login", nil)
	if err != nil {
		return "", err
	}
	req.Host = v.Hostname
	res, err := v.anonymous.Do(req)
	if err != nil {
		return "", err
	}
	_ = res.Body.Close()
	to := res.Header.Get("Location")
	if res.StatusCode/100 != 3 || !strings.HasPrefix(to, "https://"+v.Hostname) {
		return "", fmt.Errorf("plain HTTP answers %s, Location %q", res.Status, to)
	}
	return fmt.Sprintf("%d to %s", res.StatusCode, to), nil
}

// scanned are the ports an operator opens by mistake: shells, Docker,
// databases, Odoo's own, metrics, mail.
var scanned = []int{
	21, 22, 23, 25, 53, 80, 110, 111, 143, 443, 465, 587, 1025, 2019, 2375, 2376, 2377, 2525, 3000, 3100, 3306, 4317, 4318,
	5000, 5432, 5433, 6379, 6432, 7946, 8000, 8025, 8069, 8071, 8072, 8080, 8082, 8443, 8888, 9000, 9090, 9093, 9100, 9200,
	9323, 9443, 10250, 11211, 27017,
}

func openPorts(ctx context.Context, v *visit) (string, error) {
	var problems []string
	addresses := []struct {
		what, ip string
		want     []int
		must     bool
	}{
		{"the reserved address", v.PublicIP, []int{80, 443}, true},
		{"the host's own address", v.DropletIP, []int{80, 443}, false},
		{"the bastion", v.BastionIP, []int{22}, true},
	}
	open := make([][]int, len(addresses))
	var wg sync.WaitGroup
	for i, a := range addresses {
		wg.Go(func() { open[i] = scan(ctx, a.ip, scanned) })
	}
	wg.Wait()
	for i, a := range addresses {
		if a.ip == "" {
			problems = append(problems, a.what+" is not known")
			continue
		}
		got := open[i]
		for _, p := range got {
			if !slices.Contains(a.want, p) {
				problems = append(problems, fmt.Sprintf("%s %s has port %d open", a.what, a.ip, p))
			}
		}
		for _, p := range a.want {
			if a.must && !slices.Contains(got, p) {
				problems = append(problems, fmt.Sprintf("%s %s does not answer on port %d", a.what, a.ip, p))
			}
		}
	}
	if len(problems) > 0 {
		return "", errors.New(strings.Join(problems, "; "))
	}
	return fmt.Sprintf("%d ports tried on each: 80 and 443, and 22 on the bastion alone", len(scanned)), nil
}

// scan returns the ports that accept a connection.
func scan(ctx context.Context, ip string, ports []int) []int {
	if ip == "" {
		return nil
	}
	var mu sync.Mutex
	var wg sync.WaitGroup
	var open []int
	slots := make(chan struct{}, 64)
	d := net.Dialer{Timeout: 3 * time.Second}
	for _, p := range ports {
		wg.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			conn, err := d.DialContext(ctx, "tcp", net.JoinHostPort(ip, strconv.Itoa(p)))
			if err != nil {
				return
			}
			_ = conn.Close()
			mu.Lock()
			open = append(open, p)
			mu.Unlock()
		})
	}
	wg.Wait()
	slices.Sort(open)
	return open
}

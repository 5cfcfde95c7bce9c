// Package names is the local cloud's DNS: authoritative for the zones in the
// records, with the cloud's own names on the machines' side, and forwarding
// for all else. It keeps nothing itself.
package names

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"strings"
	"time"

	"github.com/digitalocean/godo"
	"github.com/miekg/dns"
)

// Zone is one zone: its records as the API has them.
type Zone struct {
	Name    string
	Records []godo.DomainRecord
}

// Resolver answers questions.
type Resolver struct {
	// Zone finds the zone that holds a name (without the trailing dot).
	Zone func(name string) (Zone, bool)
	// Overrides lead names, and everything below them, to Gateway: the names
	// of the real cloud, for machines. Empty where users ask.
	Overrides []string
	Gateway   netip.Addr
	// Upstream servers, host:port, for names of no zone.
	Upstream []string
	Log      *slog.Logger
}

const (
	upstreamTimeout = 2 * time.Second
	overrideTTL     = 60 // seconds
	maxCNAMEs       = 8
)

// ServeDNS answers one question.
func (r *Resolver) ServeDNS(w dns.ResponseWriter, q *dns.Msg) {
	answer := r.answer(q)
	if edns := q.IsEdns0(); edns != nil && answer.IsEdns0() == nil {
		answer.SetEdns0(dns.DefaultMsgSize, false)
	}
	size := dns.MinMsgSize
	if edns := q.IsEdns0(); edns != nil {
		size = int(max(edns.UDPSize(), dns.MinMsgSize))
	}
	if _, isTCP := w.RemoteAddr().(*net.TCPAddr); isTCP {
		size = dns.MaxMsgSize
	}
	answer.Truncate(size)
	if err := w.WriteMsg(answer); err != nil {
		r.Log.Debug("dns answer not sent", "error", err)
	}
}

func (r *Resolver) answer(q *dns.Msg) *dns.Msg {
	m := new(dns.Msg).SetReply(q)
	m.RecursionAvailable = true
	if q.Opcode != dns.OpcodeQuery || len(q.Question) != 1 {
		return m.SetRcode(q, dns.RcodeNotImplemented)
	}
	question := q.Question[0]
	name := strings.ToLower(strings.TrimSuffix(question.Name, "."))
	if r.overridden(name) {
		if question.Qtype == dns.TypeA || question.Qtype == dns.TypeANY {
			m.Answer = []dns.RR{&dns.A{Hdr: header(question.Name, dns.TypeA, overrideTTL), A: r.Gateway.AsSlice()}}
		}
		return m
	}
	if zone, ok := r.Zone(name); ok {
		m.Authoritative = true
		r.authoritative(m, zone, name, question)
		return m
	}
	return r.forward(q)
}

func (r *Resolver) overridden(name string) bool {
	for _, o := range r.Overrides {
		if name == o || strings.HasSuffix(name, "."+o) {
			return true
		}
	}
	return false
}

// forward asks the upstream servers in turn.
func (r *Resolver) forward(q *dns.Msg) *dns.Msg {
	var failed error
	for _, server := range r.Upstream {
		for _, network := range []string{"udp", "tcp"} {
			client := &dns.Client{Net: network, Timeout: upstreamTimeout}
			m, _, err := client.Exchange(q, server)
			if err == nil && !m.Truncated {
				return m
			}
			failed = errors.Join(failed, err)
			if err != nil {
				break // no answer by UDP: TCP would not come either
			}
		}
	}
	r.Log.Debug("dns name not resolved upstream", "question", q.Question[0].Name, "error", failed)
	return new(dns.Msg).SetRcode(q, dns.RcodeServerFailure)
}

// Serve answers on UDP and TCP at the address until ctx ends; it returns the
// address, which both share, when both listen.
func Serve(ctx context.Context, address string, h dns.Handler) (string, error) {
	for range 20 { // a free UDP port may be taken for TCP
		udp, err := net.ListenPacket("udp", address)
		if err != nil {
			return "", fmt.Errorf("listen for DNS: %w", err)
		}
		tcp, err := net.Listen("tcp", udp.LocalAddr().String())
		if err != nil {
			_ = udp.Close() // never served
			if strings.HasSuffix(address, ":0") {
				continue
			}
			return "", fmt.Errorf("listen for DNS: %w", err)
		}
		for _, srv := range []*dns.Server{{PacketConn: udp, Handler: h}, {Listener: tcp, Handler: h}} {
			go func() { _ = srv.ActivateAndServe() }() // ends with its listener
		}
		context.AfterFunc(ctx, func() { _ = udp.Close(); _ = tcp.Close() })
		return udp.LocalAddr().String(), nil
	}
	return "", errors.New("listen for DNS: found no port that is free for both UDP and TCP")
}

// SystemUpstream are the servers this computer asks, save those at avoid: the
// cloud must not ask itself.
func SystemUpstream(avoid netip.Addr) []string {
	config, err := dns.ClientConfigFromFile("/etc/resolv.conf")
	if err != nil {
		return nil // no resolver: only the cloud's own names
	}
	var servers []string
	for _, s := range config.Servers {
		if s != avoid.String() {
			servers = append(servers, net.JoinHostPort(s, config.Port))
		}
	}
	return servers
}

// Addresses are where a name leads, by the zones alone.
func (r *Resolver) Addresses(name string) []netip.Addr {
	m := r.answer(new(dns.Msg).SetQuestion(dns.Fqdn(name), dns.TypeA))
	var list []netip.Addr
	for _, rr := range m.Answer {
		if a, ok := rr.(*dns.A); ok {
			if addr, ok := netip.AddrFromSlice(a.A.To4()); ok {
				list = append(list, addr)
			}
		}
	}
	return list
}

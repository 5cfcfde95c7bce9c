package docker

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net/netip"
	"os"
	"slices"
	"strings"
	"text/template"

	"github.com/odooops/odooops/localcloud"
)

//go:embed ruleset.nft.tmpl
var rulesetText string

// guarded is one machine with a firewall, as the ruleset's template wants it.
type guarded struct {
	ID                int
	Name              string
	Addresses         []netip.Addr
	Inbound, Outbound []string // nft matches
}

// table is the name of the cloud's table: nft takes no dashes in names.
func (m *Machines) table() string { return strings.ReplaceAll(m.prefix(), "-", "_") }

// loadFirewall renders all machines' rules and replaces the cloud's table: the
// same one for the public network, on this computer, and for the VPCs, in
// their namespace.
func (m *Machines) loadFirewall(ctx context.Context) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.network.Subnet.IsValid() {
		return nil // Up loads it
	}
	rules, err := ruleset(m.table(), m.network, m.records)
	if err != nil {
		return err
	}
	load := func() error { return run(ctx, rules, "nft", "-f", "-") }
	if err := errors.Join(load(), inNamespace(m.namespacePath(), load)); err != nil {
		return fmt.Errorf("load the machines' firewall: %w", err)
	}
	return nil
}

// ruleset renders the nft ruleset of a cloud: the same text for the same records.
func ruleset(table string, n localcloud.Network, records map[int]*record) ([]byte, error) {
	t, err := template.New("ruleset").Parse(rulesetText)
	if err != nil {
		return nil, err
	}
	data := struct {
		Table    string
		Subnet   netip.Prefix
		Gateway  netip.Addr
		Machines []guarded
	}{Table: table, Subnet: n.Subnet, Gateway: n.Gateway}
	for _, id := range slices.Sorted(maps.Keys(records)) {
		r := records[id]
		if !r.Machine.PublicIP.IsValid() {
			continue // not booted yet
		}
		if r.Firewall != nil {
			data.Machines = append(data.Machines, guarded{
				ID: id, Name: r.Machine.Name, Addresses: r.addresses(),
				Inbound:  matches(r.Firewall.Inbound, "saddr"),
				Outbound: matches(r.Firewall.Outbound, "daddr"),
			})
		}
	}
	var out bytes.Buffer
	err = t.Execute(&out, data)
	return out.Bytes(), err
}

// matches renders rules as nft matches, one for each IPv4 peer. Machines have
// no IPv6, so rules for its peers let nothing more through.
func matches(rules []localcloud.Rule, direction string) []string {
	var out []string
	for _, r := range rules {
		for _, peer := range r.Peers {
			if !peer.Addr().Is4() {
				continue
			}
			out = append(out, fmt.Sprintf("ip %s %s %s", direction, peer.Masked(), protocol(r)))
		}
	}
	return out
}

func protocol(r localcloud.Rule) string {
	switch {
	case r.Protocol == "icmp":
		return "ip protocol icmp"
	case r.PortFrom == 0 && r.PortTo == 0:
		return "ip protocol " + r.Protocol
	case r.PortFrom == r.PortTo:
		return fmt.Sprintf("%s dport %d", r.Protocol, r.PortFrom)
	default:
		return fmt.Sprintf("%s dport %d-%d", r.Protocol, r.PortFrom, r.PortTo)
	}
}

func (m *Machines) unloadFirewall(ctx context.Context) error {
	// Deleting a table that may not be there: make sure of it first.
	text := fmt.Sprintf("table ip %[1]s\ndelete table ip %[1]s\n", m.table())
	return run(ctx, []byte(text), "nft", "-f", "-")
}

// bridgeNetfilter has packets that stay on a bridge pass the firewall too.
// Docker turns it on for its own rules, but not in every version.
func bridgeNetfilter(ctx context.Context) error {
	const path = "/proc/sys/net/bridge/bridge-nf-call-iptables"
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		if err := run(ctx, nil, "modprobe", "br_netfilter"); err != nil {
			return fmt.Errorf("firewalls between machines need the kernel's br_netfilter: %w", err)
		}
	}
	if err := os.WriteFile(path, []byte("1"), 0o644); err != nil {
		return fmt.Errorf("let bridged packets pass the firewall: %w", err)
	}
	return nil
}

package names_test

import (
	"log/slog"
	"net/netip"
	"strings"
	"testing"

	"github.com/digitalocean/godo"
	"github.com/miekg/dns"
	"github.com/stretchr/testify/require"

	"github.com/odooops/odooops/localcloud/names"
)

func zones(name string) (names.Zone, bool) {
	z := names.Zone{Name: "example.com", Records: []godo.DomainRecord{
		{Type: "A", Name: "@", Data: "10.124.0.9", TTL: 60},
		{Type: "A", Name: "erp", Data: "10.124.15.254", TTL: 60},
		{Type: "CNAME", Name: "www", Data: "@", TTL: 60},
		{Type: "A", Name: "*.previews", Data: "10.124.0.7", TTL: 60},
		{Type: "TXT", Name: "mail._domainkey", Data: strings.Repeat("k", 400), TTL: 60},
		{Type: "MX", Name: "@", Data: "mxa.mailgun.org", Priority: 10, TTL: 60},
		{Type: "CAA", Name: "@", Data: "letsencrypt.org", Tag: "issue", TTL: 60},
		{Type: "SRV", Name: "_sip._tcp", Data: "erp.example.com", Priority: 1, Weight: 2, Port: 5060, TTL: 60},
		{Type: "NS", Name: "@", Data: "ns1.digitalocean.com", TTL: 60},
	}}
	return z, name == z.Name || strings.HasSuffix(name, "."+z.Name)
}

func serve(t *testing.T, r *names.Resolver) string {
	t.Helper()
	r.Zone, r.Log = zones, slog.New(slog.NewTextHandler(t.Output(), nil))
	address, err := names.Serve(t.Context(), "127.0.0.1:0", r)
	require.NoError(t, err)
	return address
}

func ask(t *testing.T, address, network, name string, kind uint16) *dns.Msg {
	t.Helper()
	m, _, err := (&dns.Client{Net: network}).Exchange(new(dns.Msg).SetQuestion(name, kind), address)
	require.NoError(t, err)
	return m
}

func TestZoneIsAnswered(t *testing.T) {
	address := serve(t, &names.Resolver{})
	for question, want := range map[string]string{
		"A erp.example.com.":               "A\t10.124.15.254",
		"A Erp.Example.com.":               "A\t10.124.15.254",
		"A pr-7.previews.example.com.":     "A\t10.124.0.7",
		"MX example.com.":                  "MX\t10 mxa.mailgun.org.",
		"CAA example.com.":                 `CAA	0 issue "letsencrypt.org"`,
		"SRV _sip._tcp.example.com.":       "SRV\t1 2 5060 erp.example.com.",
		"NS example.com.":                  "NS\tns1.digitalocean.com.",
		"SOA example.com.":                 "SOA\tns1.digitalocean.com.",
		"CNAME www.example.com.":           "CNAME\texample.com.",
		"TXT mail._domainkey.example.com.": strings.Repeat("k", 255) + `" "` + strings.Repeat("k", 145),
	} {
		for _, network := range []string{"udp", "tcp"} {
			kind, name, _ := strings.Cut(question, " ")
			m := ask(t, address, network, name, dns.StringToType[kind])
			require.True(t, m.Authoritative)
			require.NotEmpty(t, m.Answer, question)
			require.Contains(t, m.Answer[0].String(), want)
		}
	}
}

func TestAliasIsFollowed(t *testing.T) {
	m := ask(t, serve(t, &names.Resolver{}), "udp", "www.example.com.", dns.TypeA)
	require.Len(t, m.Answer, 2)
	require.Equal(t, "10.124.0.9", m.Answer[1].(*dns.A).A.String())
}

func TestWhatIsNotThereAndWhatHasAnotherType(t *testing.T) {
	address := serve(t, &names.Resolver{})
	m := ask(t, address, "udp", "nope.example.com.", dns.TypeA)
	require.Equal(t, dns.RcodeNameError, m.Rcode)
	require.IsType(t, &dns.SOA{}, m.Ns[0])
	m = ask(t, address, "udp", "erp.example.com.", dns.TypeAAAA)
	require.Equal(t, dns.RcodeSuccess, m.Rcode)
	require.Empty(t, m.Answer)
	m = ask(t, address, "udp", "previews.example.com.", dns.TypeA)
	require.Equal(t, dns.RcodeSuccess, m.Rcode, "a name with names below it exists")
}

func TestMachinesFindTheCloudUnderTheRealNames(t *testing.T) {
	address := serve(t, &names.Resolver{Overrides: []string{"digitaloceanspaces.com"}, Gateway: netip.MustParseAddr("10.124.0.1")})
	m := ask(t, address, "udp", "wal.fra1.digitaloceanspaces.com.", dns.TypeA)
	require.Equal(t, "10.124.0.1", m.Answer[0].(*dns.A).A.String())
	m = ask(t, address, "udp", "wal.fra1.digitaloceanspaces.com.", dns.TypeAAAA)
	require.Empty(t, m.Answer)
}

func TestOtherNamesAreForwarded(t *testing.T) {
	upstream := serve(t, &names.Resolver{Overrides: []string{"debian.org"}, Gateway: netip.MustParseAddr("10.9.9.9")})
	address := serve(t, &names.Resolver{Upstream: []string{upstream}})
	require.Equal(t, "10.9.9.9", ask(t, address, "udp", "deb.debian.org.", dns.TypeA).Answer[0].(*dns.A).A.String())
	require.Equal(t, dns.RcodeServerFailure, ask(t, serve(t, &names.Resolver{}), "udp", "deb.debian.org.", dns.TypeA).Rcode)
}

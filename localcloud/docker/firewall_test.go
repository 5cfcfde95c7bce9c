package docker

import (
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/odooops/odooops/localcloud"
)

var labNetwork = localcloud.Network{Subnet: netip.MustParsePrefix("10.124.0.0/20"), Gateway: netip.MustParseAddr("10.124.0.1")}

func guardedRecords() map[int]*record {
	anyone := []netip.Prefix{netip.MustParsePrefix("0.0.0.0/0"), netip.MustParsePrefix("::/0")}
	return map[int]*record{
		7: {
			Machine:  localcloud.Machine{ID: 7, Name: "erp", PublicIP: netip.MustParseAddr("10.124.0.7"), PrivateIP: netip.MustParseAddr("10.10.0.7")},
			Reserved: []netip.Addr{netip.MustParseAddr("10.124.8.1")},
			Firewall: &localcloud.Firewall{
				Inbound: []localcloud.Rule{
					{Protocol: "tcp", PortFrom: 443, PortTo: 443, Peers: anyone},
					{Protocol: "tcp", PortFrom: 8000, PortTo: 8999, Peers: []netip.Prefix{netip.MustParsePrefix("10.10.3.4/16")}},
				},
				Outbound: []localcloud.Rule{
					{Protocol: "udp", Peers: anyone},
					{Protocol: "icmp", Peers: anyone},
				},
			},
		},
		8: {Machine: localcloud.Machine{ID: 8, Name: "open", PublicIP: netip.MustParseAddr("10.124.0.8")}},
		9: {Reserved: []netip.Addr{netip.MustParseAddr("10.124.8.2")}, Firewall: &localcloud.Firewall{}}, // not booted yet
	}
}

func TestRulesetNamesEveryAddressOfAMachineWithAFirewall(t *testing.T) {
	text, err := ruleset("odooops_local", labNetwork, guardedRecords())
	require.NoError(t, err)
	for _, line := range []string{
		"ip saddr 0.0.0.0/0 tcp dport 443 return",
		"ip saddr 10.10.0.0/16 tcp dport 8000-8999 return",
		"ip daddr 0.0.0.0/0 ip protocol udp return",
		"ip daddr 0.0.0.0/0 ip protocol icmp return",
		"ip daddr 10.124.0.7 goto to_7",
		"ip daddr 10.10.0.7 goto to_7",
		"ip daddr 10.124.8.1 goto to_7",
		"ip saddr 10.124.0.7 goto from_7",
	} {
		require.Contains(t, string(text), line)
	}
	require.NotContains(t, string(text), "::", "machines have no IPv6")
	require.NotContains(t, string(text), "to_8", "a machine without a firewall is open")
	require.NotContains(t, string(text), "to_9", "a machine that never booted has no packets")
}

func TestRulesetBlocksMailAsDigitalOceanDoes(t *testing.T) {
	text, err := ruleset("odooops_local", labNetwork, nil)
	require.NoError(t, err)
	require.Contains(t, string(text), "ip saddr 10.124.0.0/20 ip daddr != 10.124.0.0/20 tcp dport { 25, 465, 587 } drop")
}

func TestNeighboursOfThisComputerReachNeitherMachinesNorTheCloudsDNSAndHTTPS(t *testing.T) {
	text, err := ruleset("odooops_local", labNetwork, nil)
	require.NoError(t, err)
	require.Contains(t, string(text), "ip saddr != 10.124.0.0/20 ip daddr 10.124.0.1 drop")
	require.Contains(t, string(text), "ip saddr != 10.124.0.0/20 ip daddr 10.124.0.0/20 drop")
}

func TestRulesetIsWhatNftReads(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Log("nft reads rules for root only; the machines' tests load them")
		return
	}
	nft, err := exec.LookPath("nft")
	if err != nil {
		t.Log("nft is not installed; the machines' tests load the rules")
		return
	}
	text, err := ruleset("odooops_unit", labNetwork, guardedRecords())
	require.NoError(t, err)
	check := exec.Command(nft, "--check", "-f", "-")
	check.Stdin = strings.NewReader(string(text))
	out, err := check.CombinedOutput()
	require.NoError(t, err, string(out))
}

func TestRecordsSurviveTheProcess(t *testing.T) {
	dir := t.TempDir()
	m := &Machines{cfg: Config{Instance: "unit", Dir: dir}, records: map[int]*record{}}
	volume := localcloud.Volume{ID: "v", Name: "data", SizeGB: 1}
	require.NoError(t, m.change(7, func(r *record) { *r = *guardedRecords()[7] }))
	require.NoError(t, m.change(7, func(r *record) { r.Volumes = append(without(r.Volumes, volume), volume) }))

	read, err := loadRecords(m.machinesDir())
	require.NoError(t, err)
	require.Equal(t, m.records, read)
	require.Equal(t, 7, m.holder(volume))

	require.NoError(t, m.forget(7))
	require.NoDirExists(t, filepath.Join(dir, "machines", "7"))
}

func TestInstanceNamesThatDockerWouldRefuseAreRefusedFirst(t *testing.T) {
	for _, name := range []string{"", "Local", "a_b", "-a", strings.Repeat("a", 21)} {
		_, err := New(Config{Instance: name})
		require.ErrorContains(t, err, "instance name")
	}
}

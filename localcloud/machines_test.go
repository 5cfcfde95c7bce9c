package localcloud_test

import (
	"context"
	"fmt"
	"net/http"
	"net/netip"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/digitalocean/godo"
	"github.com/stretchr/testify/require"

	"github.com/odooops/odooops/localcloud"
)

// fakeMachines notes what it is told.
type fakeMachines struct {
	mu        sync.Mutex
	said      []string
	firewalls map[int]*localcloud.Firewall
	hang      bool // a boot takes for ever
}

func (m *fakeMachines) say(format string, args ...any) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.said = append(m.said, fmt.Sprintf(format, args...))
	return nil
}

func (m *fakeMachines) has(text string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Contains(m.said, text)
}

func (m *fakeMachines) firewall(id int) *localcloud.Firewall {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.firewalls[id]
}

func (m *fakeMachines) Up(_ context.Context, n localcloud.Network) error {
	return m.say("up %s %s", n.Subnet, n.Gateway)
}

func (m *fakeMachines) EnsureVPC(_ context.Context, v localcloud.VPC) error {
	return m.say("vpc %s", v.IPRange)
}

func (m *fakeMachines) DeleteVPC(context.Context, string) error { return m.say("delete vpc") }

func (m *fakeMachines) Boot(ctx context.Context, x localcloud.Machine) error {
	if m.hang {
		<-ctx.Done()
		return ctx.Err()
	}
	return m.say("boot %s %s %s %d MB %q", x.Name, x.PublicIP, x.PrivateIP, x.MemoryMB, x.UserData)
}

func (m *fakeMachines) PowerOff(_ context.Context, _ int, graceful bool) error {
	return m.say("off graceful=%v", graceful)
}

func (m *fakeMachines) Destroy(context.Context, int) error { return m.say("destroy") }

func (m *fakeMachines) AttachVolume(_ context.Context, _ int, v localcloud.Volume) error {
	return m.say("attach %s %d GB", v.Name, v.SizeGB)
}

func (m *fakeMachines) DetachVolume(_ context.Context, _ int, v localcloud.Volume) error {
	return m.say("detach %s", v.Name)
}

func (m *fakeMachines) DeleteVolume(_ context.Context, v localcloud.Volume) error {
	return m.say("delete volume %s", v.Name)
}

func (m *fakeMachines) SetReservedIPs(_ context.Context, _ int, ips []netip.Addr) error {
	return m.say("reserved %v", ips)
}

func (m *fakeMachines) SetFirewall(_ context.Context, id int, f *localcloud.Firewall) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.firewalls[id] = f
	if f != nil {
		m.said = append(m.said, "firewall")
	}
	return nil
}

func (m *fakeMachines) Running(context.Context, int) (bool, error) { return true, nil }
func (m *fakeMachines) Down(context.Context, bool) error           { return nil }

func newMachines() *fakeMachines { return &fakeMachines{firewalls: map[int]*localcloud.Firewall{}} }

// active waits until the droplet runs and takes actions.
func active(t *testing.T, cl *godo.Client, id int) {
	t.Helper()
	require.Eventually(t, func() bool {
		d, _, err := cl.Droplets.Get(t.Context(), id)
		return err == nil && d.Status == "active" && !d.Locked
	}, 10*time.Second, 10*time.Millisecond)
}

// production makes what a production stack makes of the cloud, in its order.
func production(t *testing.T, cl *godo.Client) (*godo.Droplet, *godo.Volume, *godo.ReservedIP) {
	t.Helper()
	vpc, _, err := cl.VPCs.Create(t.Context(), &godo.VPCCreateRequest{Name: "core", RegionSlug: "fra1", IPRange: "10.10.0.0/20"})
	require.NoError(t, err)
	v, _, err := cl.Storage.CreateVolume(t.Context(), &godo.VolumeCreateRequest{Region: "fra1", Name: "data", SizeGigaBytes: 5})
	require.NoError(t, err)
	d, _, err := cl.Droplets.Create(t.Context(), &godo.DropletCreateRequest{
		Name: "erp", Region: "fra1", Size: "s-2vcpu-4gb", Image: godo.DropletCreateImage{Slug: "debian-13-x64"},
		VPCUUID: vpc.ID, UserData: "#cloud-config", Volumes: []godo.DropletCreateVolume{{ID: v.ID}}})
	require.NoError(t, err)
	active(t, cl, d.ID)
	ip, _, err := cl.ReservedIPs.Create(t.Context(), &godo.ReservedIPCreateRequest{DropletID: d.ID})
	require.NoError(t, err)
	active(t, cl, d.ID)
	return d, v, ip
}

func TestRecordsTakeEffectOnMachines(t *testing.T) {
	m := newMachines()
	c := start(t, localcloud.Config{Machines: m})
	cl := client(t, c)
	d, v, ip := production(t, cl)
	for _, want := range []string{
		"up 10.124.0.0/20 10.124.0.1", "vpc 10.10.0.0/20", `boot erp 10.124.0.2 10.10.0.2 4096 MB "#cloud-config"`,
		"attach data 5 GB", "reserved [10.124.15.254]",
	} {
		require.True(t, m.has(want), "%s in %v", want, m.said)
	}

	_, _, err := cl.DropletActions.Shutdown(t.Context(), d.ID)
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		d, _, err := cl.Droplets.Get(t.Context(), d.ID)
		return err == nil && d.Status == "off"
	}, 10*time.Second, 10*time.Millisecond)
	require.True(t, m.has("off graceful=true"))

	_, err = cl.Droplets.Delete(t.Context(), d.ID)
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		_, resp, _ := cl.Droplets.Get(t.Context(), d.ID)
		return resp.StatusCode == http.StatusNotFound
	}, 10*time.Second, 10*time.Millisecond)
	require.True(t, m.has("detach data"))
	require.True(t, m.has("destroy"))
	_, err = cl.Storage.DeleteVolume(t.Context(), v.ID)
	require.NoError(t, err)
	require.True(t, m.has("delete volume data"))
	got, _, err := cl.ReservedIPs.Get(t.Context(), ip.IP)
	require.NoError(t, err)
	require.Nil(t, got.Droplet)
}

func TestFirewallIsResolvedToAddresses(t *testing.T) {
	m := newMachines()
	cl := client(t, start(t, localcloud.Config{Machines: m}))
	d, _, _ := production(t, cl)
	require.Nil(t, m.firewall(d.ID), "a droplet without a firewall is open")
	bastion, _, err := cl.Droplets.Create(t.Context(), &godo.DropletCreateRequest{
		Name: "bastion", Region: "fra1", Size: "s-1vcpu-1gb", Image: godo.DropletCreateImage{Slug: "debian-13-x64"}, VPCUUID: d.VPCUUID, Tags: []string{"bastion"}})
	require.NoError(t, err)
	active(t, cl, bastion.ID)
	web, _, err := cl.Firewalls.Create(t.Context(), &godo.FirewallRequest{Name: "web", DropletIDs: []int{d.ID},
		InboundRules: []godo.InboundRule{{Protocol: "tcp", PortRange: "443", Sources: &godo.Sources{Addresses: []string{"0.0.0.0/0", "::/0"}}}}})
	require.NoError(t, err)
	_, _, err = cl.Firewalls.Create(t.Context(), &godo.FirewallRequest{Name: "ssh", DropletIDs: []int{d.ID},
		InboundRules:  []godo.InboundRule{{Protocol: "tcp", PortRange: "22", Sources: &godo.Sources{Tags: []string{"bastion"}}}},
		OutboundRules: []godo.OutboundRule{{Protocol: "tcp", PortRange: "all", Destinations: &godo.Destinations{Addresses: []string{"0.0.0.0/0"}}}}})
	require.NoError(t, err)
	prefixes := func(texts ...string) (list []netip.Prefix) {
		for _, text := range texts {
			list = append(list, netip.MustParsePrefix(text))
		}
		return list
	}
	f := m.firewall(d.ID)
	require.ElementsMatch(t, []localcloud.Rule{
		{Protocol: "tcp", PortFrom: 443, PortTo: 443, Peers: prefixes("0.0.0.0/0", "::/0")},
		{Protocol: "tcp", PortFrom: 22, PortTo: 22, Peers: prefixes("10.124.0.3/32", "10.10.0.3/32")},
	}, f.Inbound)
	require.Equal(t, []localcloud.Rule{{Protocol: "tcp", Peers: prefixes("0.0.0.0/0")}}, f.Outbound)

	_, err = cl.Firewalls.Delete(t.Context(), web.ID)
	require.NoError(t, err)
	require.Len(t, m.firewall(d.ID).Inbound, 1)
	require.Nil(t, m.firewall(bastion.ID))
}

func TestFirewallByTagKnowsADropletFromItsFirstPacketOn(t *testing.T) {
	m := newMachines()
	cl := client(t, start(t, localcloud.Config{Machines: m}))
	d, _, _ := production(t, cl)
	_, _, err := cl.Tags.Create(t.Context(), &godo.TagCreateRequest{Name: "bastion"})
	require.NoError(t, err)
	ssh := []godo.InboundRule{{Protocol: "tcp", PortRange: "22", Sources: &godo.Sources{Tags: []string{"bastion"}}}}
	for _, f := range []godo.FirewallRequest{
		{Name: "erp", DropletIDs: []int{d.ID}, InboundRules: ssh},
		{Name: "bastion", Tags: []string{"bastion"}, InboundRules: ssh},
	} {
		_, _, err = cl.Firewalls.Create(t.Context(), &f)
		require.NoError(t, err)
	}
	require.Empty(t, m.firewall(d.ID).Inbound[0].Peers, "no droplet has the tag yet")
	m.mu.Lock()
	m.said = nil
	m.mu.Unlock()

	bastion, _, err := cl.Droplets.Create(t.Context(), &godo.DropletCreateRequest{
		Name: "bastion", Region: "fra1", Size: "s-1vcpu-1gb", Image: godo.DropletCreateImage{Slug: "debian-13-x64"}, VPCUUID: d.VPCUUID, Tags: []string{"bastion"}})
	require.NoError(t, err)
	active(t, cl, bastion.ID)
	require.Equal(t, []string{"firewall", `boot bastion 10.124.0.3 10.10.0.3 1024 MB ""`}, m.said[:2])
	peers := []netip.Prefix{netip.MustParsePrefix("10.124.0.3/32"), netip.MustParsePrefix("10.10.0.3/32")}
	require.Equal(t, peers, m.firewall(d.ID).Inbound[0].Peers, "the others know who has the tag now")

	ip, _, err := cl.ReservedIPs.Create(t.Context(), &godo.ReservedIPCreateRequest{DropletID: bastion.ID})
	require.NoError(t, err)
	active(t, cl, bastion.ID)
	require.Contains(t, m.firewall(d.ID).Inbound[0].Peers, netip.MustParsePrefix(ip.IP+"/32"))
}

func TestRestartTellsMachinesEverythingAgain(t *testing.T) {
	dir := t.TempDir()
	c := start(t, localcloud.Config{Dir: dir, Machines: newMachines()})
	production(t, client(t, c))
	require.NoError(t, c.Close())
	m := newMachines()
	start(t, localcloud.Config{Dir: dir, Machines: m})
	require.Equal(t, []string{
		"up 10.124.0.0/20 10.124.0.1", "vpc 10.10.0.0/20", `boot erp 10.124.0.2 10.10.0.2 4096 MB "#cloud-config"`,
		"attach data 5 GB", "reserved [10.124.15.254]",
	}, m.said)
}

func TestBootCutShortByAKillIsDoneAfterTheRestart(t *testing.T) {
	dir := t.TempDir()
	m := newMachines()
	m.hang = true
	c := start(t, localcloud.Config{Dir: dir, Machines: m})
	d, _, err := client(t, c).Droplets.Create(t.Context(), &godo.DropletCreateRequest{
		Name: "erp", Region: "fra1", Size: "s-1vcpu-1gb", Image: godo.DropletCreateImage{Slug: "debian-13-x64"}})
	require.NoError(t, err)
	require.Equal(t, "new", d.Status)
	require.NoError(t, c.Close())
	again := newMachines()
	again.hang = true
	c = start(t, localcloud.Config{Dir: dir, Machines: again}) // does not wait for it
	require.NoError(t, c.Close())
	cl := client(t, start(t, localcloud.Config{Dir: dir, Machines: newMachines()}))
	active(t, cl, d.ID)
}

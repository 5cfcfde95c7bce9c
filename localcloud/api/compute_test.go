package api_test

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/digitalocean/godo"
	"github.com/stretchr/testify/require"

	"github.com/odooops/odooops/localcloud/api"
)

func TestLifeOfADroplet(t *testing.T) {
	c := newCloud(t, nil)
	key, _, err := c.Keys.Create(t.Context(), &godo.KeyCreateRequest{Name: "ops",
		PublicKey: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ1HkPV3nLX2pAIH0qSKvcQoXZQBvSlBzOAGHBBlJTz9 ops"})
	require.NoError(t, err)
	vpc := c.vpc(t)
	d := c.droplet(t, "erp", func(r *godo.DropletCreateRequest) {
		r.VPCUUID, r.Tags, r.UserData = vpc.ID, []string{"core"}, "#cloud-config"
		r.SSHKeys = []godo.DropletCreateSSHKey{{Fingerprint: key.Fingerprint}}
	})
	require.Equal(t, "active", d.Status)
	public, err := d.PublicIPv4()
	require.NoError(t, err)
	require.Equal(t, "10.124.0.2", public)
	private, err := d.PrivateIPv4()
	require.NoError(t, err)
	require.Equal(t, "10.10.0.2", private)
	require.NotNil(t, d.Region)
	require.NotNil(t, d.Size)

	// a resize needs the droplet off
	_, _, err = c.DropletActions.Resize(t.Context(), d.ID, "s-2vcpu-4gb", true)
	refused(t, http.StatusUnprocessableEntity, err)
	_, _, err = c.DropletActions.PowerOff(t.Context(), d.ID)
	require.NoError(t, err)
	action, _, err := c.DropletActions.Resize(t.Context(), d.ID, "s-2vcpu-4gb", true)
	require.NoError(t, err)
	require.NotNil(t, action.CompletedAt)
	_, _, err = c.DropletActions.PowerOn(t.Context(), d.ID)
	require.NoError(t, err)
	d, _, err = c.Droplets.Get(t.Context(), d.ID)
	require.NoError(t, err)
	require.Equal(t, "s-2vcpu-4gb", d.SizeSlug)
	require.Equal(t, 80, d.Disk)
	require.Equal(t, "active", d.Status)

	// a VPC with members stays
	_, err = c.VPCs.Delete(t.Context(), vpc.ID)
	refused(t, http.StatusForbidden, err)
	_, err = c.Droplets.Delete(t.Context(), d.ID)
	require.NoError(t, err)
	_, _, err = c.Droplets.Get(t.Context(), d.ID)
	refused(t, http.StatusNotFound, err)
	_, err = c.VPCs.Delete(t.Context(), vpc.ID)
	require.NoError(t, err)
}

func TestBadReferencesAreRefused(t *testing.T) {
	c := newCloud(t, nil)
	for name, change := range map[string]func(*godo.DropletCreateRequest){
		"region": func(r *godo.DropletCreateRequest) { r.Region = "mars1" },
		"size":   func(r *godo.DropletCreateRequest) { r.Size = "huge" },
		"image":  func(r *godo.DropletCreateRequest) { r.Image = godo.DropletCreateImage{Slug: "windows"} },
		"key":    func(r *godo.DropletCreateRequest) { r.SSHKeys = []godo.DropletCreateSSHKey{{ID: 7}} },
		"name":   func(r *godo.DropletCreateRequest) { r.Name = "not a host name" },
	} {
		t.Run(name, func(t *testing.T) {
			req := &godo.DropletCreateRequest{Name: "erp", Region: "fra1", Size: "s-1vcpu-1gb", Image: godo.DropletCreateImage{Slug: "debian-13-x64"}}
			change(req)
			_, _, err := c.Droplets.Create(t.Context(), req)
			refused(t, http.StatusUnprocessableEntity, err)
		})
	}
	t.Run("vpc", func(t *testing.T) {
		_, _, err := c.Droplets.Create(t.Context(), &godo.DropletCreateRequest{
			Name: "erp", Region: "fra1", Size: "s-1vcpu-1gb", Image: godo.DropletCreateImage{Slug: "debian-13-x64"}, VPCUUID: "nope"})
		refused(t, http.StatusNotFound, err)
	})
	list, _, err := c.Droplets.List(t.Context(), nil)
	require.NoError(t, err)
	require.Empty(t, list)
}

func TestVolumeBelongsToOneDroplet(t *testing.T) {
	c := newCloud(t, nil)
	v := c.volume(t, "data")
	one, two := c.droplet(t, "one"), c.droplet(t, "two")
	_, _, err := c.StorageActions.Attach(t.Context(), v.ID, one.ID)
	require.NoError(t, err)
	_, _, err = c.StorageActions.Attach(t.Context(), v.ID, two.ID)
	refused(t, http.StatusUnprocessableEntity, err)
	_, err = c.Storage.DeleteVolume(t.Context(), v.ID)
	refused(t, http.StatusConflict, err)
	_, _, err = c.Storage.CreateVolume(t.Context(), &godo.VolumeCreateRequest{Region: "fra1", Name: "data", SizeGigaBytes: 5})
	refused(t, http.StatusConflict, err)

	// the volume outlives its droplet
	_, err = c.Droplets.Delete(t.Context(), one.ID)
	require.NoError(t, err)
	v, _, err = c.Storage.GetVolume(t.Context(), v.ID)
	require.NoError(t, err)
	require.Empty(t, v.DropletIDs)
	_, _, err = c.StorageActions.Attach(t.Context(), v.ID, two.ID)
	require.NoError(t, err)
	_, _, err = c.StorageActions.Resize(t.Context(), v.ID, 10, "fra1")
	require.NoError(t, err)
	_, _, err = c.StorageActions.Resize(t.Context(), v.ID, 5, "fra1")
	refused(t, http.StatusUnprocessableEntity, err)
	_, _, err = c.StorageActions.DetachByDropletID(t.Context(), v.ID, two.ID)
	require.NoError(t, err)
	_, err = c.Storage.DeleteVolume(t.Context(), v.ID)
	require.NoError(t, err)
}

func TestReservedIPMovesBetweenDroplets(t *testing.T) {
	c := newCloud(t, nil)
	one, two := c.droplet(t, "one"), c.droplet(t, "two")
	ip, _, err := c.ReservedIPs.Create(t.Context(), &godo.ReservedIPCreateRequest{Region: "fra1"})
	require.NoError(t, err)
	require.Equal(t, "10.124.15.254", ip.IP)
	_, _, err = c.ReservedIPActions.Assign(t.Context(), ip.IP, one.ID)
	require.NoError(t, err)
	action, _, err := c.ReservedIPActions.Assign(t.Context(), ip.IP, two.ID)
	require.NoError(t, err)
	action, _, err = c.ReservedIPActions.Get(t.Context(), ip.IP, action.ID)
	require.NoError(t, err)
	require.Equal(t, "completed", action.Status)
	ip, _, err = c.ReservedIPs.Get(t.Context(), ip.IP)
	require.NoError(t, err)
	require.Equal(t, two.ID, ip.Droplet.ID)
	_, err = c.ReservedIPs.Delete(t.Context(), ip.IP)
	refused(t, http.StatusUnprocessableEntity, err)
	_, _, err = c.ReservedIPActions.Unassign(t.Context(), ip.IP)
	require.NoError(t, err)
	_, err = c.ReservedIPs.Delete(t.Context(), ip.IP)
	require.NoError(t, err)
}

func TestFirewall(t *testing.T) {
	c := newCloud(t, nil)
	d := c.droplet(t, "web", func(r *godo.DropletCreateRequest) { r.Tags = []string{"web"} })
	req := &godo.FirewallRequest{
		Name: "web", DropletIDs: []int{d.ID},
		InboundRules:  []godo.InboundRule{{Protocol: "tcp", PortRange: "443", Sources: &godo.Sources{Addresses: []string{"0.0.0.0/0"}}}},
		OutboundRules: []godo.OutboundRule{{Protocol: "tcp", PortRange: "0", Destinations: &godo.Destinations{Tags: []string{"web"}}}},
	}
	f, _, err := c.Firewalls.Create(t.Context(), req)
	require.NoError(t, err)
	require.Equal(t, "all", f.OutboundRules[0].PortRange)
	_, _, err = c.Firewalls.Create(t.Context(), req)
	refused(t, http.StatusConflict, err)

	bad := *req
	bad.Name, bad.DropletIDs = "bad", []int{1}
	_, _, err = c.Firewalls.Create(t.Context(), &bad)
	refused(t, http.StatusNotFound, err)

	_, err = c.Firewalls.AddTags(t.Context(), f.ID, "web")
	require.NoError(t, err)
	_, err = c.Firewalls.RemoveDroplets(t.Context(), f.ID, d.ID)
	require.NoError(t, err)
	list, _, err := c.Firewalls.ListByDroplet(t.Context(), d.ID, nil)
	require.NoError(t, err)
	require.Len(t, list, 1)
	_, err = c.Firewalls.RemoveTags(t.Context(), f.ID, "web")
	require.NoError(t, err)
	list, _, err = c.Firewalls.ListByDroplet(t.Context(), d.ID, nil)
	require.NoError(t, err)
	require.Empty(t, list)
}

func TestFirewallPeersThatCantExistAreRefused(t *testing.T) {
	c := newCloud(t, nil)
	for _, s := range []*godo.Sources{{LoadBalancerUIDs: []string{"x"}}, {KubernetesIDs: []string{"x"}}, {DropletIDs: []int{7}}} {
		_, _, err := c.Firewalls.Create(t.Context(), &godo.FirewallRequest{Name: "web",
			InboundRules: []godo.InboundRule{{Protocol: "tcp", PortRange: "443", Sources: s}}})
		refused(t, http.StatusNotFound, err)
	}
}

// machines fails or succeeds at booting; it says when one is gone.
type machines struct {
	api.Effects
	bootError error
	gone      chan bool
}

func (m *machines) DropletUp(context.Context, int) error   { return m.bootError }
func (m *machines) DropletGone(context.Context, int) error { m.gone <- true; return nil }
func (m *machines) FirewallsChanged(context.Context) error { return nil }
func (m *machines) VPCUp(context.Context, string) error    { return nil }

func TestDropletThatWontBootIsNotNewForEver(t *testing.T) {
	c := newCloud(t, &machines{bootError: errors.New("no machine image")})
	d, resp, err := c.Droplets.Create(t.Context(), &godo.DropletCreateRequest{
		Name: "erp", Region: "fra1", Size: "s-1vcpu-1gb", Image: godo.DropletCreateImage{Slug: "debian-13-x64"}})
	require.NoError(t, err)
	require.Equal(t, "new", d.Status)
	require.Eventually(t, func() bool {
		action, _, err := c.Actions.Get(t.Context(), resp.Links.Actions[0].ID)
		return err == nil && action.Status == "errored"
	}, 5*time.Second, 10*time.Millisecond)
	d, _, err = c.Droplets.Get(t.Context(), d.ID)
	require.NoError(t, err)
	require.Equal(t, "off", d.Status)
}

func TestDeletedDropletGoesWhenItsMachineHasGone(t *testing.T) {
	m := &machines{gone: make(chan bool)}
	c := newCloud(t, m)
	d := c.droplet(t, "erp")
	require.Eventually(t, func() bool {
		d, _, err := c.Droplets.Get(t.Context(), d.ID)
		return err == nil && d.Status == "active" && !d.Locked
	}, 5*time.Second, 10*time.Millisecond)
	_, err := c.Droplets.Delete(t.Context(), d.ID)
	require.NoError(t, err)
	locked, _, err := c.Droplets.Get(t.Context(), d.ID)
	require.NoError(t, err)
	require.True(t, locked.Locked)
	_, err = c.Droplets.Delete(t.Context(), d.ID)
	refused(t, http.StatusUnprocessableEntity, err)
	require.True(t, <-m.gone)
	require.Eventually(t, func() bool {
		_, resp, _ := c.Droplets.Get(t.Context(), d.ID)
		return resp.StatusCode == http.StatusNotFound
	}, 5*time.Second, 10*time.Millisecond)
}

package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"time"

	"github.com/digitalocean/godo"

	"github.com/odooops/odooops/localcloud/records"
)

// createDroplet is the request; the real API takes an image and keys as
// numbers or as text.
type createDroplet struct {
	Name    string            `json:"name"`
	Names   []string          `json:"names"`
	Region  string            `json:"region"`
	Size    string            `json:"size"`
	Image   json.RawMessage   `json:"image"`
	SSHKeys []json.RawMessage `json:"ssh_keys"`
	Volumes []struct {
		ID string `json:"id"`
	} `json:"volumes"`
	Tags             []string `json:"tags"`
	VPC              string   `json:"vpc_uuid"`
	UserData         string   `json:"user_data"`
	Backups          bool     `json:"backups"`
	IPv6             bool     `json:"ipv6"`
	Monitoring       bool     `json:"monitoring"`
	WithDropletAgent *bool    `json:"with_droplet_agent"`
}

// userDataLimit is the real one, in bytes.
const userDataLimit = 64 << 10

func (a *API) droplets() {
	hostname := regexp.MustCompile(`^[a-zA-Z0-9]([a-zA-Z0-9.-]{0,251}[a-zA-Z0-9])?$`)
	a.read("GET /v2/droplets", func(c *call) (any, error) {
		return page(c, "droplets", renderDroplets(c.state, filterDroplets(c)))
	})
	a.write("POST /v2/droplets", http.StatusAccepted, func(c *call) (any, error) { return a.createDroplet(c, hostname) })
	a.read("GET /v2/droplets/{id}", func(c *call) (any, error) {
		d, err := c.droplet()
		if err != nil {
			return nil, err
		}
		return object{"droplet": renderDroplet(c.state, d)}, nil
	})
	a.write("DELETE /v2/droplets/{id}", http.StatusNoContent, func(c *call) (any, error) {
		d, err := c.droplet()
		if err != nil {
			return nil, err
		}
		return nil, a.destroyDroplet(c, d)
	})
}

func (c *call) droplet() (*records.Droplet, error) {
	id, err := c.number("id")
	if err != nil {
		return nil, err
	}
	d, ok := c.state.Droplets[id]
	if !ok {
		return nil, notFound()
	}
	return d, nil
}

func filterDroplets(c *call) []*records.Droplet {
	q := c.URL.Query()
	return slices.DeleteFunc(records.Sorted(c.state.Droplets), func(d *records.Droplet) bool {
		return q.Has("tag_name") && !d.HasTag(q.Get("tag_name")) || q.Has("name") && d.Name != q.Get("name")
	})
}

func (a *API) createDroplet(c *call, hostname *regexp.Regexp) (any, error) {
	var in createDroplet
	if err := c.body(&in); err != nil {
		return nil, err
	}
	if len(in.Names) > 0 {
		return nil, newRefusal(http.StatusNotImplemented, "not_implemented", "The local cloud creates one droplet at a time: use name, not names.")
	}
	if !hostname.MatchString(in.Name) {
		return nil, unprocessable("Only valid hostname characters are allowed. (a-z, A-Z, 0-9, . and -)")
	}
	if len(in.UserData) > userDataLimit {
		return nil, unprocessable("user_data is %d bytes, the limit is %d", len(in.UserData), userDataLimit)
	}
	d, err := a.newDroplet(c, in)
	if err != nil {
		return nil, err
	}
	volumes, err := freeVolumes(c.state, d, in)
	if err != nil {
		return nil, err
	}
	c.state.Droplets[d.ID] = d
	for _, v := range volumes {
		attach(c.state, d, v.ID)
	}
	x := a.begin(c, records.Action{Type: actionCreate, ResourceID: d.ID, ResourceType: "droplet", RegionSlug: d.Region})
	link := godo.LinkAction{ID: x.ID, Rel: "create", HREF: fmt.Sprintf("/v2/actions/%d", x.ID)}
	return object{"droplet": renderDroplet(c.state, d), "links": godo.Links{Actions: []godo.LinkAction{link}}}, nil
}

// newDroplet checks every reference and gives the droplet its addresses.
func (a *API) newDroplet(c *call, in createDroplet) (*records.Droplet, error) {
	where, err := region(in.Region)
	if err != nil {
		return nil, err
	}
	size, ok := Size(in.Size)
	if !ok {
		return nil, unprocessable("You specified an invalid size for Droplet creation: %q.", in.Size)
	}
	var slug string
	if json.Unmarshal(in.Image, &slug) != nil {
		slug = string(in.Image) // a number
	}
	image, err := findImage(slug)
	if err != nil {
		return nil, err
	}
	keys, err := chosenKeys(c.state, in.SSHKeys)
	if err != nil {
		return nil, err
	}
	vpc, err := a.dropletVPC(c, in.VPC, where.Slug)
	if err != nil {
		return nil, err
	}
	ipRange, err := netip.ParsePrefix(vpc.IPRange)
	if err != nil {
		return nil, err
	}
	private, err := privateIP(c.state, vpc.ID, ipRange)
	if err != nil {
		return nil, err
	}
	public, err := a.publicIP(c.state)
	if err != nil {
		return nil, err
	}
	d := &records.Droplet{
		ID: c.state.NextID(), Name: in.Name, Region: where.Slug, Image: image.Slug, Size: size.Slug, DiskGB: size.Disk,
		Status: "new", Tags: in.Tags, VPC: vpc.ID, PublicIP: public.String(), PrivateIP: private.String(),
		Features: features(in), UserData: in.UserData, Created: a.Now().UTC().Truncate(time.Second),
	}
	for _, k := range keys {
		d.KeyIDs, d.PublicKeys = append(d.KeyIDs, k.ID), append(d.PublicKeys, k.PublicKey)
	}
	for _, t := range in.Tags {
		c.state.Tags[t] = true
	}
	return d, nil
}

func (a *API) dropletVPC(c *call, id, region string) (*godo.VPC, error) {
	if id == "" {
		return a.defaultVPC(c, region)
	}
	vpc, ok := c.state.VPCs[id]
	if !ok {
		return nil, missing("VPC", id)
	}
	if vpc.RegionSlug != region {
		return nil, unprocessable("VPC %s is in region %s, the Droplet in %s", vpc.Name, vpc.RegionSlug, region)
	}
	return vpc, nil
}

func features(in createDroplet) []string {
	f := []string{"private_networking"}
	if in.Backups {
		f = append(f, "backups")
	}
	if in.IPv6 {
		f = append(f, "ipv6")
	}
	if in.Monitoring {
		f = append(f, "monitoring")
	}
	if in.WithDropletAgent == nil || *in.WithDropletAgent {
		f = append(f, "droplet_agent")
	}
	return f
}

func freeVolumes(s *records.State, d *records.Droplet, in createDroplet) ([]*godo.Volume, error) {
	var list []*godo.Volume
	for _, ref := range in.Volumes {
		v, ok := s.Volumes[ref.ID]
		if !ok {
			return nil, missing("Volume", ref.ID)
		}
		if err := attachable(v, d); err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	return list, nil
}

func (a *API) destroyDroplet(c *call, d *records.Droplet) error {
	if err := refusePending(c.state, d.ID); err != nil {
		return err
	}
	d.Deleting = true
	a.begin(c, records.Action{Type: actionDestroy, ResourceID: d.ID, ResourceType: "droplet", RegionSlug: d.Region})
	return nil
}

// forgetDroplet removes the droplet and every reference to it, as the real
// cloud does: volumes and reserved addresses stay, free again.
func forgetDroplet(s *records.State, d *records.Droplet) {
	for _, v := range s.Volumes {
		v.DropletIDs = slices.DeleteFunc(v.DropletIDs, func(id int) bool { return id == d.ID })
	}
	for _, ip := range s.ReservedIPs {
		if ip.DropletID == d.ID {
			ip.DropletID = 0
		}
	}
	for _, f := range s.Firewalls {
		f.DropletIDs = slices.DeleteFunc(f.DropletIDs, func(id int) bool { return id == d.ID })
	}
	unlist(s, dropletURN(d.ID))
	delete(s.Docker, d.PrivateIP) // what was recorded as running on it is gone with it
	delete(s.Droplets, d.ID)
}

func dropletURN(id int) string { return "do:droplet:" + strconv.Itoa(id) }

func renderDroplets(s *records.State, list []*records.Droplet) []*godo.Droplet {
	out := []*godo.Droplet{}
	for _, d := range list {
		out = append(out, renderDroplet(s, d))
	}
	return out
}

// renderDroplet is the droplet as the API shows it: region, size and networks
// are objects, without which the provider plugin crashes.
func renderDroplet(s *records.State, d *records.Droplet) *godo.Droplet {
	size, _ := Size(d.Size) // checked when it was recorded
	image, _ := findImage(d.Image)
	private := godo.NetworkV4{IPAddress: d.PrivateIP, Netmask: "255.255.240.0", Type: "private"}
	if vpc, ok := s.VPCs[d.VPC]; ok {
		if p, err := netip.ParsePrefix(vpc.IPRange); err == nil {
			private.Netmask, private.Gateway = netmask(p), p.Masked().Addr().Next().String()
		}
	}
	return &godo.Droplet{
		ID: d.ID, Name: d.Name, Memory: size.Memory, Vcpus: size.Vcpus, Disk: d.DiskGB, Region: mustRegion(d.Region),
		Image: image, Size: &size, SizeSlug: d.Size, Features: d.Features, Locked: pending(s, d.ID), Status: d.Status,
		Networks: &godo.Networks{V4: []godo.NetworkV4{private,
			{IPAddress: d.PublicIP, Netmask: "255.255.240.0", Type: "public"}}},
		Created: d.Created.Format(time.RFC3339), Tags: append([]string{}, d.Tags...),
		VolumeIDs: append([]string{}, d.VolumeIDs...), VPCUUID: d.VPC,
	}
}

func netmask(p netip.Prefix) string {
	all := netip.PrefixFrom(netip.AddrFrom4([4]byte{255, 255, 255, 255}), p.Bits())
	return all.Masked().Addr().String()
}

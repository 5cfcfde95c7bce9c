package localcloud

import (
	"context"
	"slices"

	"github.com/digitalocean/godo"

	"github.com/odooops/odooops/localcloud/front"
	"github.com/odooops/odooops/localcloud/records"
)

func (c *Cloud) serveFront(context.Context) error {
	resolver := c.resolver()
	resolver.Upstream = nil // the zones alone
	return c.serveHTTP("Front", c.config.Front, front.New(front.Config{
		Addresses: resolver.Addresses, Inventory: c.inventory, Roots: c.Roots(), TLSPort: c.config.MachineTLSPort, Log: c.config.Log,
	}))
}

// inventory is what the front's index shows.
func (c *Cloud) inventory() (inv front.Inventory) {
	c.store.View(func(s *records.State) {
		at := map[string]*records.Droplet{}
		for _, d := range records.Sorted(s.Droplets) {
			at[d.PublicIP] = d
			inv.Droplets = append(inv.Droplets, front.Droplet{
				ID: d.ID, Name: d.Name, Status: d.Status, Size: d.Size, Public: d.PublicIP, Private: d.PrivateIP,
			})
		}
		for _, r := range s.ReservedIPs {
			if d := s.Droplets[r.DropletID]; d != nil {
				at[r.IP] = d
			}
		}
		for _, zone := range records.Sorted(s.Domains) {
			for _, r := range records.Sorted(zone.Records) {
				if d := at[r.Data]; d != nil && r.Type == "A" {
					inv.Names = append(inv.Names, front.Name{Name: name(zone, r), Address: r.Data, Droplet: d.Name})
				}
			}
		}
	})
	slices.SortFunc(inv.Names, func(a, b front.Name) int {
		if a.Name < b.Name {
			return -1
		}
		return 1
	})
	return inv
}

func name(zone *records.Domain, r *godo.DomainRecord) string {
	if r.Name == "@" {
		return zone.Name
	}
	return r.Name + "." + zone.Name
}

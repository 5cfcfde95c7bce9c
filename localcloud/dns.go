package localcloud

import (
	"context"
	"strings"

	"github.com/odooops/odooops/localcloud/names"
	"github.com/odooops/odooops/localcloud/records"
)

// resolver knows the zones of the records.
func (c *Cloud) resolver() *names.Resolver {
	return &names.Resolver{Zone: c.zone, Upstream: c.config.Upstream, Log: c.config.Log}
}

// zone is a copy of the zone that holds a name.
func (c *Cloud) zone(name string) (zone names.Zone, ok bool) {
	c.store.View(func(s *records.State) {
		d := s.Zone(strings.ToLower(name))
		if d == nil {
			return
		}
		zone, ok = names.Zone{Name: d.Name}, true
		for _, r := range records.Sorted(d.Records) {
			zone.Records = append(zone.Records, *r)
		}
	})
	return zone, ok
}

// serveDNS serves this computer the zones, and machines also the cloud's own
// names.
func (c *Cloud) serveDNS(ctx context.Context) error {
	if c.config.Upstream == nil {
		c.config.Upstream = names.SystemUpstream(c.config.Network.Gateway)
	}
	address, err := names.Serve(ctx, c.config.DNS, c.resolver())
	if err != nil {
		return err
	}
	c.addresses["DNS"] = address
	if c.config.GatewayDNS == "" {
		return nil
	}
	r := c.resolver()
	r.Overrides, r.Gateway = cloudNames(), c.config.Network.Gateway
	c.addresses["GatewayDNS"], err = names.Serve(ctx, c.config.GatewayDNS, r)
	return err
}

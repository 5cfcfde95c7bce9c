package repair

import (
	"context"
	"strconv"

	"github.com/odooops/odooops/ops/cloud"
	"github.com/odooops/odooops/ops/workspace"
)

// droplet removes it: its user data can't be read back, so an adopted machine
// would be replaced at once, and nothing was ever put on this one.
func (c call) droplet(ctx context.Context) (workspace.Verdict, error) {
	all, err := cloud.Every(ctx, c.Cloud.Droplets.List)
	if err != nil {
		return nothing, err
	}
	for _, d := range all {
		id := strconv.Itoa(d.ID)
		if d.Name != c.text("name") || c.isKnown(id) || !c.hasTags(d.Tags) || len(d.VolumeIDs) > 0 {
			continue
		}
		if _, err := c.Cloud.Droplets.Delete(ctx, d.ID); err != nil && !isNotFound(err) {
			return nothing, err
		}
		return removed("droplet %d had just been asked for", d.ID), nil
	}
	return nothing, nil
}

func (c call) volume(ctx context.Context) (workspace.Verdict, error) {
	all, err := cloud.Every(ctx, c.listVolumes)
	if err != nil {
		return nothing, err
	}
	for _, v := range all {
		if v.Name == c.text("name") && v.Region.Slug == c.text("region") && !c.isKnown(v.ID) {
			return adopt(v.ID, "volume %s", v.ID), nil
		}
	}
	return nothing, nil
}

func (c call) vpc(ctx context.Context) (workspace.Verdict, error) {
	all, err := cloud.Every(ctx, c.Cloud.VPCs.List)
	if err != nil {
		return nothing, err
	}
	for _, v := range all {
		if v.Name == c.text("name") && v.RegionSlug == c.text("region") && !c.isKnown(v.ID) {
			return adopt(v.ID, "VPC %s", v.ID), nil
		}
	}
	return nothing, nil
}

func (c call) firewall(ctx context.Context) (workspace.Verdict, error) {
	all, err := cloud.Every(ctx, c.Cloud.Firewalls.List)
	if err != nil {
		return nothing, err
	}
	for _, f := range all {
		if f.Name == c.text("name") && !c.isKnown(f.ID) {
			return adopt(f.ID, "firewall %s", f.ID), nil
		}
	}
	return nothing, nil
}

func (c call) sshKey(ctx context.Context) (workspace.Verdict, error) {
	all, err := cloud.Every(ctx, c.Cloud.Keys.List)
	if err != nil {
		return nothing, err
	}
	for _, k := range all {
		id := strconv.Itoa(k.ID)
		if k.Name == c.text("name") && !c.isKnown(id) {
			return adopt(id, "SSH key %s", k.Fingerprint), nil
		}
	}
	return nothing, nil
}

// reservedIP has neither name nor tags: it is adopted only when there is just
// one in the region that nobody uses.
func (c call) reservedIP(ctx context.Context) (workspace.Verdict, error) {
	all, err := cloud.Every(ctx, c.Cloud.ReservedIPs.List)
	if err != nil {
		return nothing, err
	}
	var free []string
	for _, ip := range all {
		if ip.Droplet == nil && ip.Region != nil && ip.Region.Slug == c.text("region") && !c.isKnown(ip.IP) {
			free = append(free, ip.IP)
		}
	}
	switch len(free) {
	case 0:
		return nothing, nil
	case 1:
		return adopt(free[0], "the unused address %s", free[0]), nil
	}
	return workspace.Verdict{Note: "several unused reserved addresses exist, none is adopted; delete those that are nobody's"}, nil
}

package api

import (
	"net/http"
	"slices"

	"github.com/odooops/odooops/localcloud/records"
)

type dropletAction struct {
	Type string `json:"type"`
	Size string `json:"size"`
	Disk bool   `json:"disk"`
	Name string `json:"name"`
}

func (a *API) dropletActions() {
	a.write("POST /v2/droplets/{id}/actions", http.StatusCreated, a.actOnDroplet)
	a.routeActions("/v2/droplets/{id}", func(c *call, x *records.Action) bool {
		id, err := c.number("id")
		return err == nil && x.ResourceID == id
	})
}

func (a *API) actOnDroplet(c *call) (any, error) {
	d, err := c.droplet()
	if err != nil {
		return nil, err
	}
	var in dropletAction
	if err := c.body(&in); err != nil {
		return nil, err
	}
	if err := refusePending(c.state, d.ID); err != nil {
		return nil, err
	}
	if err := change(d, in); err != nil {
		return nil, err
	}
	return respondAction(a.begin(c, records.Action{
		Type: in.Type, ResourceID: d.ID, ResourceType: "droplet", RegionSlug: d.Region,
	}))
}

// change records what an action changes besides the droplet's power.
func change(d *records.Droplet, in dropletAction) error {
	switch in.Type {
	case actionPowerOn, actionPowerOff, actionShutdown, actionReboot, actionPowerCycle:
		return nil
	case actionRename:
		if in.Name == "" {
			return unprocessable("Name can't be blank")
		}
		d.Name = in.Name
		return nil
	case actionResize:
		return resize(d, in)
	case "enable_backups", "change_backup_policy":
		d.Features = with(d.Features, "backups")
		return nil
	case "disable_backups":
		d.Features = without(d.Features, "backups")
		return nil
	case "enable_ipv6":
		d.Features = with(d.Features, "ipv6")
		return nil
	default:
		return newRefusal(http.StatusNotImplemented, "not_implemented", "The local cloud does not serve the droplet action %q.", in.Type)
	}
}

func resize(d *records.Droplet, in dropletAction) error {
	size, ok := Size(in.Size)
	switch {
	case !ok:
		return unprocessable("You specified an invalid size: %q.", in.Size)
	case d.Status != "off":
		return unprocessable("Droplet must be powered off to be resized.")
	case size.Disk < d.DiskGB:
		return unprocessable("This size has a smaller disk (%d GB) than the Droplet (%d GB).", size.Disk, d.DiskGB)
	}
	d.Size = size.Slug
	if in.Disk {
		d.DiskGB = size.Disk
	}
	return nil
}

func with(list []string, s string) []string {
	if slices.Contains(list, s) {
		return list
	}
	return append(list, s)
}

func without(list []string, s string) []string {
	return slices.DeleteFunc(list, func(x string) bool { return x == s })
}

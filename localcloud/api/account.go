package api

import (
	"strconv"

	"github.com/digitalocean/godo"
)

// account serves what is fixed: the account and the catalogue.
func (a *API) account() {
	a.read("GET /v2/account", func(c *call) (any, error) {
		return object{"account": godo.Account{
			UUID: c.state.Account.UUID, Email: "local@odooops.localhost", EmailVerified: true, Status: "active", Name: "Local cloud",
			DropletLimit: 100, FloatingIPLimit: 100, ReservedIPLimit: 100, VolumeLimit: 100,
			Team: &godo.TeamInfo{Name: "Local cloud", UUID: c.state.Account.UUID},
		}}, nil
	})
	a.read("GET /v2/regions", func(c *call) (any, error) { return page(c, "regions", regions()) })
	a.read("GET /v2/sizes", func(c *call) (any, error) { return page(c, "sizes", sizes()) })
	a.read("GET /v2/images", func(c *call) (any, error) { return page(c, "images", images()) })
	a.read("GET /v2/images/{image}", func(c *call) (any, error) {
		image, err := findImage(c.PathValue("image"))
		if err != nil {
			return nil, notFound()
		}
		return object{"image": image}, nil
	})
}

// findImage takes a slug or a number, as the API does.
func findImage(key string) (*godo.Image, error) {
	for _, i := range images() {
		if i.Slug == key || strconv.Itoa(i.ID) == key {
			return &i, nil
		}
	}
	return nil, unprocessable("You specified an invalid image for Droplet creation: %q.", key)
}

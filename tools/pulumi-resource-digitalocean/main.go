// Command pulumi-resource-digitalocean stands in for the official DigitalOcean
// provider where that can't be downloaded. It speaks to the API named by
// DIGITALOCEAN_API_URL through godo and makes the same calls as the official
// one, but polls faster. It must not be cleverer than the official plugin:
// what works here has to work there.
package main

import (
	"github.com/odooops/odooops/tools/internal/provider"
	"github.com/odooops/odooops/tools/tables"
)

func main() { provider.Main(tables.DigitalOcean, configure) }

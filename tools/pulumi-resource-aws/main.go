// Command pulumi-resource-aws stands in for the official AWS provider where
// that can't be downloaded: buckets and users, as the offsite repository
// declares them. It finds endpoints and credentials as the official one does,
// by profile and AWS_ENDPOINT_URL_*. It must not be cleverer than the official
// plugin: what works here has to work there.
package main

import (
	"github.com/odooops/odooops/tools/internal/provider"
	"github.com/odooops/odooops/tools/tables"
)

func main() { provider.Main(tables.AWS, configure) }

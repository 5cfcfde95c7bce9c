// Command pulumi-resource-docker stands in for the official Docker provider
// where that can't be downloaded. It drives a Docker daemon the way the
// official one does, through `ssh … docker system dial-stdio`, for the few
// resource types this repository declares. It must not be cleverer than the
// official plugin: what works here has to work there.
package main

import (
	"github.com/odooops/odooops/tools/internal/provider"
	"github.com/odooops/odooops/tools/tables"
)

func main() { provider.Main(tables.Docker, configure) }

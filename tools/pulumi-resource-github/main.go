// Command pulumi-resource-github stands in for the official GitHub provider
// where that can't be downloaded. The local cloud has no GitHub, so this keeps
// records only: an update plans, creates, replaces and deletes what the
// official plugin would, and changes nothing anywhere. It must never let
// somebody believe that a real repository was changed, and so refuses to work
// for anything but the local cloud.
package main

import (
	"github.com/odooops/odooops/tools/internal/provider"
	"github.com/odooops/odooops/tools/tables"
)

func main() { provider.Main(tables.GitHub, configure) }

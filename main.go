// The Pulumi program: `pulumi up` in this directory declares the stack whose
// config file Pulumi.<stack>.yaml is.
package main

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/odooops/odooops/stacks"
)

func main() { pulumi.Run(stacks.Program) }

// Command odooops is the policy pack: the engine starts it for each operation
// that names it, as in `pulumi preview --policy-pack policypacks/odooops`.
package main

import (
	"fmt"
	"os"

	"github.com/odooops/odooops/policypacks/odooops/policies"
	"github.com/odooops/odooops/policypacks/odooops/policy"
)

// version is as in PulumiPolicy.yaml.
const version = "1.0.0"

func main() {
	if err := policy.Serve("odooops", version, policies.All()); err != nil {
		fmt.Fprintln(os.Stderr, "policy pack odooops:", err)
		os.Exit(1)
	}
}

// Command broken is a pack with a policy that panics.
package main

import (
	"fmt"
	"os"

	"github.com/odooops/odooops/policypacks/odooops/policy"
)

func main() {
	err := policy.Serve("broken", "1.0.0", []policy.Policy{{
		Name: "panics", Severity: policy.Advisory, Holds: "Nothing holds.",
		Check: func(r *policy.Resource) {
			var nothing map[string]map[string]string
			nothing[r.Name]["x"] = "y"
		},
	}})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// Command extract reduces a Pulumi package schema to the facts the offline
// provider plugins need, as JSON on standard output:
//
//	pulumi package get-schema digitalocean@4.76.0 |
//	    go run ./tables/extract digitalocean 4.76.0 >tables/digitalocean.json
//
// It keeps names and flags only, for the resource types and functions listed
// in types.go; it never copies a description.
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"sort"
	"strings"

	"github.com/odooops/odooops/tools/tables"
)

type property struct {
	WillReplace bool `json:"willReplaceOnChanges"`
	Replace     bool `json:"replaceOnChanges"`
	Secret      bool `json:"secret"`
}

type object struct {
	Properties map[string]property `json:"properties"`
}

type schema struct {
	Resources map[string]struct {
		Inputs   map[string]property `json:"inputProperties"`
		Required []string            `json:"requiredInputs"`
		Outputs  map[string]property `json:"properties"`
	} `json:"resources"`
	Functions map[string]struct {
		Inputs  object `json:"inputs"`
		Outputs object `json:"outputs"`
	} `json:"functions"`
}

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: pulumi package get-schema NAME@VERSION | extract NAME VERSION")
		os.Exit(2)
	}
	if err := run(os.Args[1], os.Args[2], os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "extract:", err)
		os.Exit(1)
	}
}

func run(name, version string, in io.Reader, out io.Writer) error {
	var s schema
	if err := json.NewDecoder(in).Decode(&s); err != nil {
		return fmt.Errorf("reading the schema of %s from standard input: %w", name, err)
	}
	t := tables.Table{
		Package:   name,
		Version:   version,
		Source:    fmt.Sprintf("willReplaceOnChanges in the schema of pulumi-%s %s, which is made from the Terraform provider's ForceNew", name, version),
		Resources: map[string]tables.Resource{},
		Functions: map[string]tables.Function{},
	}
	for _, short := range wanted[name].resources {
		token, r, ok := find(s.Resources, short)
		if !ok {
			return fmt.Errorf("the schema of %s %s has no resource %s", name, version, short)
		}
		row := tables.Resource{Required: sorted(r.Required)}
		for key, p := range r.Inputs {
			if p.WillReplace || p.Replace {
				row.Replace = append(row.Replace, key)
			} else {
				row.Update = append(row.Update, key)
			}
		}
		for key, p := range r.Outputs {
			if _, input := r.Inputs[key]; !input {
				row.Outputs = append(row.Outputs, key)
			}
			if p.Secret {
				row.Secret = append(row.Secret, key)
			}
		}
		row.Replace, row.Update = sorted(row.Replace), sorted(row.Update)
		row.Outputs, row.Secret = sorted(row.Outputs), sorted(row.Secret)
		t.Resources[token] = row
	}
	for _, short := range wanted[name].functions {
		token, f, ok := find(s.Functions, short)
		if !ok {
			return fmt.Errorf("the schema of %s %s has no function %s", name, version, short)
		}
		t.Functions[token] = tables.Function{
			Inputs:  keys(f.Inputs.Properties),
			Outputs: keys(f.Outputs.Properties),
		}
	}
	e := json.NewEncoder(out)
	e.SetIndent("", "  ")
	return e.Encode(t)
}

// find looks a token up by its last part: "Droplet" for
// "digitalocean:index/droplet:Droplet".
func find[T any](all map[string]T, short string) (string, T, bool) {
	for token, v := range all {
		if strings.HasSuffix(token, ":"+short) {
			return token, v, true
		}
	}
	var none T
	return "", none, false
}

func keys(m map[string]property) []string {
	var ks []string
	for k := range m {
		ks = append(ks, k)
	}
	return sorted(ks)
}

func sorted(s []string) []string {
	s = slices.Clone(s)
	sort.Strings(s)
	return s
}

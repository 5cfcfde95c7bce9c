// Package tables holds what the official Pulumi packages say about their
// types: which inputs exist, which are required, and whether a change of one
// replaces the resource or updates it in place. The offline plugins read it,
// so that a preview with them plans what a preview with the official ones
// would. The JSON is made by tables/extract and not by hand, but for aws.json:
// see docs/decisions/0004.
package tables

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"slices"
)

// Table is one package at one version.
type Table struct {
	Package   string              `json:"package"`
	Version   string              `json:"version"`
	Source    string              `json:"source"`
	Resources map[string]Resource `json:"resources"`
	Functions map[string]Function `json:"functions,omitempty"`
}

// Resource is one resource type. Every input is in exactly one of Replace and
// Update; Outputs are the properties that are no inputs.
type Resource struct {
	Required []string `json:"required,omitempty"`
	Replace  []string `json:"replace,omitempty"`
	Update   []string `json:"update,omitempty"`
	Outputs  []string `json:"outputs,omitempty"`
	Secret   []string `json:"secret,omitempty"`
}

// Function is one data source.
type Function struct {
	Inputs  []string `json:"inputs,omitempty"`
	Outputs []string `json:"outputs,omitempty"`
}

// IsInput says whether a program may set the property.
func (r Resource) IsInput(key string) bool {
	return slices.Contains(r.Replace, key) || slices.Contains(r.Update, key)
}

// AutoNamed says whether the engine's convention names a resource that has no
// name: there is an input called name, and it is optional.
func (r Resource) AutoNamed() bool {
	return r.IsInput("name") && !slices.Contains(r.Required, "name")
}

//go:embed aws.json
var amazon []byte

//go:embed digitalocean.json
var digitalOcean []byte

//go:embed docker.json
var docker []byte

//go:embed github.json
var gitHub []byte

// AWS is the table of the package aws.
func AWS() (Table, error) { return parse("aws", amazon) }

// DigitalOcean is the table of the package digitalocean.
func DigitalOcean() (Table, error) { return parse("digitalocean", digitalOcean) }

// Docker is the table of the package docker.
func Docker() (Table, error) { return parse("docker", docker) }

// GitHub is the table of the package github.
func GitHub() (Table, error) { return parse("github", gitHub) }

func parse(name string, data []byte) (Table, error) {
	var t Table
	if err := json.Unmarshal(data, &t); err != nil {
		return Table{}, fmt.Errorf("embedded table %s.json: %w", name, err)
	}
	return t, nil
}

package main

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/odooops/odooops/policypacks/odooops/policies"
)

func TestThePageIsCurrent(t *testing.T) {
	var want bytes.Buffer
	require.NoError(t, write(&want, policies.All()))
	have, err := os.ReadFile(filepath.Join("..", file))
	require.NoError(t, err)
	assert.True(t, want.String() == string(have), "docs/policies.md is old: run `go run ./reference` in policypacks/odooops")
}

func TestEveryPolicySaysWhyAndShowsBothWays(t *testing.T) {
	for _, p := range policies.All() {
		for what, text := range map[string]string{"Holds": p.Holds, "Why": p.Why, "Bad": p.Bad, "Good": p.Good} {
			assert.NotEmpty(t, strings.TrimSpace(text), "%s of %s", what, p.Name)
		}
		for _, s := range p.Config {
			assert.NotEmpty(t, s.What, "setting %s of %s", s.Name, p.Name)
			assert.NotNil(t, s.Default, "setting %s of %s", s.Name, p.Name)
		}
	}
}

func TestPoliciesAreInOrder(t *testing.T) {
	var names []string
	for _, p := range policies.All() {
		names = append(names, p.Name)
	}
	assert.True(t, slices.IsSorted(names), "%v", names)
}

// TestEachPolicyHasAFileATestAndABadProgram finds them by name.
func TestEachPolicyHasAFileATestAndABadProgram(t *testing.T) {
	for _, p := range policies.All() {
		name := strings.ReplaceAll(p.Name, "-", "_")
		for _, f := range []string{
			"../policies/" + name + ".go", "../policies/" + name + "_test.go", "../../../tests/engine/badprograms/" + name + ".go",
		} {
			assert.FileExists(t, f)
		}
	}
}

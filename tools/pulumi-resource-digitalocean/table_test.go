package main

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/odooops/odooops/tools/tables"
)

func TestEveryTypeOfTheTableIsImplemented(t *testing.T) {
	table, err := tables.DigitalOcean()
	require.NoError(t, err)
	types, err := configure(func(name string) string { return map[string]string{"DIGITALOCEAN_TOKEN": "t"}[name] })(context.Background(), nil)
	require.NoError(t, err)
	for token := range table.Resources {
		require.Contains(t, types.Resources, token)
	}
	for token := range table.Functions {
		require.Contains(t, types.Functions, token)
	}
	require.Len(t, types.Resources, len(table.Resources))
	require.Len(t, types.Functions, len(table.Functions))
}

func TestRuleOutputIsWhatAProgramWrites(t *testing.T) {
	require.Equal(t, map[string]any{"protocol": "icmp"}, ruleOutput("icmp", "0"))
	require.Equal(t, map[string]any{"protocol": "udp", "portRange": "all"}, ruleOutput("udp", "0"))
	require.Equal(t, map[string]any{"protocol": "tcp", "portRange": "22"}, ruleOutput("tcp", "22"))
}

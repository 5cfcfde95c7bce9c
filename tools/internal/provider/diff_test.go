package provider

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	rpc "github.com/pulumi/pulumi/sdk/v3/proto/go"

	"github.com/odooops/odooops/tools/tables"
)

// nothing is a resource nobody calls.
type nothing struct{ Resource }

// configured is a server whose every type is implemented by nothing.
func configured(t *testing.T, table tables.Table) *server {
	s := newServer(context.Background(), Package{Table: table})
	t.Cleanup(s.cancel)
	s.types.Resources = map[string]Resource{}
	for token := range table.Resources {
		s.types.Resources[token] = nothing{}
	}
	return s
}

func urn(token string) string { return "urn:pulumi:s::p::" + token + "::n" }

func diff(t *testing.T, s *server, token string, olds, news Props) *rpc.DiffResponse {
	oldInputs, err := encode(olds, nil)
	require.NoError(t, err)
	newInputs, err := encode(news, nil)
	require.NoError(t, err)
	resp, err := s.Diff(context.Background(), &rpc.DiffRequest{Urn: urn(token), OldInputs: oldInputs, News: newInputs, Olds: oldInputs})
	require.NoError(t, err)
	return resp
}

func TestDiffReplacesWhatTheTableSaysAndUpdatesTheRest(t *testing.T) {
	for _, load := range []func() (tables.Table, error){tables.DigitalOcean, tables.Docker} {
		table, err := load()
		require.NoError(t, err)
		s := configured(t, table)
		for token, row := range table.Resources {
			for _, key := range row.Replace {
				got := diff(t, s, token, Props{key: "old"}, Props{key: "new"})
				require.Equal(t, []string{key}, got.GetReplaces(), "%s of %s", key, token)
			}
			for _, key := range row.Update {
				got := diff(t, s, token, Props{key: "old"}, Props{key: "new"})
				require.Empty(t, got.GetReplaces(), "%s of %s", key, token)
				require.Equal(t, []string{key}, got.GetDiffs(), "%s of %s", key, token)
			}
		}
	}
}

const (
	dropletType   = "digitalocean:index/droplet:Droplet"
	containerType = "docker:index/container:Container"
)

func digitalOcean(t *testing.T) *server {
	table, err := tables.DigitalOcean()
	require.NoError(t, err)
	return configured(t, table)
}

func TestNoChangeIsNone(t *testing.T) {
	got := diff(t, digitalOcean(t), dropletType, Props{"tags": []any{"a"}, "name": "x"}, Props{"tags": []any{"a"}, "name": "x"})
	require.Equal(t, rpc.DiffResponse_DIFF_NONE, got.GetChanges())
}

func TestAnUnknownValueCountsAsAChange(t *testing.T) {
	got := diff(t, digitalOcean(t), dropletType, Props{"vpcUuid": "v"}, Props{"vpcUuid": Unknown{}})
	require.Equal(t, []string{"vpcUuid"}, got.GetReplaces())
}

func TestAGivenNameIsInTheWayOfItsReplacement(t *testing.T) {
	s := digitalOcean(t)
	given := diff(t, s, dropletType, Props{"name": "a", "image": "1"}, Props{"name": "a", "image": "2"})
	require.True(t, given.GetDeleteBeforeReplace())
	auto := Props{"name": "a-1234567", defaultsKey: []any{"name"}}
	made := diff(t, s, dropletType, auto.merge(Props{"image": "1"}), auto.merge(Props{"image": "2"}))
	require.False(t, made.GetDeleteBeforeReplace())
}

func TestAContainerGoesBeforeItsReplacementComes(t *testing.T) {
	table, err := tables.Docker()
	require.NoError(t, err)
	auto := Props{"name": "a-1234567", defaultsKey: []any{"name"}}
	got := diff(t, configured(t, table), containerType, auto.merge(Props{"image": "1"}), auto.merge(Props{"image": "2"}))
	require.True(t, got.GetDeleteBeforeReplace())
}

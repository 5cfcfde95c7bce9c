package main

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/odooops/odooops/tools/internal/provider"
	"github.com/odooops/odooops/tools/tables"
)

const label = "github:index/issueLabel:IssueLabel"

func types(t *testing.T, environment map[string]string) provider.Types {
	t.Helper()
	types, err := configure(func(name string) string { return environment[name] })(context.Background(), nil)
	require.NoError(t, err)
	return types
}

var local = map[string]string{"ODOOOPS_LOCAL_RECORDS": "http://127.0.0.1:1"}

func TestEveryTypeOfTheTableIsImplemented(t *testing.T) {
	table, err := tables.GitHub()
	require.NoError(t, err)
	types := types(t, local)
	for token, row := range table.Resources {
		require.Contains(t, types.Resources, token)
		for _, key := range identities[token] {
			require.True(t, row.IsInput(key), "%s of %s", key, token)
		}
	}
	for token := range table.Functions {
		require.Contains(t, types.Functions, token)
	}
	require.Len(t, types.Resources, len(table.Resources))
	require.Len(t, types.Functions, len(table.Functions))
}

func TestARecordLivesInTheStateOnly(t *testing.T) {
	ctx, r := context.Background(), types(t, local).Resources[label]
	in := provider.Props{"repository": "erp", "name": "preview", "color": "0e8a16"}
	id, _, err := r.Create(ctx, in)
	require.NoError(t, err)
	require.Equal(t, "erp:preview", id)
	_, err = r.Read(ctx, id, in)
	require.NoError(t, err)
	require.NoError(t, r.Delete(ctx, id, in))
	_, err = r.Read(ctx, id, nil)
	require.ErrorIs(t, err, provider.ErrGone)
}

func TestARepositoryIsThereToBeAdopted(t *testing.T) {
	out, err := types(t, local).Resources[typeRepository].Read(context.Background(), "erp", nil)
	require.NoError(t, err)
	require.Equal(t, "erp", out["name"])
	require.Contains(t, out, "securityAndAnalysis")
}

func TestOutsideTheLocalCloudNothingIsPretended(t *testing.T) {
	ctx, types := context.Background(), types(t, nil)
	for token, r := range types.Resources {
		_, _, err := r.Create(ctx, provider.Props{"repository": "erp"})
		require.ErrorContains(t, err, "can't reach GitHub", token)
		_, err = r.Read(ctx, "erp", nil)
		require.ErrorContains(t, err, "can't reach GitHub", token)
		_, err = r.Update(ctx, "erp", nil, nil)
		require.ErrorContains(t, err, "can't reach GitHub", token)
		require.ErrorContains(t, r.Delete(ctx, "erp", nil), "can't reach GitHub", token)
	}
	_, err := types.Functions["github:index/getUser:getUser"](ctx, provider.Props{"username": "ada"})
	require.ErrorContains(t, err, "can't reach GitHub")
}

func TestALoginHasOneNumber(t *testing.T) {
	f := types(t, local).Functions["github:index/getUser:getUser"]
	one, err := f(context.Background(), provider.Props{"username": "ada"})
	require.NoError(t, err)
	again, err := f(context.Background(), provider.Props{"username": "ada"})
	require.NoError(t, err)
	other, err := f(context.Background(), provider.Props{"username": "bob"})
	require.NoError(t, err)
	require.Equal(t, one["id"], again["id"])
	require.NotEqual(t, one["id"], other["id"])
}

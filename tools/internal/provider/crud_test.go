package provider

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/status"

	rpc "github.com/pulumi/pulumi/sdk/v3/proto/go"

	"github.com/odooops/odooops/tools/tables"
)

// fake is a resource in memory that counts its calls.
type fake struct {
	outputs Props
	err     error
	id      string
	calls   int
}

func (f *fake) Create(context.Context, Props) (string, Props, error) {
	f.calls++
	return f.id, f.outputs, f.err
}
func (f *fake) Read(context.Context, string, Props) (Props, error) { return f.outputs, f.err }
func (f *fake) Update(context.Context, string, Props, Props) (Props, error) {
	f.calls++
	return f.outputs, f.err
}
func (f *fake) Delete(context.Context, string, Props) error { return f.err }

const keyType = "digitalocean:index/spacesKey:SpacesKey"

func serve(t *testing.T, token string, r Resource) *server {
	table, err := tables.DigitalOcean()
	require.NoError(t, err)
	s := configured(t, table)
	s.types.Resources[token] = r
	return s
}

func TestSecretsStaySecret(t *testing.T) {
	s := serve(t, keyType, &fake{id: "k", outputs: Props{"secretKey": "told once"}})
	inputs, err := encode(Props{"name": "n", "grants": []any{"g"}}, secrets{"grants": true})
	require.NoError(t, err)
	resp, err := s.Create(context.Background(), &rpc.CreateRequest{Urn: urn(keyType), Properties: inputs})
	require.NoError(t, err)
	state, secret, err := decode(resp.GetProperties())
	require.NoError(t, err)
	require.Equal(t, "told once", state.String("secretKey"))
	require.Equal(t, secrets{"grants": true, "secretKey": true}, secret)
}

func TestAPreviewMakesNothing(t *testing.T) {
	f := &fake{id: "k"}
	s := serve(t, keyType, f)
	inputs, err := encode(Props{"name": "n"}, nil)
	require.NoError(t, err)
	resp, err := s.Create(context.Background(), &rpc.CreateRequest{Urn: urn(keyType), Properties: inputs, Preview: true})
	require.NoError(t, err)
	require.Empty(t, resp.GetId())
	_, err = s.Update(context.Background(), &rpc.UpdateRequest{Urn: urn(keyType), Olds: inputs, News: inputs, OldInputs: inputs, Preview: true})
	require.NoError(t, err)
	require.Zero(t, f.calls)
}

func TestAHalfMadeResourceIsKeptAndThenReplaced(t *testing.T) {
	s := serve(t, keyType, &fake{id: "k", err: errors.New("it never got healthy")})
	inputs, err := encode(Props{"name": "n"}, nil)
	require.NoError(t, err)
	_, err = s.Create(context.Background(), &rpc.CreateRequest{Urn: urn(keyType), Properties: inputs})
	details := status.Convert(err).Details()
	require.Len(t, details, 1)
	half := details[0].(*rpc.ErrorResourceInitFailed)
	require.Equal(t, "k", half.GetId())
	require.Equal(t, []string{"it never got healthy"}, half.GetReasons())

	resp, err := s.Diff(context.Background(), &rpc.DiffRequest{Urn: urn(keyType), Olds: half.GetProperties(), OldInputs: inputs, News: inputs})
	require.NoError(t, err)
	require.NotEmpty(t, resp.GetReplaces())
}

func TestARefreshShowsDriftOfDeclaredInputsOnly(t *testing.T) {
	s := serve(t, keyType, &fake{outputs: Props{"name": "renamed", "grants": []any{"somebody's"}, "createdAt": "t"}})
	inputs, err := encode(Props{"name": "n"}, nil)
	require.NoError(t, err)
	resp, err := s.Read(context.Background(), &rpc.ReadRequest{Id: "k", Urn: urn(keyType), Inputs: inputs, Properties: inputs})
	require.NoError(t, err)
	got, _, err := decode(resp.GetInputs())
	require.NoError(t, err)
	require.Equal(t, Props{"name": "renamed"}, got)
}

func TestARefreshIgnoresTheOrderOfLists(t *testing.T) {
	s := serve(t, keyType, &fake{outputs: Props{"grants": []any{"b", "a"}}})
	inputs, err := encode(Props{"grants": []any{"a", "b"}}, nil)
	require.NoError(t, err)
	resp, err := s.Read(context.Background(), &rpc.ReadRequest{Id: "k", Urn: urn(keyType), Inputs: inputs, Properties: inputs})
	require.NoError(t, err)
	got, _, err := decode(resp.GetInputs())
	require.NoError(t, err)
	require.Equal(t, []any{"a", "b"}, got["grants"])
}

func TestAResourceThatIsGoneReadsAsNothing(t *testing.T) {
	s := serve(t, keyType, &fake{err: ErrGone})
	resp, err := s.Read(context.Background(), &rpc.ReadRequest{Id: "k", Urn: urn(keyType)})
	require.NoError(t, err)
	require.Empty(t, resp.GetId())
	_, err = s.Delete(context.Background(), &rpc.DeleteRequest{Id: "k", Urn: urn(keyType)})
	require.NoError(t, err)
}

func TestAnInputThatIsNoLongerSetLeavesTheState(t *testing.T) {
	s := serve(t, keyType, &fake{})
	olds, err := encode(Props{"name": "n", "grants": []any{"g"}}, nil)
	require.NoError(t, err)
	news, err := encode(Props{"name": "n"}, nil)
	require.NoError(t, err)
	resp, err := s.Update(context.Background(), &rpc.UpdateRequest{Id: "k", Urn: urn(keyType), Olds: olds, OldInputs: olds, News: news})
	require.NoError(t, err)
	state, _, err := decode(resp.GetProperties())
	require.NoError(t, err)
	require.Equal(t, Props{"name": "n"}, state)
}

func TestATypeTheOfflinePluginLacksIsNamed(t *testing.T) {
	s := digitalOcean(t)
	_, err := s.Check(context.Background(), &rpc.CheckRequest{Urn: urn("digitalocean:index/app:App")})
	require.ErrorContains(t, err, "has no resource type digitalocean:index/app:App")
}

package postgres_test

import (
	"encoding/json"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/odooops/odooops/components/hostdocker"
	"github.com/odooops/odooops/components/hostdocker/hostdockertest"
	"github.com/odooops/odooops/components/postgres"
	"github.com/odooops/odooops/components/size"
)

// declared declares a server, with or without an archive.
func declared(t *testing.T, archived, metrics bool) *hostdockertest.Recorder {
	t.Helper()
	r := &hostdockertest.Recorder{}
	require.NoError(t, pulumi.RunErr(func(ctx *pulumi.Context) error {
		d, err := hostdocker.New(ctx, "production", hostdocker.Args{
			Stack: "production", HostID: pulumi.String("42"), Address: pulumi.String("ssh://ops@10.20.0.3"),
		})
		require.NoError(t, err)
		data, err := d.Network(ctx, "data", true)
		require.NoError(t, err)
		out, err := d.Network(ctx, "archive", false)
		require.NoError(t, err)
		s, err := size.Lookup("s-1vcpu-2gb")
		require.NoError(t, err)
		secret := func(text string) pulumi.StringInput {
			return pulumi.ToSecret(pulumi.String(text)).(pulumi.StringOutput)
		}
		args := postgres.Args{
			Docker: d, Size: s, Image: "odooops/postgres@sha256:1", DataDir: "/data/production/current/postgres", Data: data,
			Metrics: metrics, Database: "odoo", User: "odoo",
			SuperuserPassword: secret("superuser"), UserPassword: secret("user"),
		}
		if archived {
			args.Archive = &postgres.ArchiveArgs{Network: out, Stanza: "production", Cipher: secret("cipher"), FilesDir: "/data/files"}
		}
		_, err = postgres.New(ctx, "production", args)
		return err
	}, pulumi.WithMocks("odooops", "production", r)))
	return r
}

// mounts are a container's, by path; true is for reading only.
func mounts(c resource.PropertyMap) map[string]bool {
	out := map[string]bool{}
	if c["volumes"].IsArray() {
		for _, v := range c["volumes"].ArrayValue() {
			m := v.ObjectValue()
			out[m["containerPath"].StringValue()] = m["readOnly"].IsBool() && m["readOnly"].BoolValue()
		}
	}
	return out
}

func upload(t *testing.T, c resource.PropertyMap, path string) string {
	t.Helper()
	for _, f := range c["uploads"].ArrayValue() {
		if f.ObjectValue()["file"].StringValue() == path {
			content := f.ObjectValue()["content"]
			require.True(t, content.IsSecret())
			return content.SecretValue().Element.StringValue()
		}
	}
	require.Fail(t, "no upload "+path)
	return ""
}

const known = "/var/lib/odooops/repositories"

func TestTheExporterHasNoWayOutNoDataAndNoKey(t *testing.T) {
	c := declared(t, true, true).Inputs(t, "production-metrics")
	networks := c["networksAdvanced"].ArrayValue()
	require.Len(t, networks, 1)
	assert.Equal(t, "production-data", networks[0].ObjectValue()["name"].StringValue())
	assert.Equal(t, map[string]bool{known: true}, mounts(c))
	require.Len(t, c["uploads"].ArrayValue(), 1, "archive.json has the keys")
	assert.NotContains(t, c, resource.PropertyKey("ports"))
	assert.Equal(t, 64.0, c["memory"].NumberValue())
}

func TestServerAndExporterAreToldTheSamePasswordWhichIsNotTheSuperusers(t *testing.T) {
	r := declared(t, true, true)
	const path = "/run/odooops/metrics.json"
	text := upload(t, r.Inputs(t, "production-metrics"), path)
	assert.Equal(t, text, upload(t, r.Inputs(t, "production-postgres"), path))
	assert.NotContains(t, text, "superuser")
	var settings map[string]string
	require.NoError(t, json.Unmarshal([]byte(text), &settings))
	assert.Len(t, settings["password"], 64)
	assert.Equal(t, "postgres", settings["host"])
}

func TestOnlyABackupWritesWhatIsKnownOfRepositories(t *testing.T) {
	r := declared(t, true, true)
	assert.Equal(t, map[string]bool{known: false}, only(mounts(r.Inputs(t, "production-backup"))))
	assert.Empty(t, only(mounts(r.Inputs(t, "production-postgres"))))
	assert.Empty(t, mounts(declared(t, false, true).Inputs(t, "production-metrics")), "there is no archive")
}

func only(all map[string]bool) map[string]bool {
	out := map[string]bool{}
	if readOnly, ok := all[known]; ok {
		out[known] = readOnly
	}
	return out
}

func TestWhereNobodyAsksThereIsNoExporter(t *testing.T) {
	for _, archived := range []bool{true, false} {
		r := declared(t, archived, false)
		assert.NotContains(t, r.Containers, "production-metrics")
		for _, f := range r.Inputs(t, "production-postgres")["uploads"].ArrayValue() {
			assert.NotContains(t, f.ObjectValue()["file"].StringValue(), "metrics")
		}
	}
}

package main

import (
	"archive/tar"
	"io"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/odooops/odooops/tools/internal/provider"
)

func options(t *testing.T, in provider.Props) containerArgs {
	var args containerArgs
	require.NoError(t, in.Decode(&args))
	return args
}

func TestSizesAreMegabytes(t *testing.T) {
	o, err := options(t, provider.Props{"memory": 128.0, "memorySwap": 256.0, "shmSize": 64.0}).createOptions()
	require.NoError(t, err)
	require.EqualValues(t, 128<<20, o.HostConfig.Memory)
	require.EqualValues(t, 256<<20, o.HostConfig.MemorySwap)
	require.EqualValues(t, 64<<20, o.HostConfig.ShmSize)
	unlimited, err := options(t, provider.Props{"memorySwap": -1.0}).createOptions()
	require.NoError(t, err)
	require.EqualValues(t, -1, unlimited.HostConfig.MemorySwap)
}

func TestAContainerWithNetworksIsNotOnTheDefaultBridge(t *testing.T) {
	o, err := options(t, provider.Props{"networksAdvanced": []any{
		map[string]any{"name": "net", "aliases": []any{"db"}, "ipv4Address": "172.30.0.5"},
	}}).createOptions()
	require.NoError(t, err)
	require.EqualValues(t, "net", o.HostConfig.NetworkMode)
	endpoint := o.NetworkingConfig.EndpointsConfig["net"]
	require.Equal(t, []string{"db"}, endpoint.Aliases)
	require.Equal(t, "172.30.0.5", endpoint.IPAMConfig.IPv4Address.String())
}

func TestPortsAndVolumes(t *testing.T) {
	o, err := options(t, provider.Props{
		"ports":   []any{map[string]any{"internal": 80.0, "external": 8080.0, "ip": "127.0.0.1"}},
		"volumes": []any{map[string]any{"hostPath": "/data", "containerPath": "/var/lib/x", "readOnly": true}},
	}).createOptions()
	require.NoError(t, err)
	for port, bindings := range o.HostConfig.PortBindings {
		require.Equal(t, "80/tcp", port.String())
		require.Equal(t, "8080", bindings[0].HostPort)
		require.Equal(t, "127.0.0.1", bindings[0].HostIP.String())
	}
	require.Len(t, o.HostConfig.PortBindings, 1)
	require.Equal(t, []string{"/data:/var/lib/x:ro"}, o.HostConfig.Binds)
}

func TestAnUploadIsAFileOfRootWithItsMode(t *testing.T) {
	archive, err := upload{File: "/run/odooops/odoo.conf", ContentBase64: "aGk=", Permissions: "0600"}.archive()
	require.NoError(t, err)
	r := tar.NewReader(archive)
	h, err := r.Next()
	require.NoError(t, err)
	content, err := io.ReadAll(r)
	require.NoError(t, err)
	require.Equal(t, "/run/odooops/odoo.conf", h.Name)
	require.EqualValues(t, 0o600, h.Mode)
	require.Zero(t, h.Uid)
	require.Equal(t, "hi", string(content))
}

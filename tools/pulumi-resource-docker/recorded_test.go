package main

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/odooops/odooops/tools/internal/provider"
)

// store is the local cloud's record store.
func store(t *testing.T) (url string, records map[string]string) {
	records = map[string]string{}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.Method {
		case http.MethodPut:
			body, _ := io.ReadAll(r.Body)
			records[r.URL.Path] = string(body)
		case http.MethodGet, http.MethodDelete:
			body, ok := records[r.URL.Path]
			if !ok {
				http.NotFound(w, r)
				return
			}
			if r.Method == http.MethodDelete {
				delete(records, r.URL.Path)
			}
			io.WriteString(w, body)
		}
	}))
	t.Cleanup(s.Close)
	return s.URL, records
}

func recordedContainer(t *testing.T) (provider.Resource, map[string]string) {
	url, records := store(t)
	environment := map[string]string{"ODOOOPS_LOCAL_RECORDS": url, "ODOOOPS_LOCAL_MACHINES": "none"}
	types, err := configure(func(name string) string { return environment[name] })(
		context.Background(), provider.Props{"host": "ssh://ops@10.0.0.2:22"})
	require.NoError(t, err)
	return types.Resources[typeContainer], records
}

func TestARecordedContainerLivesAndGoes(t *testing.T) {
	ctx := context.Background()
	container, records := recordedContainer(t)
	in := provider.Props{"name": "odoo", "uploads": []any{map[string]any{"file": "/f", "content": "hunter2"}}}
	id, out, err := container.Create(ctx, in)
	require.NoError(t, err)
	require.Zero(t, out.Int("exitCode"))
	require.Contains(t, records, "/10.0.0.2/container/"+id)
	require.NotContains(t, records["/10.0.0.2/container/"+id], "hunter2")

	_, err = container.Read(ctx, id, in)
	require.NoError(t, err)
	require.NoError(t, container.Delete(ctx, id, in))
	_, err = container.Read(ctx, id, in)
	require.ErrorIs(t, err, provider.ErrGone)
}

func TestAStoppedContainerThatMustRunReadsAsGone(t *testing.T) {
	ctx := context.Background()
	container, records := recordedContainer(t)
	id, _, err := container.Create(ctx, provider.Props{"name": "odoo"})
	require.NoError(t, err)
	path := "/10.0.0.2/container/" + id
	records[path] = strings.Replace(records[path], `"running":true`, `"running":false`, 1)
	_, err = container.Read(ctx, id, provider.Props{"name": "odoo"})
	require.ErrorIs(t, err, provider.ErrGone)
	require.NotContains(t, records, path)
}

func TestAOneShotDoesNotHaveToRun(t *testing.T) {
	ctx := context.Background()
	container, _ := recordedContainer(t)
	in := provider.Props{"name": "init", "mustRun": false}
	id, _, err := container.Create(ctx, in)
	require.NoError(t, err)
	_, err = container.Read(ctx, id, in)
	require.NoError(t, err)
}

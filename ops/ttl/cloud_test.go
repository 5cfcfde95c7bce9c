package ttl

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"path"
	"slices"
	"strconv"
	"testing"

	"github.com/digitalocean/godo"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// zone serves these records of example.com, and takes deletions.
func zone(t *testing.T, records *[]godo.DomainRecord) Names {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodDelete {
			id, _ := strconv.Atoi(path.Base(r.URL.Path))
			*records = slices.DeleteFunc(*records, func(r godo.DomainRecord) bool { return r.ID == id })
			w.WriteHeader(http.StatusNoContent)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]any{"domain_records": *records})
	}))
	t.Cleanup(server.Close)
	client, err := godo.New(http.DefaultClient, godo.SetBaseURL(server.URL))
	require.NoError(t, err)
	return Names{Cloud: client, Zone: "example.com"}
}

func TestOnlyTheRecordsOfTheMarkAreRemoved(t *testing.T) {
	records := []godo.DomainRecord{
		{ID: 1, Type: "A", Name: "pr-7.preview"}, {ID: 2, Type: "A", Name: "pr-7-mail.preview"},
		{ID: 3, Type: "TXT", Name: "pr-7.preview", Data: "odooops backend=ours stack=preview-pr-7 kind=preview created=2030-01-01T00:00:00Z"},
		{ID: 4, Type: "TXT", Name: "pr-7.preview", Data: "somebody=else"}, {ID: 5, Type: "A", Name: "pr-70.preview"},
	}
	n := zone(t, &records)
	things, err := n.Things(t.Context())
	require.NoError(t, err)
	require.Len(t, things, 1)
	require.NoError(t, n.Remove(t.Context(), things[0]))
	require.Len(t, records, 2)
	assert.Equal(t, []int{4, 5}, []int{records[0].ID, records[1].ID})
}

func TestANameThatAnotherBackendMarkedTooIsLeft(t *testing.T) {
	records := []godo.DomainRecord{
		{ID: 1, Type: "A", Name: "pr-7.preview"},
		{ID: 2, Type: "TXT", Name: "pr-7.preview", Data: "odooops backend=ours stack=preview-pr-7 kind=preview created=2030-01-01T00:00:00Z"},
		{ID: 3, Type: "TXT", Name: "pr-7.preview", Data: "odooops backend=theirs stack=preview-pr-7 kind=preview created=2030-01-02T00:00:00Z"},
	}
	n := zone(t, &records)
	things, err := n.Things(t.Context())
	require.NoError(t, err)
	assert.ErrorContains(t, n.Remove(t.Context(), things[0]), "another mark")
	assert.Len(t, records, 3)
}

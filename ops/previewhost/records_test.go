package previewhost

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// recorded is the local cloud's part: host → kind → id → record.
func recorded(t *testing.T) string {
	t.Helper()
	var mu sync.Mutex
	all := map[string]json.RawMessage{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		key := strings.Trim(r.URL.Path, "/")
		switch r.Method {
		case http.MethodPut:
			all[key], _ = io.ReadAll(r.Body)
		case http.MethodDelete:
			delete(all, key)
		default:
			found := map[string]json.RawMessage{}
			for k, v := range all {
				if id, ok := strings.CutPrefix(k, key+"/"); ok {
					found[id] = v
				}
			}
			_ = json.NewEncoder(w).Encode(found)
		}
	}))
	t.Cleanup(server.Close)
	return server.URL
}

func TestPlacesAndTemplatesAreStillThereWhenTheHostWasReplaced(t *testing.T) {
	url := recorded(t)
	before := Records{URL: url, Name: "10.0.0.1", Volume: t.Name()}
	_, err := before.Publish(t.Context(), Publication{ID: "t1", Created: time.Now()}, func(string) {})
	require.NoError(t, err)
	a, err := before.Admit(t.Context(), Request{Stack: "preview-pr-7", MB: 256, BudgetMB: 300, Template: Newest})
	require.NoError(t, err)
	assert.Equal(t, "t1", a.Template.ID)
	assert.Equal(t, 256, a.UsedMB)

	after := before
	after.Name = "10.0.0.2"
	_, err = after.Admit(t.Context(), Request{Stack: "preview-pr-8", MB: 256, BudgetMB: 300, Template: Newest})
	var refusal *Refusal
	require.ErrorAs(t, err, &refusal)
	assert.Equal(t, "memory", refusal.Reason, "the template is there, and so is who was admitted")
}

func TestAPlaceThatWasTakenAnewIsNotRemoved(t *testing.T) {
	r := Records{URL: recorded(t), Volume: t.Name()}
	place := Request{Stack: "preview-pr-7", MB: 1, BudgetMB: 300, Backend: "ours", Created: "2030-01-02T00:00:00Z"}
	_, err := r.Admit(t.Context(), place)
	require.NoError(t, err)
	seen := Object{Kind: recordAdmitted, Name: place.Stack, Backend: "ours", Created: "2030-01-01T00:00:00Z"}
	require.NoError(t, r.Remove(t.Context(), "ours", []Object{seen}))
	inv, err := r.Inventory(t.Context())
	require.NoError(t, err)
	assert.Len(t, inv.Admitted, 1)
	seen.Created = place.Created
	require.NoError(t, r.Remove(t.Context(), "ours", []Object{seen}))
	inv, err = r.Inventory(t.Context())
	require.NoError(t, err)
	assert.Empty(t, inv.Admitted)
}

func TestAnExtendedPreviewKeepsItsPlaceUntilItsNewEnd(t *testing.T) {
	r := Records{URL: recorded(t), Volume: t.Name()}
	_, err := r.Admit(t.Context(), Request{Stack: "preview-pr-7", MB: 1, BudgetMB: 300, ExpiresAt: "2030-01-02T00:00:00Z"})
	require.NoError(t, err)
	require.NoError(t, r.Extend(t.Context(), "preview-pr-7", "2030-01-05T00:00:00Z"))
	require.NoError(t, r.Extend(t.Context(), "preview-pr-8", "2030-01-05T00:00:00Z"), "one without a place")
	inv, err := r.Inventory(t.Context())
	require.NoError(t, err)
	require.Len(t, inv.Admitted, 1)
	assert.Equal(t, "2030-01-05T00:00:00Z", inv.Admitted[0].ExpiresAt)
	assert.Equal(t, 1, inv.Admitted[0].MB)
}

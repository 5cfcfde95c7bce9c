package ledger

import (
	"bufio"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestEveryEventIsOneLine(t *testing.T) {
	f := File{Path: filepath.Join(t.TempDir(), "deep", "ledger.jsonl")}
	for _, what := range []string{"up", "smoke"} {
		require.NoError(t, f.Record(context.Background(), Event{What: what, Outcome: Done, Who: Who()}))
	}
	r, err := os.Open(f.Path)
	require.NoError(t, err)
	defer r.Close()
	var whats []string
	for s := bufio.NewScanner(r); s.Scan(); {
		var e Event
		require.NoError(t, json.Unmarshal(s.Bytes(), &e))
		whats = append(whats, e.What)
	}
	assert.Equal(t, []string{"up", "smoke"}, whats)
}

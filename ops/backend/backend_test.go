package backend

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/odooops/odooops/stacks/config"
)

const id = "0a0b0c0d-1111-2222-3333-123456789abc"

func place(t *testing.T, files map[string]string) *Backend {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	}
	b, err := Open(map[string]string{"PULUMI_BACKEND_URL": "file://" + dir})
	require.NoError(t, err)
	return b
}

func full(t *testing.T) *Backend {
	t.Helper()
	return place(t, map[string]string{
		markerName:                               `{"id":"` + id + `","zone":"core"}`,
		".pulumi/meta.yaml":                      "version: 1\n",
		".pulumi/stacks/odooops/erp.json":        "{}",
		".pulumi/stacks/odooops/erp.json.attrs":  "{}",
		".pulumi/stacks/odooops/erp.json.bak":    "{ }",
		".pulumi/stacks/odooops/erp.pulumi-tags": "{}",
		".pulumi/history/odooops/erp/1.json":     "{}",
	})
}

func TestStacksAreTheStatesAlone(t *testing.T) {
	stacks, err := full(t).Stacks(context.Background())
	require.NoError(t, err)
	assert.Equal(t, []string{"erp"}, stacks)
}

func TestATornStateIsToldAsOneAndOneBeingWrittenIsReadAgain(t *testing.T) {
	name := stacksDir + "erp.json"
	b := place(t, map[string]string{name: `{"version":`})
	_, err := b.State(t.Context(), "erp")
	assert.ErrorIs(t, err, ErrTorn)
	go func() {
		time.Sleep(150 * time.Millisecond)
		_ = b.files.write(context.Background(), name, []byte(`{"version":3,"checkpoint":{"latest":{}}}`))
	}()
	state, err := b.State(t.Context(), "erp")
	require.NoError(t, err)
	assert.NotNil(t, state)
}

func TestAStackThatWasOnlyMadeHasAnEmptyState(t *testing.T) {
	// As the engine writes it, and as a kill right after leaves it.
	b := place(t, map[string]string{
		stacksDir + "new.json":   `{"version":0,"checkpoint":{"stack":"organization/odooops/new"}}`,
		stacksDir + "other.json": `{"version":0,"checkpoint":{"stack":"organization/odooops/other","latest":{}}}`,
	})
	state, err := b.State(t.Context(), "new")
	require.NoError(t, err)
	assert.Empty(t, state.Resources)
	_, err = b.State(t.Context(), "other")
	assert.ErrorContains(t, err, "version 0")
}

func TestOnlyTheMarkedBackendIsTheZonesOwn(t *testing.T) {
	ctx := context.Background()
	b := full(t)
	assert.NoError(t, b.Check(ctx, config.Core, id))
	assert.ErrorContains(t, b.Check(ctx, config.Previews, id), "is that of zone core")
	assert.ErrorContains(t, b.Check(ctx, config.Core, "other"), "is another one")
	assert.ErrorContains(t, place(t, nil).Check(ctx, config.Core, id), "carries no mark")
	assert.Error(t, place(t, map[string]string{markerName: "torn"}).Check(ctx, config.Core, id))
}

func TestACopyHasAllButLocksAndAttributesAndIsDoneOnce(t *testing.T) {
	ctx := context.Background()
	from, to := full(t), place(t, nil)
	n, err := Copy(ctx, from, to)
	require.NoError(t, err)
	assert.Equal(t, 6, n)
	_, err = to.files.read(ctx, ".pulumi/stacks/odooops/erp.json.attrs")
	assert.Error(t, err)
	assert.NoError(t, to.Check(ctx, config.Core, id))
	n, err = Copy(ctx, from, to)
	require.NoError(t, err)
	assert.Zero(t, n)
}

func TestACopyRefusesALockedStackAndAForeignBucket(t *testing.T) {
	ctx := context.Background()
	from := full(t)
	_, err := Copy(ctx, from, place(t, map[string]string{".pulumi/stacks/odooops/theirs.json": "{}"}))
	assert.ErrorContains(t, err, "theirs")
	_, err = Copy(ctx, from, place(t, map[string]string{markerName: `{"id":"x","zone":"core"}`}))
	assert.ErrorContains(t, err, "somebody else's")
	require.NoError(t, from.files.write(ctx, locksDir+"organization/odooops/erp/1.json", []byte("{}")))
	_, err = Copy(ctx, from, place(t, nil))
	assert.ErrorContains(t, err, "erp is locked")
}

func TestACopyThatWasKilledIsGoneOnWith(t *testing.T) {
	ctx := context.Background()
	half := place(t, map[string]string{".pulumi/stacks/odooops/erp.json": `{"older":1}`})
	_, err := Copy(ctx, full(t), half)
	require.NoError(t, err)
	assert.NoError(t, half.Check(ctx, config.Core, id))
}

func TestAnOldCheckoutDoesNotWriteOverWhatWasMovedAndUsed(t *testing.T) {
	ctx := context.Background()
	old, moved := full(t), full(t)
	require.NoError(t, moved.files.write(ctx, ".pulumi/stacks/odooops/erp.json", []byte(`{"newer":1}`)))
	_, err := Copy(ctx, old, moved)
	assert.ErrorContains(t, err, "zones.yaml")
	text, err := moved.files.read(ctx, ".pulumi/stacks/odooops/erp.json")
	require.NoError(t, err)
	assert.Equal(t, `{"newer":1}`, string(text))

	// An empty one has nothing to bring, and has to hear of it too.
	_, err = Copy(ctx, place(t, map[string]string{markerName: `{"id":"` + id + `","zone":"core"}`}), moved)
	assert.ErrorContains(t, err, "zones.yaml")
}

func TestTheBucketsNameFollowsFromTheId(t *testing.T) {
	assert.Equal(t, "odooops-state-previews-123456789abc", BucketName(config.Previews, id))
	b, err := openBucket(BucketURL("b", "http://127.0.0.1:1"), func(string) string { return "k" })
	require.NoError(t, err)
	assert.Equal(t, "b", b.name)
}

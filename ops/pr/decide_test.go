package pr

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/odooops/odooops/ops/backend"
	"github.com/odooops/odooops/ops/fault"
	"github.com/odooops/odooops/ops/index"
	"github.com/odooops/odooops/ops/previewhost"
	"github.com/odooops/odooops/stacks/config"
)

var now = time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)

func shop() *Shop {
	return &Shop{
		HostStack: "preview-host", Now: func() time.Time { return now },
		Host:    config.PreviewHostOutputs{HostID: "42", BudgetMB: 1000, PreviewMB: 256},
		Pattern: map[string]string{"images": `{"odoo":"o1","postgres":"p1","mailhog":"m1"}`, "ttlHours": "72", "backendId": "id"},
	}
}

func newBuild() *build {
	return &build{name: "preview-pr-7", number: 7, new: true, values: map[string]string{}}
}

// running is a preview that is there, on a template.
func running() *build {
	b := newBuild()
	b.new = false
	b.old = config.OdooOutputs{Placement: config.Shared, Template: "t1", Data: "template t1", Images: config.Images{Odoo: "o2"}}
	b.oldTags = map[string]string{index.ExpiresAt: "2030-01-03T00:00:00Z", index.Created: "2030-01-01T00:00:00Z", index.Owner: "ada"}
	return b
}

func TestANewPreviewTakesTheNewestTemplateAndEndsByThePattern(t *testing.T) {
	b := newBuild()
	require.NoError(t, shop().decide(b, UpOptions{Number: 7, Owner: "ada"}))
	assert.Equal(t, config.DataTemplate, b.values["data"])
	assert.Equal(t, previewhost.Newest, b.request.Template)
	assert.Equal(t, 256, b.request.MB)
	assert.Equal(t, "2030-01-05T03:04:05Z", b.tags[index.ExpiresAt])
	assert.Equal(t, "42", b.tags[index.HostID])
	assert.Equal(t, "ada", b.tags[index.Owner])
}

func TestASecondUpKeepsImageTemplateOwnerAndEnd(t *testing.T) {
	b := running()
	require.NoError(t, shop().decide(b, UpOptions{Number: 7, Owner: "grace", TTL: 999 * time.Hour}))
	assert.Equal(t, "t1", b.request.Template)
	assert.Equal(t, "o2", b.images.Odoo)
	assert.Equal(t, "ada", b.values["owner"])
	assert.Equal(t, "2030-01-03T00:00:00Z", b.values["expiresAt"])
	assert.Equal(t, "2030-01-01T00:00:00Z", b.values["created"])
}

func TestResetDataTakesTheNewestAndIsRemembered(t *testing.T) {
	b := running()
	require.NoError(t, shop().decide(b, UpOptions{Number: 7, Reset: true}))
	assert.Equal(t, previewhost.Newest, b.request.Template)
	assert.True(t, b.request.Reset)
	token := b.tags[index.Reset]
	require.NotEmpty(t, token)
	first := newBuild()
	require.NoError(t, shop().decide(first, UpOptions{Number: 7}))
	assert.Contains(t, first.tags, index.Reset, "a new preview does not inherit that of the number's last one")
	next := running()
	next.oldTags[index.Reset] = token
	require.NoError(t, shop().decide(next, UpOptions{Number: 7}))
	assert.Equal(t, token, next.values["resetToken"], "another token would make the data again")
	assert.Equal(t, previewhost.Newest, next.request.Template, "the reset did not end: it goes on")
	next.old.ResetToken = token
	require.NoError(t, shop().decide(next, UpOptions{Number: 7}))
	assert.Equal(t, "t1", next.request.Template, "it did")
}

func TestWhatWouldLoseDataHasToBeSaid(t *testing.T) {
	assert.ErrorContains(t, shop().decide(running(), UpOptions{Number: 7, Data: config.DataDemo}), "--reset-data")
	assert.ErrorContains(t, shop().decide(running(), UpOptions{Number: 7, Placement: config.Dedicated}), "pr down")
	assert.NoError(t, shop().decide(running(), UpOptions{Number: 7, Data: config.DataDemo, Reset: true}))
}

func TestADropletOfItsOwnIsNotReset(t *testing.T) {
	b := running()
	b.old.Placement, b.old.Template, b.old.Data = config.Dedicated, "", config.DataDemo
	err := shop().decide(b, UpOptions{Number: 7, Reset: true})
	assert.ErrorContains(t, err, "pr down --number 7")
	assert.Empty(t, b.values["resetToken"])
}

func TestAnEndThatIsNoTimeIsNotReplacedSilently(t *testing.T) {
	b := running()
	b.oldTags[index.ExpiresAt] = "soon"
	assert.ErrorContains(t, shop().decide(b, UpOptions{Number: 7}), "ttl extend")
}

func TestBadUsageOfAnUp(t *testing.T) {
	for name, o := range map[string]UpOptions{
		"no such image":   {Number: 7, Images: map[string]string{"traefik": "x"}},
		"a year and more": {Number: 7, TTL: 9000 * time.Hour},
		"no life at all":  {Number: 7, TTL: time.Second},
	} {
		assert.Equal(t, 2, fault.ExitCode(shop().decide(newBuild(), o)), name)
	}
}

func TestAHostThatIsNotThereIsNamed(t *testing.T) {
	s := shop()
	s.Host = config.PreviewHostOutputs{}
	assert.ErrorContains(t, s.decide(newBuild(), UpOptions{Number: 7}), "odooops up preview-host")
	b := newBuild()
	require.NoError(t, s.decide(b, UpOptions{Number: 7, Placement: config.Dedicated}), "a droplet of its own needs none")
	assert.Equal(t, config.DataDemo, b.values["data"])
}

func TestAnUpSetsOnlyTheTagsThatItChanges(t *testing.T) {
	b := running()
	require.NoError(t, shop().decide(b, UpOptions{Number: 7}))
	assert.NotContains(t, b.changed(), index.ExpiresAt, "it may have been extended since")
	assert.Equal(t, "42", b.changed()[index.HostID])
}

func TestARefusalSaysTheEndsThatTheTagsSay(t *testing.T) {
	s := shop()
	var err error
	s.Backend, err = backend.Open(map[string]string{"PULUMI_BACKEND_URL": "file://" + t.TempDir()})
	require.NoError(t, err)
	require.NoError(t, s.Backend.SetTags(t.Context(), "preview-pr-1", map[string]string{index.ExpiresAt: "2030-02-01T00:00:00Z"}))
	r := &previewhost.Refusal{Others: []previewhost.Admitted{
		{Stack: "preview-pr-1", ExpiresAt: "2030-01-01T00:00:00Z"}, {Stack: "preview-pr-2", ExpiresAt: "2030-01-15T00:00:00Z"},
	}}
	s.freshen(t.Context(), r)
	assert.Contains(t, r.Error(), "expires 2030-02-01T00:00:00Z")
	assert.Contains(t, r.Next(), "--number 2", "the first was extended: the second ends sooner")
}

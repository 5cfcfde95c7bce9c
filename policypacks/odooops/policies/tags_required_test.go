package policies

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/odooops/odooops/policypacks/odooops/policy/policytest"
)

func tagged(tags any) policytest.Resource {
	return policytest.Resource{Type: droplet, Name: "staging", Props: policytest.Props{"tags": tags}}
}

func labelled(labels any) policytest.Resource {
	return policytest.Resource{Type: container, Name: "odoo", Props: policytest.Props{"labels": labels}}
}

func label(name string, value any) map[string]any {
	return map[string]any{"label": name, "value": value}
}

func TestWhatSaysNotWhoseItIsIsToldSo(t *testing.T) {
	p := tagsRequired()
	fixed, changed := staging.Fixed(t, p, tagged([]any{"odooops:host:staging"}))
	assert.True(t, changed)
	var tags []string
	for _, v := range fixed.Get("tags").AsArray().All {
		tags = append(tags, v.AsString())
	}
	assert.Equal(t, []string{"odooops:host:staging", "odooops:kind:staging", "odooops:stack:staging"}, tags)

	fixed, changed = staging.Fixed(t, p, labelled([]any{label("odooops.stack", "staging")}))
	assert.True(t, changed)
	assert.Equal(t, 2, fixed.Get("labels").AsArray().Len())
	_, changed = staging.Fixed(t, p, labelled([]any{label("odooops.stack", "staging"), label("odooops.kind", "staging")}))
	assert.False(t, changed, "what is right stays as it is")
}

func TestNobodyCarriesAnotherStacksTags(t *testing.T) {
	p := tagsRequired()
	staging.Allows(t, p, tagged([]any{"odooops:kind:staging", "odooops:stack:staging"}))
	staging.Denies(t, p, "odooops:stack:production", tagged([]any{"odooops:kind:staging", "odooops:stack:production"}))
	staging.Denies(t, p, "odooops:kind:production", tagged([]any{"odooops:kind:production", "odooops:stack:staging"}))
	staging.Denies(t, p, "label odooops.stack is production", labelled([]any{label("odooops.stack", "production")}))
}

func TestTagsThatNobodyKnowsYetAreWaitedForAndNotOverwritten(t *testing.T) {
	p := tagsRequired()
	staging.Waits(t, p, "tags", tagged(policytest.Unknown))
	staging.Waits(t, p, "tags[0]", tagged([]any{policytest.Unknown}))
	staging.Waits(t, p, "labels[0].value", labelled([]any{label("odooops.stack", policytest.Unknown)}))
	for _, r := range []policytest.Resource{
		tagged(policytest.Unknown), tagged([]any{policytest.Unknown}),
		labelled(policytest.Unknown), labelled([]any{label("a", policytest.Unknown)}),
	} {
		_, changed := staging.Fixed(t, p, r)
		assert.False(t, changed)
	}
}

package policy_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pulumi/pulumi/sdk/v3/go/property"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/policyx"

	"github.com/odooops/odooops/policypacks/odooops/policy"
	"github.com/odooops/odooops/policypacks/odooops/policy/policytest"
)

func checking(check func(*policy.Resource)) policy.Policy {
	return policy.Policy{Name: "some", Severity: policy.Mandatory, Holds: "Something.", Check: check}
}

func TestAPolicyThatPanicsIsAnErrorThatNamesIt(t *testing.T) {
	p := checking(func(*policy.Resource) { panic("no such key") })
	p.CheckStack = func(*policy.Stack) { panic("no such key") }
	p.Fix = func(*policy.Resource) map[string]any { panic("no such key") }
	_, err := p.OnResource(policy.Facts{}, policyx.AnalyzerResource{URN: "urn:x"}, nil)
	require.ErrorContains(t, err, "policy some broke on urn:x")
	_, err = p.OnStack(policy.Facts{}, nil, nil)
	require.ErrorContains(t, err, "policy some broke")
	_, err = p.Fixed(policy.Facts{}, policyx.AnalyzerResource{URN: "urn:x"}, nil)
	require.ErrorContains(t, err, "policy some broke on urn:x")
}

func TestNoKindOfValueBreaksAReader(t *testing.T) {
	for _, v := range []property.Value{
		{}, property.New(property.Computed), property.New("x"), property.New(1.5), property.New(true),
		property.New([]property.Value{property.New(property.Computed)}), property.New(map[string]property.Value{"a": {}}),
	} {
		for _, secret := range []bool{false, true} {
			p := checking(func(r *policy.Resource) {
				got := r.Get("x")
				got.Text()
				got.Number()
				got.Bool()
				got.List()
				got.Strings()
				got.Map()
				got.At("a").At("b").Text()
				got.Walk(func(policy.Value) {})
			})
			policytest.Case{}.Run(t, p, policytest.Resource{Type: "t", Name: "n", Props: policytest.Props{"x": v.WithSecret(secret)}})
		}
	}
}

func TestAPartOfWhatIsNotKnownIsNotKnown(t *testing.T) {
	p := checking(func(r *policy.Resource) {
		text, ok := r.Get("options").At("size").Text()
		assert.False(t, ok)
		assert.Empty(t, text)
	})
	policytest.Case{}.Waits(t, p, "options.size", policytest.Resource{Type: "t", Props: policytest.Props{"options": policytest.Unknown}})
}

func TestAPartOfASecretIsSecret(t *testing.T) {
	p := checking(func(r *policy.Resource) {
		r.Get("list").Walk(func(v policy.Value) { assert.True(t, v.Secret(), v.Path()) })
		list, _ := r.Get("list").List()
		assert.True(t, list[0].Secret())
	})
	policytest.Case{}.Allows(t, p, policytest.Resource{Type: "t", Props: policytest.Props{"list": policytest.Secret([]any{"a", map[string]any{"b": "c"}})}})
}

func TestSettingsHaveTheirDefaults(t *testing.T) {
	p := checking(func(r *policy.Resource) { r.Deny("%v %v", r.Settings.Number("days"), r.Settings.Strings("names")) })
	p.Config = []policy.Setting{{Name: "days", Default: 14.0}, {Name: "names", Default: []any{"a"}}}
	policytest.Case{}.Denies(t, p, "14 [a]", policytest.Resource{Type: "t"})
	policytest.Case{Config: map[string]any{"days": 3.0}}.Denies(t, p, "3 [a]", policytest.Resource{Type: "t"})
}

func TestAStackWithoutAKindKeepsTheRulesOfEveryKind(t *testing.T) {
	f := policy.Facts{Kind: policy.KindOf("anything", "")}
	assert.True(t, f.MayBe("production"))
	assert.True(t, f.MayBe("preview"))
	assert.True(t, f.OutsideProduction())
	assert.Equal(t, "preview", policy.KindOf("preview-pr-7", ""))
	assert.Equal(t, "production", policy.KindOf("preview-pr-7", "production"), "the config decides")
}

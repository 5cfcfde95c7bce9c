package workspace

import (
	"io"
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/auto/events"
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/stretchr/testify/assert"
)

const hostURN = "urn:pulumi:production::odooops::digitalocean:index/droplet:Droplet::host"

func collect(metas ...apitype.StepEventMetadata) Plan {
	c := collector{seen: map[string]bool{}, progress: NewLines(io.Discard, time.Now)}
	for _, m := range metas {
		c.take(events.EngineEvent{EngineEvent: apitype.EngineEvent{ResourcePreEvent: &apitype.ResourcePreEvent{Metadata: m, Planning: true}}})
		c.take(events.EngineEvent{EngineEvent: apitype.EngineEvent{ResOutputsEvent: &apitype.ResOutputsEvent{Metadata: m, Planning: true}}})
	}
	return c.plan
}

func TestTheThreePartsOfAReplacementAreOneStep(t *testing.T) {
	old := &apitype.StepEventStateMetadata{Protect: true, ID: "7"}
	p := collect(
		apitype.StepEventMetadata{Op: apitype.OpCreateReplacement, URN: hostURN, Type: "digitalocean:index/droplet:Droplet", Old: old, Keys: []string{"image"}},
		apitype.StepEventMetadata{Op: apitype.OpReplace, URN: hostURN, Type: "digitalocean:index/droplet:Droplet", Old: old},
		apitype.StepEventMetadata{Op: apitype.OpDeleteReplaced, URN: hostURN, Type: "digitalocean:index/droplet:Droplet", Old: old},
	)
	assert.Len(t, p.Steps, 1)
	assert.True(t, p.Steps[0].Destroys())
	assert.True(t, p.Steps[0].Protected)
	assert.Equal(t, []string{"image"}, p.Steps[0].Why)
}

func TestWhatStaysTheSameIsNoStep(t *testing.T) {
	p := collect(apitype.StepEventMetadata{Op: apitype.OpSame, URN: hostURN})
	assert.True(t, p.Empty())
	assert.Equal(t, 1, p.Same)
}

func TestLosingItsProtectionIsAChange(t *testing.T) {
	p := collect(apitype.StepEventMetadata{
		Op: apitype.OpSame, URN: hostURN,
		Old: &apitype.StepEventStateMetadata{Protect: true}, New: &apitype.StepEventStateMetadata{},
	})
	assert.False(t, p.Empty())
}

func TestChangedOutputsOfTheStackAreAChange(t *testing.T) {
	p := collect(apitype.StepEventMetadata{
		Op: apitype.OpSame, URN: "urn:pulumi:production::odooops::pulumi:pulumi:Stack::odooops-production", Type: "pulumi:pulumi:Stack",
		Old: &apitype.StepEventStateMetadata{Outputs: map[string]any{"url": "a"}},
		New: &apitype.StepEventStateMetadata{Outputs: map[string]any{"url": "b"}},
	})
	assert.False(t, p.Empty())
}

func TestAPlanKeepsWhatAResourceWasAndWillBe(t *testing.T) {
	state := func(size string) *apitype.StepEventStateMetadata {
		return &apitype.StepEventStateMetadata{Custom: true, Inputs: map[string]any{"size": size}}
	}
	p := collect(
		apitype.StepEventMetadata{Op: apitype.OpCreateReplacement, URN: hostURN, Old: state("small"), New: state("large")},
		apitype.StepEventMetadata{Op: apitype.OpDeleteReplaced, URN: hostURN, Old: state("small")},
		apitype.StepEventMetadata{Op: apitype.OpSame, URN: hostURN + "-2", Old: state("small"), New: state("small")},
		apitype.StepEventMetadata{Op: apitype.OpDelete, URN: hostURN + "-3", Old: state("small")},
		apitype.StepEventMetadata{Op: apitype.OpSame, URN: hostURN + "-component", Old: &apitype.StepEventStateMetadata{}, New: &apitype.StepEventStateMetadata{}},
	)
	small, large := map[string]any{"size": "small"}, map[string]any{"size": "large"}
	assert.Equal(t, Inputs{hostURN: small, hostURN + "-2": small, hostURN + "-3": small}, p.Before)
	assert.Equal(t, Inputs{hostURN: large, hostURN + "-2": small}, p.After)
}

func TestWhatPoliciesSayIsPartOfThePlan(t *testing.T) {
	c := collector{seen: map[string]bool{}, progress: NewLines(io.Discard, time.Now)}
	for level, name := range map[string]string{"mandatory": "smtp-refused", "advisory": "tags-required"} {
		c.take(events.EngineEvent{EngineEvent: apitype.EngineEvent{PolicyEvent: &apitype.PolicyEvent{
			ResourceURN: hostURN, PolicyName: name, EnforcementLevel: level, Message: "what holds\nwhat is wrong",
		}}})
	}
	assert.ElementsMatch(t, []PolicyResult{
		{Policy: "smtp-refused", Name: "host", Text: "what is wrong", Mandatory: true},
		{Policy: "tags-required", Name: "host", Text: "what is wrong"},
	}, c.plan.Policies)
	assert.Equal(t, []string{"host: what is wrong (policy smtp-refused)"}, c.plan.Problems)
}

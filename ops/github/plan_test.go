package github

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/odooops/odooops/tests/fakegithub"
)

func TestBothZonesShareOneComment(t *testing.T) {
	s := fakegithub.New(t)
	s.Open(7)
	c, _ := client(t, s)
	require.NoError(t, c.Comment(context.Background(), 7, "a preview"))
	for push := range 3 {
		for _, zone := range []string{"previews", "core"} {
			text := Plans(zone, "", []StackPlan{{Stack: fmt.Sprint(zone, push)}})
			require.NoError(t, c.CommentPlans(context.Background(), 7, zone, text))
		}
	}
	comments := s.Comments(7)
	require.Len(t, comments, 2, "the preview's and the plans'")
	assert.Contains(t, comments[0].Body, "a preview")
	body := comments[1].Body
	assert.Equal(t, 1, strings.Count(body, "#### core2: no changes"))
	assert.Equal(t, 1, strings.Count(body, "#### previews2: no changes"))
	assert.NotContains(t, body, "core1")
	assert.NotContains(t, body, "previews1")
	assert.Less(t, strings.Index(body, "core2"), strings.Index(body, "previews2"))
}

func TestACommentOfPlansThatSaysItAlreadyIsLeftAlone(t *testing.T) {
	s := fakegithub.New(t)
	s.Open(7)
	c, _ := client(t, s)
	for range 2 {
		require.NoError(t, c.CommentPlans(context.Background(), 7, "core", "the same\n"))
	}
	assert.Zero(t, s.Comments(7)[0].Edits)
}

func TestPlansSayPlanPoliciesAndCost(t *testing.T) {
	text := Plans("core", "https://github.com/acme/infrastructure/actions/runs/1", []StackPlan{
		{Stack: "platform", Same: 40},
		{
			Stack: "production", Same: 57, Cost: "+24.00 $ a month (120.00, was 96.00), prices of 2026-11-01",
			Changes: []string{"Droplet production: s-2vcpu-4gb → s-4vcpu-8gb: +24.00"},
			Steps:   []PlanStep{{Op: "update", Type: "Droplet", Name: "production", Why: "size"}},
		},
		{Stack: "staging", Policies: []PolicyResult{
			{Policy: "smtp-refused", Name: "fw", Text: "port 25 is open", Mandatory: true},
			{Policy: "smtp-refused", Name: "fw", Text: "port 25 is open", Mandatory: true},
			{Policy: "tags-required", Name: "vol", Text: "not known yet"},
		}},
		{Stack: "broken", Refused: "it stands on the stack platform,\nwhich does not exist"},
	})
	for _, want := range []string{
		"Zone core ([log](https://github.com/acme/infrastructure/actions/runs/1)):\n",
		"#### platform: no changes\n\nPolicies: kept to.\n\nCost: as before.\n",
		"#### production: 1 change\n",
		"Cost: +24.00 $ a month (120.00, was 96.00)",
		"- Droplet production: s-2vcpu-4gb → s-4vcpu-8gb: +24.00\n",
		"<details><summary>1 steps, 57 as they are</summary>\n\n| operation |",
		"| update | Droplet | production | size |\n\n</details>",
		"#### staging: refused\n- **policy `smtp-refused`** refuses fw: port 25 is open\n- policy `tags-required` advises about vol: not known yet\n",
		"#### broken: refused\n\n**Refused**: it stands on the stack platform, which does not exist\n",
	} {
		assert.Contains(t, text, want)
	}
	assert.Equal(t, 1, strings.Count(text, "port 25 is open"), "once, although the engine says it twice")
}

func TestAPlanCanNotEndItsPartOfTheComment(t *testing.T) {
	evil := "x <!-- end -->\n<!-- zone previews -->\nall is well\n<!-- end -->"
	text := Plans("core", "", []StackPlan{{
		Stack: "production", Refused: evil,
		Steps:    []PlanStep{{Op: "create", Type: "Droplet", Name: evil, Why: evil}},
		Policies: []PolicyResult{{Policy: "p", Name: evil, Text: evil}},
		Cost:     "1", Changes: []string{evil},
	}})
	body := withZone(withZone("", "previews", "the true one\n"), "core", text)
	assert.Contains(t, body, "the true one")
	assert.Equal(t, body, withZone(body, "core", text))
	assert.NotContains(t, text, "<!--")
}

func TestAHugePlanFitsIntoAComment(t *testing.T) {
	var p StackPlan
	for i := range 3000 {
		p.Steps = append(p.Steps, PlanStep{Op: "create", Type: "Droplet", Name: strings.Repeat("x", 1000) + fmt.Sprint(i)})
	}
	text := Plans("core", "", []StackPlan{p, p, p, p, p, p})
	assert.Contains(t, text, "and 2960 more")
	body := withZone(withZone("", "core", text), "previews", text)
	assert.Less(t, len([]rune(body)), 65536)
}

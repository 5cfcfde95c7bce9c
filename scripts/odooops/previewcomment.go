package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/odooops/odooops/components/price"
	"github.com/odooops/odooops/ops/cost"
	"github.com/odooops/odooops/ops/fault"
	"github.com/odooops/odooops/ops/github"
	"github.com/odooops/odooops/stacks/config"
)

// commentPlans says on the pull request of OWNER/NAME what it would change in a
// zone; also when the previews were interrupted.
func (a *app) commentPlans(ctx context.Context, repository string, number int, zone config.Zone, results []previewed) error {
	client, err := github.New(a.getenv, repository)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), commentTime)
	defer cancel()
	plans := make([]github.StackPlan, len(results))
	for i, p := range results {
		plans[i] = planOf(p)
	}
	return client.CommentPlans(ctx, number, string(zone), github.Plans(string(zone), a.jobURL(), plans))
}

// planOf is what the comment says of one stack. What a failed preview printed
// stays in the log, except for what policies and odooops itself refuse.
func planOf(p previewed) github.StackPlan {
	plan := github.StackPlan{Stack: p.Stack, Same: p.Plan.Same}
	for _, s := range p.Plan.Steps {
		plan.Steps = append(plan.Steps, github.PlanStep{
			Op: s.Op, Type: shortType(s.Type), Name: s.Name, Why: strings.Join(s.Why, ", "),
		})
	}
	for _, r := range p.Plan.Policies {
		plan.Policies = append(plan.Policies, github.PolicyResult(r))
	}
	if d := p.Cost; d != nil {
		plan.Cost = fmt.Sprintf("%+.2f $ a month (%.2f, was %.2f), prices of %s", d.After-d.Before, d.After, d.Before, price.Date)
		for _, c := range d.Changes {
			plan.Changes = append(plan.Changes, changeText(c))
		}
	}
	if p.err != nil && len(plan.Violations()) == 0 {
		plan.Refused = refusal(p.err)
	}
	return plan
}

// refusal is the cause of an error, without the next step: that is the log's.
func refusal(err error) string {
	var f *fault.Fault
	if errors.As(err, &f) && f.Cause != nil {
		return f.Cause.Error()
	}
	return err.Error()
}

func shortType(typ string) string { return typ[strings.LastIndex(typ, ":")+1:] }

// changeText is one part of a difference of the price.
func changeText(c cost.Change) string {
	what := fmt.Sprintf("%+.2f", c.Dollars)
	switch {
	case c.Unknown != "":
		what = "NOT COUNTED: " + c.Unknown
	case c.Account:
		what += ", once an account and not counted"
	case c.Dollars == 0:
		what = "by use"
	}
	return fmt.Sprintf("%s %s: %s → %s: %s", shortType(c.Type), c.Name, dash(c.Before), dash(c.After), what)
}

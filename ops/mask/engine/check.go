// Package engine carries a plan out: it checks, copies, replaces files and
// verifies. Of the rows it sees it writes nothing down but counts.
package engine

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/odooops/odooops/ops/mask"
	"github.com/odooops/odooops/ops/mask/catalog"
	"github.com/odooops/odooops/ops/mask/manifest"
	"github.com/odooops/odooops/ops/mask/plan"
)

// Check tells what the manifest doesn't know of a database.
func Check(ctx context.Context, r mask.CheckRequest) (mask.CheckResult, error) {
	c, err := connect(ctx, "database", r.DSN, nil)
	if err != nil {
		return mask.CheckResult{}, err
	}
	defer c.Close(ctx)
	p, err := planOf(ctx, c, r.Manifest)
	if err != nil {
		return mask.CheckResult{}, err
	}
	return mask.CheckResult{Unclassified: list(p.Unclassified), Unused: list(p.Unused), Problems: p.Problems}, nil
}

// Propose writes sections for what the manifest doesn't know.
func Propose(ctx context.Context, r mask.CheckRequest) (mask.ProposeResult, error) {
	result, err := Check(ctx, r)
	return mask.ProposeResult{YAML: plan.YAML(result.Unclassified)}, err
}

func planOf(ctx context.Context, c *pgx.Conn, sources map[string]string) (*plan.Plan, error) {
	m, err := manifest.Parse(sources)
	if err != nil {
		return nil, err
	}
	tables, err := catalog.Tables(ctx, c)
	if err != nil {
		return nil, safe("read the catalog", err)
	}
	return plan.New(m, tables), nil
}

// list is never null in JSON.
func list[T any](all []T) []T {
	if all == nil {
		return []T{}
	}
	return all
}

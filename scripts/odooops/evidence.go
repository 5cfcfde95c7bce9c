package main

import (
	"context"

	"github.com/odooops/odooops/ops/cloud"
	"github.com/odooops/odooops/ops/evidence"
	"github.com/odooops/odooops/ops/fault"
	"github.com/odooops/odooops/stacks/config"
)

// evidence is where the operations on a stack keep what they prove: the bucket
// of the platform that it stands on.
func (a *app) evidence(ctx context.Context, platform string) (evidence.Store, error) {
	what := "find the evidence bucket"
	if platform == "" {
		platform = config.KindPlatform
	}
	st, exists, err := a.state(ctx, platform)
	if err != nil {
		return evidence.Store{}, fault.New(what, "", err)
	}
	if !exists || st.Outputs()["kind"] == nil {
		return evidence.Store{}, fault.Newf(what, "run odooops up "+platform, "the platform %s is not there", platform)
	}
	out, err := config.DecodePlatform(st.Outputs())
	if err != nil {
		return evidence.Store{}, fault.New(what, "run odooops up "+platform, err)
	}
	get, err := a.cloudGetter()
	if err != nil {
		return evidence.Store{}, err
	}
	return evidence.Store{API: cloud.Spaces(get, out.Region), Bucket: out.EvidenceBucket}, nil
}

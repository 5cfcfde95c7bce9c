package provider

import (
	"context"
	"maps"
	"slices"
	"strings"

	rpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

// brokenKey marks, in state, a resource whose creation failed half-way. It is
// replaced by the next update.
const brokenKey = "__createFailed"

// Diff compares the old inputs with the new ones, never with outputs: what
// the cloud fills in by itself is no change. The table says what replaces.
func (s *server) Diff(_ context.Context, req *rpc.DiffRequest) (*rpc.DiffResponse, error) {
	_, row, err := s.resource(req.GetUrn())
	if err != nil {
		return nil, err
	}
	olds, _, err := decode(req.GetOldInputs())
	if err != nil {
		return nil, failure("comparing", req.GetUrn(), err)
	}
	news, _, err := decode(req.GetNews())
	if err != nil {
		return nil, failure("comparing", req.GetUrn(), err)
	}
	state, _, err := decode(req.GetOlds())
	if err != nil {
		return nil, failure("comparing", req.GetUrn(), err)
	}

	resp := &rpc.DiffResponse{
		Changes:         rpc.DiffResponse_DIFF_NONE,
		HasDetailedDiff: true,
		DetailedDiff:    map[string]*rpc.PropertyDiff{},
	}
	for _, key := range slices.Sorted(maps.Keys(olds.merge(news))) {
		if strings.HasPrefix(key, "__") || slices.Contains(req.GetIgnoreChanges(), key) || !changed(olds[key], news[key]) {
			continue
		}
		replaces := slices.Contains(row.Replace, key)
		resp.Changes = rpc.DiffResponse_DIFF_SOME
		resp.Diffs = append(resp.Diffs, key)
		if replaces {
			resp.Replaces = append(resp.Replaces, key)
		}
		resp.DetailedDiff[key] = &rpc.PropertyDiff{Kind: diffKind(olds[key], news[key], replaces), InputDiff: true}
	}
	if state.Bool(brokenKey, false) {
		resp.Changes = rpc.DiffResponse_DIFF_SOME
		resp.Replaces = append(resp.Replaces, brokenKey)
		resp.DetailedDiff[brokenKey] = &rpc.PropertyDiff{Kind: rpc.PropertyDiff_UPDATE_REPLACE}
	}
	resp.DeleteBeforeReplace = len(resp.Replaces) > 0 && nameInTheWay(row.AutoNamed(), typeOf(req.GetUrn()), olds, news)
	return resp, nil
}

// nameInTheWay says that the old resource must go first, because the new one
// bears the same name. The official docker plugin says so of every container,
// of its host ports.
func nameInTheWay(autoNamed bool, token string, olds, news Props) bool {
	if token == "docker:index/container:Container" {
		return true
	}
	return autoNamed && !wasAutoNamed(news) && !changed(olds["name"], news["name"])
}

func diffKind(old, new any, replaces bool) rpc.PropertyDiff_Kind {
	switch {
	case old == nil && replaces:
		return rpc.PropertyDiff_ADD_REPLACE
	case old == nil:
		return rpc.PropertyDiff_ADD
	case new == nil && replaces:
		return rpc.PropertyDiff_DELETE_REPLACE
	case new == nil:
		return rpc.PropertyDiff_DELETE
	case replaces:
		return rpc.PropertyDiff_UPDATE_REPLACE
	}
	return rpc.PropertyDiff_UPDATE
}

package provider

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"

	rpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

// defaultsKey is where the official plugins, too, note which inputs they
// filled in by themselves.
const defaultsKey = "__defaults"

// Check refuses what the type does not know or lacks, and gives a name to a
// resource that has none. That happens here and only once: the next check
// finds the name in the old inputs.
func (s *server) Check(_ context.Context, req *rpc.CheckRequest) (*rpc.CheckResponse, error) {
	_, row, err := s.resource(req.GetUrn())
	if err != nil {
		return nil, err
	}
	news, secret, err := decode(req.GetNews())
	if err != nil {
		return nil, failure("checking", req.GetUrn(), err)
	}
	olds, _, err := decode(req.GetOlds())
	if err != nil {
		return nil, failure("checking", req.GetUrn(), err)
	}
	resp := &rpc.CheckResponse{}
	for _, key := range slices.Sorted(maps.Keys(news)) {
		if !row.IsInput(key) && !strings.HasPrefix(key, "__") {
			resp.Failures = append(resp.Failures, &rpc.CheckFailure{
				Property: key,
				Reason: fmt.Sprintf("%s %s has no input %q on %s",
					s.pkg.Table.Package, s.pkg.Table.Version, key, typeOf(req.GetUrn())),
			})
		}
	}
	for _, key := range row.Required {
		if _, set := news[key]; !set {
			resp.Failures = append(resp.Failures, &rpc.CheckFailure{
				Property: key,
				Reason:   fmt.Sprintf("missing required input %q", key),
			})
		}
	}
	if _, named := news["name"]; row.AutoNamed() && !named {
		news["name"] = autoName(req, olds)
		news[defaultsKey] = []any{"name"}
	}
	resp.Inputs, err = encode(news, secret)
	return resp, err
}

// autoName is the name it has, else NAME-1234567, in lower case because hosts,
// buckets and volumes want that.
func autoName(req *rpc.CheckRequest, olds Props) string {
	if wasAutoNamed(olds) {
		if name := olds.String("name"); name != "" {
			return name
		}
	}
	if a := req.GetAutonaming(); a.GetProposedName() != "" {
		return a.GetProposedName()
	}
	digest := sha256.Sum256(append([]byte(req.GetUrn()), req.GetRandomSeed()...))
	return strings.ToLower(nameOf(req.GetUrn())) + "-" + hex.EncodeToString(digest[:])[:7]
}

func wasAutoNamed(inputs Props) bool {
	return slices.Contains(inputs.Strings(defaultsKey), "name")
}

package repair

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go"
	"github.com/digitalocean/godo"

	"github.com/odooops/odooops/ops/workspace"
)

// Repairer implements workspace.Repairer.
type Repairer struct {
	Cloud   *godo.Client
	Buckets func(region string) *s3.Client
	Hosts   Hosts // nil: docker resources are left as they are
	// IAM is of the stacks that have users at AWS.
	IAM func(ctx context.Context, profile, region string) (*iam.Client, error)
}

var _ workspace.Repairer = (*Repairer)(nil)

// nothing: nothing is left, or the next creation makes no second one.
var nothing = workspace.Verdict{}

// Repair dispatches on the resource's type. A type without a line here is one
// whose creation can simply be repeated (an attachment, an assignment, a tag).
func (r *Repairer) Repair(ctx context.Context, h workspace.Half, known map[string]bool) (workspace.Verdict, error) {
	c := call{Repairer: r, half: h, known: known}
	switch h.Type {
	case "digitalocean:index/droplet:Droplet":
		return c.droplet(ctx)
	case "digitalocean:index/volume:Volume":
		return c.volume(ctx)
	case "digitalocean:index/vpc:Vpc":
		return c.vpc(ctx)
	case "digitalocean:index/firewall:Firewall":
		return c.firewall(ctx)
	case "digitalocean:index/sshKey:SshKey":
		return c.sshKey(ctx)
	case "digitalocean:index/domain:Domain":
		return c.domain(ctx)
	case "digitalocean:index/dnsRecord:DnsRecord":
		return c.dnsRecord(ctx)
	case "digitalocean:index/reservedIp:ReservedIp":
		return c.reservedIP(ctx)
	case "digitalocean:index/spacesBucket:SpacesBucket":
		return c.bucket(ctx)
	case "digitalocean:index/spacesKey:SpacesKey":
		return c.spacesKey(ctx)
	case "aws:s3/bucketV2:BucketV2":
		return c.maybe("bucket")
	case "aws:iam/user:User":
		return c.maybe("name")
	case "aws:iam/accessKey:AccessKey":
		return c.accessKey(ctx)
	case "docker:index/container:Container":
		return c.onHost(ctx, "container")
	case "docker:index/network:Network":
		return c.onHost(ctx, "network")
	}
	return nothing, nil
}

// call is one look.
type call struct {
	*Repairer
	half  workspace.Half
	known map[string]bool
}

func (c call) isKnown(id string) bool { return c.known[c.half.Type+"/"+id] }

// text is a plain input; empty when it is a secret or not there.
func (c call) text(key string) string {
	s, _ := c.half.Inputs[key].(string)
	return s
}

func adopt(id, format string, args ...any) workspace.Verdict {
	return workspace.Verdict{ID: id, Note: "adopted, " + fmt.Sprintf(format, args...)}
}

func removed(format string, args ...any) workspace.Verdict {
	return workspace.Verdict{Note: "removed, " + fmt.Sprintf(format, args...) + "; it is made again"}
}

// hasTags says whether all of the resource's own tags are on the thing found:
// a name alone is not enough to delete a machine.
func (c call) hasTags(found []string) bool {
	want, _ := c.half.Inputs["tags"].([]any)
	if len(want) == 0 {
		return false
	}
	on := map[string]bool{}
	for _, t := range found {
		on[strings.ToLower(t)] = true
	}
	for _, w := range want {
		s, _ := w.(string)
		if !on[strings.ToLower(s)] {
			return false
		}
	}
	return true
}

func isNotFound(err error) bool {
	var e *godo.ErrorResponse
	return errors.As(err, &e) && e.Response != nil && e.Response.StatusCode == 404
}

func itoa(i int) string { return strconv.Itoa(i) }

func ptr[T any](v T) *T { return &v }

// isCode says whether S3 answered with one of these codes.
func isCode(err error, codes ...string) bool {
	var e smithy.APIError
	return errors.As(err, &e) && slices.Contains(codes, e.ErrorCode())
}

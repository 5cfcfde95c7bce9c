package repair

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/odooops/odooops/ops/workspace"
)

// maybe adopts what is found by its name alone: the refresh that follows drops
// it again where it was never made.
func (c call) maybe(key string) (workspace.Verdict, error) {
	name := c.text(key)
	if name == "" || c.isKnown(name) {
		return nothing, nil
	}
	return adopt(name, "if it was made"), nil
}

// accessKey removes it: its secret was told once, to a process that is gone.
func (c call) accessKey(ctx context.Context) (workspace.Verdict, error) {
	user := c.text("user")
	if user == "" || c.IAM == nil {
		return nothing, nil
	}
	api, err := c.IAM(ctx, c.half.Profile, c.half.Region)
	if err != nil {
		return nothing, err
	}
	all, err := api.ListAccessKeys(ctx, &iam.ListAccessKeysInput{UserName: &user})
	if isCode(err, "NoSuchEntity") {
		return nothing, nil
	}
	if err != nil {
		return nothing, err
	}
	verdict := nothing
	for _, k := range all.AccessKeyMetadata {
		if k.AccessKeyId == nil || c.isKnown(*k.AccessKeyId) {
			continue
		}
		if _, err := api.DeleteAccessKey(ctx, &iam.DeleteAccessKeyInput{UserName: &user, AccessKeyId: k.AccessKeyId}); err != nil {
			return nothing, err
		}
		verdict = removed("key %s of %s", *k.AccessKeyId, user)
	}
	return verdict, nil
}

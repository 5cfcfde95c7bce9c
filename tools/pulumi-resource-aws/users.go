package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/odooops/odooops/tools/internal/bucket"
	"github.com/odooops/odooops/tools/internal/provider"
)

// user is aws:iam/user:User. Its id is its name.
type user struct{ client *iam.Client }

func (r user) Create(ctx context.Context, in provider.Props) (string, provider.Props, error) {
	if err := refuse(in, "name", "path", "forceDestroy"); err != nil {
		return "", nil, err
	}
	name := in.String("name")
	req := &iam.CreateUserInput{UserName: &name}
	if path := in.String("path"); path != "" {
		req.Path = &path
	}
	if _, err := r.client.CreateUser(ctx, req); err != nil {
		return "", nil, err
	}
	out, err := r.Read(ctx, name, in)
	return name, out, err
}

func (r user) Read(ctx context.Context, id string, _ provider.Props) (provider.Props, error) {
	u, err := r.client.GetUser(ctx, &iam.GetUserInput{UserName: &id})
	if err != nil {
		return nil, bucket.Gone(err)
	}
	return provider.Props{
		"name": id, "path": aws.ToString(u.User.Path), "arn": aws.ToString(u.User.Arn), "uniqueId": aws.ToString(u.User.UserId),
	}, nil
}

func (r user) Update(ctx context.Context, id string, old, in provider.Props) (provider.Props, error) {
	if err := refuse(in, "name", "path", "forceDestroy"); err != nil {
		return nil, err
	}
	if old.String("name") != in.String("name") || old.String("path") != in.String("path") {
		return nil, fmt.Errorf("the offline plugin of AWS doesn't rename user %s", id)
	}
	return r.Read(ctx, id, in)
}

// Delete takes keys first that somebody made beside the program's, if it may.
func (r user) Delete(ctx context.Context, id string, state provider.Props) error {
	if state.Bool("forceDestroy", false) {
		keys, err := r.client.ListAccessKeys(ctx, &iam.ListAccessKeysInput{UserName: &id})
		if err != nil {
			return bucket.Gone(err)
		}
		for _, k := range keys.AccessKeyMetadata {
			if _, err := r.client.DeleteAccessKey(ctx, &iam.DeleteAccessKeyInput{UserName: &id, AccessKeyId: k.AccessKeyId}); err != nil {
				return err
			}
		}
	}
	_, err := r.client.DeleteUser(ctx, &iam.DeleteUserInput{UserName: &id})
	return bucket.Gone(err)
}

// userPolicy is aws:iam/userPolicy:UserPolicy. Its id is USER:NAME.
type userPolicy struct{ client *iam.Client }

func (r userPolicy) Create(ctx context.Context, in provider.Props) (string, provider.Props, error) {
	id := in.String("user") + ":" + in.String("name")
	if _, err := r.Update(ctx, id, nil, in); err != nil {
		return "", nil, err
	}
	return id, nil, nil
}

// Read doesn't compare the text, which may be formatted differently.
func (r userPolicy) Read(ctx context.Context, id string, _ provider.Props) (provider.Props, error) {
	owner, name, _ := strings.Cut(id, ":")
	_, err := r.client.GetUserPolicy(ctx, &iam.GetUserPolicyInput{UserName: &owner, PolicyName: &name})
	return provider.Props{"user": owner, "name": name}, bucket.Gone(err)
}

func (r userPolicy) Update(ctx context.Context, id string, _, in provider.Props) (provider.Props, error) {
	if err := refuse(in, "user", "name", "policy"); err != nil {
		return nil, err
	}
	owner, name, _ := strings.Cut(id, ":")
	_, err := r.client.PutUserPolicy(ctx, &iam.PutUserPolicyInput{UserName: &owner, PolicyName: &name, PolicyDocument: aws.String(in.String("policy"))})
	return nil, err
}

func (r userPolicy) Delete(ctx context.Context, id string, _ provider.Props) error {
	owner, name, _ := strings.Cut(id, ":")
	_, err := r.client.DeleteUserPolicy(ctx, &iam.DeleteUserPolicyInput{UserName: &owner, PolicyName: &name})
	return bucket.Gone(err)
}

// accessKey is aws:iam/accessKey:AccessKey. Its id is the key's; the secret is
// told once, at creation.
type accessKey struct{ client *iam.Client }

func (r accessKey) Create(ctx context.Context, in provider.Props) (string, provider.Props, error) {
	if err := refuse(in, "user", "status"); err != nil {
		return "", nil, err
	}
	owner := in.String("user")
	k, err := r.client.CreateAccessKey(ctx, &iam.CreateAccessKeyInput{UserName: &owner})
	if err != nil {
		return "", nil, err
	}
	id := aws.ToString(k.AccessKey.AccessKeyId)
	out := provider.Props{
		"user": owner, "secret": aws.ToString(k.AccessKey.SecretAccessKey), "status": string(types.StatusTypeActive),
		"createDate": aws.ToTime(k.AccessKey.CreateDate).UTC().Format("2006-01-02T15:04:05Z"),
	}
	if in.String("status") == string(types.StatusTypeInactive) {
		_, err = r.Update(ctx, id, out, in)
	}
	return id, out, err
}

func (r accessKey) Read(ctx context.Context, id string, state provider.Props) (provider.Props, error) {
	keys, err := r.client.ListAccessKeys(ctx, &iam.ListAccessKeysInput{UserName: aws.String(state.String("user"))})
	if err != nil {
		return nil, bucket.Gone(err)
	}
	for _, k := range keys.AccessKeyMetadata {
		if aws.ToString(k.AccessKeyId) == id {
			return provider.Props{"user": aws.ToString(k.UserName), "status": string(k.Status)}, nil
		}
	}
	return nil, provider.ErrGone
}

func (r accessKey) Update(ctx context.Context, id string, _, in provider.Props) (provider.Props, error) {
	status := types.StatusType(in.String("status"))
	if status == "" {
		status = types.StatusTypeActive
	}
	_, err := r.client.UpdateAccessKey(ctx, &iam.UpdateAccessKeyInput{UserName: aws.String(in.String("user")), AccessKeyId: &id, Status: status})
	return provider.Props{"status": string(status)}, err
}

func (r accessKey) Delete(ctx context.Context, id string, state provider.Props) error {
	_, err := r.client.DeleteAccessKey(ctx, &iam.DeleteAccessKeyInput{UserName: aws.String(state.String("user")), AccessKeyId: &id})
	return bucket.Gone(err)
}

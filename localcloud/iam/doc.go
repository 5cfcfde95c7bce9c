// Package iam is the local cloud's AWS account: users, their policies and keys
// by IAM's Query protocol, and STS's question who one is. It decides what a
// user's key may do, here and at S3. It serves what pulumi-aws calls for users,
// user policies and access keys; groups, roles and managed policies are none,
// and an action or a part of a policy that it doesn't know is refused, never
// passed over.
package iam

package repository

import (
	"github.com/pulumi/pulumi-github/sdk/v6/go/github"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// protection keeps the branch that deploys: what is on it was reviewed, has
// passed, and stays.
func (s settings) protection() error {
	_, err := github.NewBranchProtection(s.ctx, s.name+"-"+slug(s.args.Branch), &github.BranchProtectionArgs{
		RepositoryId: s.repo, // takes the name, too
		Pattern:      pulumi.String(s.args.Branch),
		RequiredPullRequestReviews: github.BranchProtectionRequiredPullRequestReviewArray{
			github.BranchProtectionRequiredPullRequestReviewArgs{
				RequiredApprovingReviewCount: pulumi.Int(1),
				DismissStaleReviews:          pulumi.Bool(true),
				RequireLastPushApproval:      pulumi.Bool(!s.alone()),
			},
		},
		RequiredStatusChecks: github.BranchProtectionRequiredStatusCheckArray{
			github.BranchProtectionRequiredStatusCheckArgs{
				Strict:   pulumi.Bool(true),
				Contexts: pulumi.ToStringArray(s.args.Checks),
			},
		},
		RequiredLinearHistory:         pulumi.Bool(true),
		RequireConversationResolution: pulumi.Bool(true),
		EnforceAdmins:                 pulumi.Bool(!s.alone()),
		AllowsForcePushes:             pulumi.Bool(false),
		AllowsDeletions:               pulumi.Bool(false),
	}, s.children...)
	return err
}

package repository

import (
	"github.com/pulumi/pulumi-github/sdk/v6/go/github"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// adopt keeps secret scanning on. GitHub has it as a field of the repository,
// so the provider has it there only, and the repository has to be taken into
// the stack's state: by import, which never changes what it finds and so fails
// with "inputs to import do not match" where scanning is off. Every other
// field is left alone, and a destroy forgets the repository and keeps it.
func (s settings) adopt() error {
	on := pulumi.String("enabled")
	_, err := github.NewRepository(s.ctx, s.name, &github.RepositoryArgs{
		Name: s.repo,
		SecurityAndAnalysis: github.RepositorySecurityAndAnalysisArgs{
			SecretScanning:               github.RepositorySecurityAndAnalysisSecretScanningArgs{Status: on},
			SecretScanningPushProtection: github.RepositorySecurityAndAnalysisSecretScanningPushProtectionArgs{Status: on},
		},
	}, s.with(
		pulumi.Import(pulumi.ID(string(s.repo))),
		pulumi.IgnoreChanges(theOwners),
		pulumi.RetainOnDelete(true),
	)...)
	return err
}

// theOwners are the fields that stay as the repository's owners set them: all
// but its name and the one above.
var theOwners = []string{
	"allowAutoMerge", "allowForking", "allowMergeCommit", "allowRebaseMerge", "allowSquashMerge",
	"allowUpdateBranch", "archiveOnDestroy", "archived", "autoInit", "defaultBranch",
	"deleteBranchOnMerge", "description", "etag", "fork", "gitignoreTemplate", "hasDiscussions",
	"hasDownloads", "hasIssues", "hasProjects", "hasWiki", "homepageUrl",
	"ignoreVulnerabilityAlertsDuringRead", "isTemplate", "licenseTemplate", "mergeCommitMessage",
	"mergeCommitTitle", "pages", "private", "sourceOwner", "sourceRepo", "squashMergeCommitMessage",
	"squashMergeCommitTitle", "template", "topics", "visibility", "vulnerabilityAlerts",
	"webCommitSignoffRequired",
}

package repository

import (
	"github.com/pulumi/pulumi-github/sdk/v6/go/github"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// labels declares what somebody says to the preview workflows with: see
// docs/ci.md.
func (s settings) labels() error {
	for _, l := range []struct{ name, color, description string }{
		{"preview", "0e8a16", "Wants a preview although it is a draft"},
		{"no-preview", "cccccc", "Wants no preview, and loses the one it has"},
	} {
		_, err := github.NewIssueLabel(s.ctx, s.name+"-"+l.name, &github.IssueLabelArgs{
			Repository: s.repo, Name: pulumi.String(l.name),
			Color: pulumi.String(l.color), Description: pulumi.String(l.description),
		}, s.children...)
		if err != nil {
			return err
		}
	}
	return nil
}

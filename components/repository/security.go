package repository

import (
	"github.com/pulumi/pulumi-github/sdk/v6/go/github"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// security turns Dependabot's alerts on, and its pull requests for them; and
// keeps secret scanning on where that is asked for.
func (s settings) security() error {
	alerts, err := github.NewRepositoryVulnerabilityAlerts(s.ctx, s.name, &github.RepositoryVulnerabilityAlertsArgs{
		Repository: s.repo, Enabled: pulumi.Bool(true),
	}, s.children...)
	if err != nil {
		return err
	}
	// GitHub refuses the updates while the alerts are off.
	_, err = github.NewRepositoryDependabotSecurityUpdates(s.ctx, s.name, &github.RepositoryDependabotSecurityUpdatesArgs{
		Repository: s.repo, Enabled: pulumi.Bool(true),
	}, s.with(pulumi.DependsOn([]pulumi.Resource{alerts}))...)
	if err != nil || !s.args.SecretScanning {
		return err
	}
	return s.adopt()
}

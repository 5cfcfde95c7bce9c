package repository

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/pulumi/pulumi-github/sdk/v6/go/github"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// pullRequests is the ref that a pull request's workflow runs on.
const pullRequests = "refs/pull/*/merge"

// environments declares each environment with the branches that may use it,
// and what a job finds in it.
func (s settings) environments() error {
	reviewers, err := s.reviewers()
	if err != nil {
		return err
	}
	for _, name := range Environments() {
		args := &github.RepositoryEnvironmentArgs{
			Repository:  s.repo,
			Environment: pulumi.String(name),
			DeploymentBranchPolicy: github.RepositoryEnvironmentDeploymentBranchPolicyArgs{
				ProtectedBranches: pulumi.Bool(false), CustomBranchPolicies: pulumi.Bool(true),
			},
			// An administrator's override is a deployment that nobody reviewed.
			CanAdminsBypass: pulumi.Bool(false),
		}
		refs := []string{s.args.Branch}
		switch name {
		case Production:
			args.Reviewers = reviewers
			args.PreventSelfReview = pulumi.Bool(!s.alone())
		case Plan:
			args.Reviewers = reviewers
			args.PreventSelfReview = pulumi.Bool(!s.alone())
			refs = []string{pullRequests}
		case Previews:
			refs = append(refs, pullRequests)
		}
		if err := s.environment(name, args, refs); err != nil {
			return err
		}
	}
	return nil
}

// alone says that nobody is there to look at the one reviewer's own work.
func (s settings) alone() bool { return len(s.args.Reviewers) == 1 }

func (s settings) environment(name string, args *github.RepositoryEnvironmentArgs, refs []string) error {
	prefix := s.name + "-" + name
	environment, err := github.NewRepositoryEnvironment(s.ctx, prefix, args, s.children...)
	if err != nil {
		return err
	}
	for _, ref := range refs {
		_, err := github.NewRepositoryEnvironmentDeploymentPolicy(s.ctx, prefix+"-"+slug(ref),
			&github.RepositoryEnvironmentDeploymentPolicyArgs{
				Repository: s.repo, Environment: environment.Environment, BranchPattern: pulumi.String(ref),
			}, s.children...)
		if err != nil {
			return err
		}
	}
	for _, key := range sorted(s.args.Secrets[name]) {
		// The same name for all values of a secret: a new value is an update.
		_, err := github.NewActionsEnvironmentSecret(s.ctx, prefix+"-"+slug(key), &github.ActionsEnvironmentSecretArgs{
			Repository: s.repo, Environment: environment.Environment, SecretName: pulumi.String(key),
			Value: s.args.Secrets[name][key].ToStringOutput().ToStringPtrOutput(),
		}, s.children...)
		if err != nil {
			return err
		}
	}
	for _, key := range sorted(s.args.Variables[name]) {
		_, err := github.NewActionsEnvironmentVariable(s.ctx, prefix+"-"+slug(key), &github.ActionsEnvironmentVariableArgs{
			Repository: s.repo, Environment: environment.Environment, VariableName: pulumi.String(key),
			Value: s.args.Variables[name][key],
		}, s.children...)
		if err != nil {
			return err
		}
	}
	return nil
}

// reviewers looks the logins up: GitHub wants numbers.
func (s settings) reviewers() (github.RepositoryEnvironmentReviewerArray, error) {
	var ids pulumi.IntArray
	for _, login := range s.args.Reviewers {
		user, err := github.GetUser(s.ctx, &github.GetUserArgs{Username: login}, pulumi.Provider(s.provider))
		if err != nil {
			return nil, fmt.Errorf("looking up the reviewer %s on GitHub: %w; is GITHUB_TOKEN set, and the login right?", login, err)
		}
		id, err := strconv.Atoi(user.Id)
		if err != nil {
			return nil, fmt.Errorf("GitHub says that the id of %s is %q, which is no number", login, user.Id)
		}
		ids = append(ids, pulumi.Int(id))
	}
	return github.RepositoryEnvironmentReviewerArray{github.RepositoryEnvironmentReviewerArgs{Users: ids}}, nil
}

// slug makes a part of a resource's name: refs/pull/*/merge is refs-pull-merge.
func slug(s string) string {
	words := strings.FieldsFunc(strings.ToLower(s), func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9')
	})
	return strings.Join(words, "-")
}

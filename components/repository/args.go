package repository

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Args of a Repository.
type Args struct {
	// Repository is OWNER/NAME. It must exist; the provider's token
	// (GITHUB_TOKEN) needs to administer it.
	Repository string
	// Reviewers are the GitHub logins (one to six) of whom one has to approve
	// each deployment to production, and each plan of a pull request. With only one, that person may approve
	// their own and, as an administrator, merge without another's review:
	// nobody else could.
	Reviewers []string
	// Branch is the one that deploys and is protected; empty is main.
	Branch string
	// Checks are the names of the jobs that must have passed on a pull
	// request; nil is "test".
	Checks []string
	// Secrets are by environment (see Environments) and name, as the jobs that
	// name the environment see them. SecretsOf reads them from config.
	Secrets map[string]map[string]pulumi.StringInput
	// Variables are like Secrets, for what anybody may read.
	Variables map[string]map[string]pulumi.StringInput
	// SecretScanning adopts the repository itself, in order to keep secret
	// scanning and push protection on. Both must be on already: see adopt.go.
	SecretScanning bool
}

// The environments of Actions, which are also zones of trust: a job gets the
// secrets of the one environment that it names.
const (
	// Core is for jobs on the core zone: staging, certificates, its sweep.
	Core = "core"
	// Production is core, and a reviewer says yes before the job starts.
	Production = "production"
	// Previews is what a pull request's job gets.
	Previews = "previews"
	// Plan is core for a pull request's own code, which shows what it would
	// change: a reviewer reads the commit and says yes before the job starts.
	Plan = "plan"
)

// Environments are all of them.
func Environments() []string { return []string{Core, Plan, Previews, Production} }

// maxReviewers is GitHub's limit for an environment.
const maxReviewers = 6

var (
	fullName   = regexp.MustCompile(`^[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?/[A-Za-z0-9._-]+$`)
	actionName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
)

// check refuses what GitHub would refuse half-way through an update.
func (a Args) check() error {
	if !fullName.MatchString(a.Repository) {
		return fmt.Errorf("GitHub repository %q is not OWNER/NAME", a.Repository)
	}
	if n := len(a.Reviewers); n < 1 || n > maxReviewers {
		return fmt.Errorf("GitHub repository %s: production needs one to %d reviewers, there are %d; set githubReviewers",
			a.Repository, maxReviewers, n)
	}
	return errors.Join(checkValues("secret", a.Secrets), checkValues("variable", a.Variables))
}

func checkValues(what string, values map[string]map[string]pulumi.StringInput) error {
	for _, environment := range sorted(values) {
		if err := checkEnvironment(what, environment); err != nil {
			return err
		}
		for _, name := range sorted(values[environment]) {
			if err := checkName(what, environment, name); err != nil {
				return err
			}
		}
	}
	return nil
}

func checkEnvironment(what, environment string) error {
	switch environment {
	case Core, Plan, Previews, Production:
		return nil
	}
	return fmt.Errorf("GitHub %ss of environment %q: there is %s", what, environment, strings.Join(Environments(), ", "))
}

func checkName(what, environment, name string) error {
	if !actionName.MatchString(name) || strings.HasPrefix(strings.ToUpper(name), "GITHUB_") {
		return fmt.Errorf("GitHub %s %s of environment %s: a name has letters, digits and _, and does not begin with a digit or GITHUB_",
			what, name, environment)
	}
	return nil
}

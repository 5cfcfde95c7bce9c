package main

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"strconv"

	"github.com/odooops/odooops/tools/internal/provider"
)

// typeRepository is the one type that is imported rather than made.
const typeRepository = "github:index/repository:Repository"

// identities says what a resource's id is made of; the official plugin's ids
// are the same or a number of GitHub's.
var identities = map[string][]string{
	"github:index/actionsEnvironmentSecret:ActionsEnvironmentSecret":                           {"repository", "environment", "secretName"},
	"github:index/actionsEnvironmentVariable:ActionsEnvironmentVariable":                       {"repository", "environment", "variableName"},
	"github:index/branchProtection:BranchProtection":                                           {"repositoryId", "pattern"},
	"github:index/issueLabel:IssueLabel":                                                       {"repository", "name"},
	typeRepository:                                                                             {"name"},
	"github:index/repositoryDependabotSecurityUpdates:RepositoryDependabotSecurityUpdates":     {"repository"},
	"github:index/repositoryEnvironment:RepositoryEnvironment":                                 {"repository", "environment"},
	"github:index/repositoryEnvironmentDeploymentPolicy:RepositoryEnvironmentDeploymentPolicy": {"repository", "environment", "branchPattern", "tagPattern"},
	"github:index/repositoryVulnerabilityAlerts:RepositoryVulnerabilityAlerts":                 {"repository"},
}

// configure gives every type its record. It does not refuse yet: an unused
// provider has to configure anywhere.
func configure(getenv func(string) string) func(context.Context, provider.Props) (provider.Types, error) {
	return func(context.Context, provider.Props) (provider.Types, error) {
		var refusal error
		if getenv("ODOOOPS_LOCAL_RECORDS") == "" {
			refusal = errNotLocal
		}
		types := provider.Types{
			Resources: map[string]provider.Resource{},
			Functions: map[string]provider.Function{"github:index/getUser:getUser": getUser(refusal)},
		}
		for token, identity := range identities {
			types.Resources[token] = record{identity: identity, refusal: refusal}
		}
		types.Resources[typeRepository] = repository{record{identity: identities[typeRepository], refusal: refusal}}
		return types, nil
	}
}

var errNotLocal = errors.New("the offline plugin of GitHub keeps records for the local cloud and can't reach GitHub; " +
	"with network access, `pulumi plugin install resource github 6.14.1` gets the official plugin, " +
	"and without it take githubRepository out of the platform's config")

// getUser answers for every login, each with a number that stays the same.
func getUser(refusal error) provider.Function {
	return func(_ context.Context, args provider.Props) (provider.Props, error) {
		if refusal != nil {
			return nil, refusal
		}
		login := args.String("username")
		sum := sha256.Sum256([]byte(login))
		id := strconv.Itoa(int(binary.BigEndian.Uint32(sum[:]) >> 1))
		return provider.Props{"id": id, "username": login, "login": login, "nodeId": "U_" + id}, nil
	}
}

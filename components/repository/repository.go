package repository

import (
	"strings"

	"github.com/pulumi/pulumi-github/sdk/v6/go/github"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Repository is the settings of a repository.
type Repository struct {
	pulumi.ResourceState

	// FullName is OWNER/NAME.
	FullName string
}

// settings is what the parts have in common.
type settings struct {
	ctx      *pulumi.Context
	name     string // prefix of the resources' names
	args     Args
	repo     pulumi.String // without the owner, which is the provider's
	provider *github.Provider
	children []pulumi.ResourceOption
}

// New declares the settings.
func New(ctx *pulumi.Context, name string, args Args, opts ...pulumi.ResourceOption) (*Repository, error) {
	if err := args.check(); err != nil {
		return nil, err
	}
	if args.Branch == "" {
		args.Branch = "main"
	}
	if args.Checks == nil {
		args.Checks = []string{"test"}
	}
	r := &Repository{FullName: args.Repository}
	if err := ctx.RegisterComponentResource("odooops:repository:Repository", name, r, opts...); err != nil {
		return nil, err
	}
	owner, repo, _ := strings.Cut(args.Repository, "/")
	// A provider of its own, because the owner is its argument and no
	// resource's. The token comes from the environment: it is a person's or a
	// job's, and not the stack's.
	provider, err := github.NewProvider(ctx, name, &github.ProviderArgs{Owner: pulumi.String(owner)}, pulumi.Parent(r))
	if err != nil {
		return nil, err
	}
	s := settings{
		ctx: ctx, name: name, args: args, repo: pulumi.String(repo), provider: provider,
		children: []pulumi.ResourceOption{pulumi.Parent(r), pulumi.Provider(provider)},
	}
	for _, declare := range []func() error{s.environments, s.protection, s.security, s.labels} {
		if err := declare(); err != nil {
			return nil, err
		}
	}
	return r, ctx.RegisterResourceOutputs(r, pulumi.Map{"repository": pulumi.String(args.Repository)})
}

// with is the options of a child and some more.
func (s settings) with(more ...pulumi.ResourceOption) []pulumi.ResourceOption {
	return append(append([]pulumi.ResourceOption{}, s.children...), more...)
}

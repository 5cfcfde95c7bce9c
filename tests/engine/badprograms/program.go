package badprograms

import (
	"github.com/pulumi/pulumi-digitalocean/sdk/v4/go/digitalocean"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/odooops/odooops/stacks/config"
)

// Program is a program with one mistake.
type Program struct {
	// Policy is the one that refuses it.
	Policy string
	// Stack is its name and Kind its kind; empty is production.
	Stack, Kind string
	// Config of the stack, beside its kind.
	Config map[string]string
	// Decided says that no value decides: also where values are unknown, the
	// preview refuses.
	Decided bool
	// Run declares the mistake. Values that decide go through Late.
	Run func(*pulumi.Context, Late) error
}

func (p Program) stack() string {
	if p.Stack == "" {
		return config.KindProduction
	}
	return p.Stack
}

func (p Program) kind() string {
	if p.Kind == "" {
		return config.KindProduction
	}
	return p.Kind
}

// All are the programs.
func All() []Program {
	return []Program{
		addonsPath(),
		backupBuckets(),
		containersContained(),
		containersLimited(),
		costCeiling(),
		dataKept(),
		databasesPrivate(),
		egressListed(),
		expiry(),
		imagesPinned(),
		imagesWhole(),
		jobsBounded(),
		mailCaught(),
		namesReserved(),
		oneWorker(),
		portsPublic(),
		previewGated(),
		regionSize(),
		secretsSecret(),
		smtpRefused(),
		sshPrivate(),
		tagsRequired(),
	}
}

// Late gives values as they are, or as outputs of a resource that is still to
// be made: a preview does not know them, the update does.
type Late struct{ after pulumi.StringOutput }

// now is Late that is not late.
var now = Late{}

// lateFor makes values late, by a tag of the cloud.
func lateFor(ctx *pulumi.Context) (Late, error) {
	tag, err := digitalocean.NewTag(ctx, "late", &digitalocean.TagArgs{Name: pulumi.String("late-" + ctx.Stack())})
	if err != nil {
		return Late{}, err
	}
	return Late{after: tag.ID().ToStringOutput()}, nil
}

// Text is a string.
func (l Late) Text(v string) pulumi.StringInput {
	if l.after.OutputState == nil {
		return pulumi.String(v)
	}
	return l.after.ApplyT(func(string) string { return v }).(pulumi.StringOutput)
}

// Number is a whole number.
func (l Late) Number(v int) pulumi.IntInput {
	if l.after.OutputState == nil {
		return pulumi.Int(v)
	}
	return l.after.ApplyT(func(string) int { return v }).(pulumi.IntOutput)
}

// Bool is true or false.
func (l Late) Bool(v bool) pulumi.BoolInput {
	if l.after.OutputState == nil {
		return pulumi.Bool(v)
	}
	return l.after.ApplyT(func(string) bool { return v }).(pulumi.BoolOutput)
}

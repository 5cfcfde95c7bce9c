package policies

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/policyx"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/odooops/odooops/policypacks/odooops/policy"
	"github.com/odooops/odooops/policypacks/odooops/policy/policytest"
)

func named(typ string, name any) policytest.Resource {
	return policytest.Resource{Type: typ, Name: "thing", Props: policytest.Props{"name": name}}
}

func TestNobodyUsesANameOfAnotherStack(t *testing.T) {
	p := namesReserved()
	preview7.Denies(t, p, "kept for the stack platform", named(droplet, "platform-bastion"))
	preview7.Denies(t, p, "kept for the stack platform", named(vpc, "odooops-platform"))
	preview7.Denies(t, p, "kept for the stack preview-pr-71", named(container, "preview-pr-71-odoo"))
	staging.Denies(t, p, "kept for the stack production", named(bucket, "odooops-production-wal-0a1b2c3d"))
	preview7.Allows(t, p, named(container, "preview-pr-7-odoo"), named(droplet, "preview-pr-7"), named(dockerVolume, "scratch"))
	policytest.Case{Stack: "production-eu", Kind: "production"}.Allows(t, p, named(droplet, "production-eu"))
}

func TestNobodyTakesAnothersVisitors(t *testing.T) {
	p := namesReserved()
	preview7.Allows(t, p, named(dnsRecord, "pr-7.preview"), named(dnsRecord, "pr-7-mail.preview"))
	preview7.Denies(t, p, "kept for the stack preview-pr-8", named(dnsRecord, "pr-8.preview"))
	staging.Denies(t, p, "kept for the stack preview-pr-8", named(dnsRecord, "PR-8-mail.preview"))
	staging.Denies(t, p, "kept for the platform", named(dnsRecord, "grafana"))
	staging.Denies(t, p, "declare each", named(dnsRecord, "*.preview"))
	staging.Denies(t, p, "domain's own name", named(dnsRecord, "@"))
	policytest.Case{}.Allows(t, p, named(dnsRecord, "@"), named(dnsRecord, "erp"), named(dnsRecord, "_dmarc.mg"))
}

func TestAStackSaysItsKindAndIsNamedAfterIt(t *testing.T) {
	p := namesReserved()
	policytest.Case{Stack: "preview-pr-7", Kind: "production"}.Denies(t, p, "are for previews", stackWith(nil))
	policytest.Case{Stack: "erp", Kind: "preview"}.Denies(t, p, "are for previews", stackWith(nil))
	policytest.Case{Stack: "restore-staging", Kind: "staging"}.Denies(t, p, "are for restores", stackWith(nil))
	policytest.Case{Stack: "restore-staging", Kind: "restore"}.Allows(t, p, stackWith(nil))
}

func TestAStackWithoutAKindIsRefused(t *testing.T) {
	f, err := namesReserved().OnResource(policy.Facts{Stack: "erp"}, policyx.AnalyzerResource{Type: root}, nil)
	require.NoError(t, err)
	require.Len(t, f.Denied, 1)
	assert.Contains(t, f.Denied[0].Message, "odooops:kind")
}

func TestANameThatNobodyKnowsYetIsWaitedFor(t *testing.T) {
	preview7.Waits(t, namesReserved(), "name", named(droplet, policytest.Unknown))
	preview7.Waits(t, namesReserved(), "name", named(dnsRecord, policytest.Unknown))
}

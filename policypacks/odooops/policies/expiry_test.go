package policies

import (
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/policyx"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/odooops/odooops/policypacks/odooops/policy"
	"github.com/odooops/odooops/policypacks/odooops/policy/policytest"
)

var (
	staging  = policytest.Case{Stack: "staging", Kind: "staging"}
	preview7 = policytest.Case{Stack: "preview-pr-7", Kind: "preview"}
)

func expiryNow() func() time.Time {
	return func() time.Time { return time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC) }
}

func stackWith(outputs policytest.Props) policytest.Resource {
	return policytest.Resource{Type: root, Name: "odooops-x", Props: outputs}
}

func endingAt(at any) policytest.Resource { return stackWith(policytest.Props{"expiresAt": at}) }

func TestAStagingLivesNinetyDaysAndAPreviewFourteen(t *testing.T) {
	p := expiry(expiryNow())
	staging.Allows(t, p, endingAt("2026-04-01T00:00:00Z"))
	staging.Denies(t, p, "may live for 90 days", endingAt("2026-04-01T00:00:01Z"))
	preview7.Allows(t, p, endingAt("2026-01-15T00:00:00Z"))
	preview7.Denies(t, p, "may live for 14 days", endingAt("2026-01-15T00:00:01Z"))
}

func TestAnEndThatIsMissingOrNoTimeIsNotForever(t *testing.T) {
	p := expiry(expiryNow())
	staging.Denies(t, p, "has no expiry", stackWith(nil))
	staging.Denies(t, p, "has no expiry")
	preview7.Denies(t, p, "is no time", endingAt("soon"))
	restore := policytest.Case{Stack: "restore-staging", Kind: "restore"}
	restore.Denies(t, p, "its hour", stackWith(nil))
	restore.Allows(t, p, stackWith(policytest.Props{"created": "2026-01-01T00:00:00Z"}))
}

func TestTagAndOutputBothEndInTime(t *testing.T) {
	p, c := expiry(expiryNow()), staging
	c.Tags = map[string]string{"odooops:expires-at": "2026-02-01T00:00:00Z"}
	c.Allows(t, p, stackWith(nil))
	c.Denies(t, p, "expires on 2027-01-01", endingAt("2027-01-01T00:00:00Z"))
	c.Tags["odooops:expires-at"] = "2028-01-01T00:00:00Z"
	c.Denies(t, p, "expires on 2028-01-01", endingAt("2026-02-01T00:00:00Z"))
	c.Tags["odooops:expires-at"] = "never"
	c.Denies(t, p, "is no time", endingAt("2026-02-01T00:00:00Z"))
}

func TestATagIsLookedAtBeforeAnythingIsMade(t *testing.T) {
	f, err := expiry(expiryNow()).OnResource(policy.Facts{
		Stack: "preview-pr-7", Kind: "preview", Tags: map[string]string{"odooops:expires-at": "2026-03-01T00:00:00Z"},
	}, policyx.AnalyzerResource{Type: root}, nil)
	require.NoError(t, err)
	assert.Len(t, f.Denied, 1)
}

func TestWhatStaysHasNoEnd(t *testing.T) {
	for _, kind := range []string{"platform", "production", "preview-host"} {
		policytest.Case{Stack: kind, Kind: kind}.Allows(t, expiry(expiryNow()), stackWith(nil))
	}
}

func TestAnEndThatNobodyKnowsYetIsWaitedFor(t *testing.T) {
	staging.Waits(t, expiry(expiryNow()), "expiresAt", endingAt(policytest.Unknown))
}

package policies

import (
	"testing"
	"time"

	"github.com/odooops/odooops/policypacks/odooops/policy/policytest"
)

var (
	staging  = policytest.Case{Stack: "staging", Kind: "staging"}
	preview7 = policytest.Case{Stack: "preview-pr-7", Kind: "preview"}
)

func expiryNow() func() time.Time {
	return func() time.Time { return time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC) }
}

func root(outputs policytest.Props) policytest.Resource {
	return policytest.Resource{Type: "pulumi:pulumi:Stack", Name: "odooops-x", Props: outputs}
}

func ending(at any) policytest.Resource { return root(policytest.Props{"expiresAt": at}) }

func TestAStagingLivesNinetyDaysAndAPreviewFourteen(t *testing.T) {
	p := expiry(expiryNow())
	staging.Allows(t, p, ending("2026-04-01T00:00:00Z"))
	staging.Denies(t, p, "may live for 90 days", ending("2026-04-01T00:00:01Z"))
	preview7.Allows(t, p, ending("2026-01-15T00:00:00Z"))
	preview7.Denies(t, p, "may live for 14 days", ending("2026-01-15T00:00:01Z"))
}

func TestAnEndThatIsMissingOrNoTimeIsNotForever(t *testing.T) {
	p := expiry(expiryNow())
	staging.Denies(t, p, "has no expiry", root(nil))
	staging.Denies(t, p, "has no expiry")
	preview7.Denies(t, p, "is no time", ending("soon"))
	restore := policytest.Case{Stack: "restore-staging", Kind: "restore"}
	restore.Denies(t, p, "its hour", root(nil))
	restore.Allows(t, p, root(policytest.Props{"created": "2026-01-01T00:00:00Z"}))
}

func TestTheLaterOfTagAndOutputCounts(t *testing.T) {
	p, c := expiry(expiryNow()), staging
	c.Tags = map[string]string{"odooops:expires-at": "2026-02-01T00:00:00Z"}
	c.Allows(t, p, root(nil))
	c.Denies(t, p, "expires on 2027-01-01", ending("2027-01-01T00:00:00Z"))
	c.Tags["odooops:expires-at"] = "2028-01-01T00:00:00Z"
	c.Denies(t, p, "expires on 2028-01-01", ending("2026-02-01T00:00:00Z"))
	c.Tags["odooops:expires-at"] = "never"
	c.Denies(t, p, "is no time", ending("2026-02-01T00:00:00Z"))
}

func TestWhatStaysHasNoEnd(t *testing.T) {
	for _, kind := range []string{"platform", "production", "preview-host"} {
		policytest.Case{Stack: kind, Kind: kind}.Allows(t, expiry(expiryNow()), root(nil))
	}
}

func TestAnEndThatNobodyKnowsYetIsWaitedFor(t *testing.T) {
	staging.Waits(t, expiry(expiryNow()), "expiresAt", ending(policytest.Unknown))
}

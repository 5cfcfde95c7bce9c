package policies

import (
	"testing"

	"github.com/odooops/odooops/policypacks/odooops/policy/policytest"
)

// spaces is a good bucket with changes.
func spaces(protected bool, changes policytest.Props) policytest.Resource {
	props := policytest.Props{
		"acl": "private", "versioning": map[string]any{"enabled": true}, "forceDestroy": false,
		"lifecycleRules": []any{map[string]any{
			"enabled": true, "abortIncompleteMultipartUploadDays": 7, "noncurrentVersionExpiration": map[string]any{"days": 30},
		}},
	}
	for name, value := range changes {
		props[name] = value
	}
	return policytest.Resource{Type: bucket, Name: "production-wal", Props: props, Protected: protected}
}

// far are the parts of a second repository.
func far() []policytest.Resource {
	of := map[string][]string{"bucket": {"far"}}
	return []policytest.Resource{
		{Type: s3Buckets[0], Name: "far", Protected: true, Props: policytest.Props{"objectLockEnabled": true}},
		{Type: s3Versioning[0], Name: "far-versions", Dependencies: of, Props: policytest.Props{
			"versioningConfiguration": map[string]any{"status": "Enabled"},
		}},
		{Type: s3Access[0], Name: "far-access", Dependencies: of, Props: policytest.Props{
			"blockPublicAcls": true, "blockPublicPolicy": true, "ignorePublicAcls": true, "restrictPublicBuckets": true,
		}},
		{Type: s3Lifecycle[0], Name: "far-old", Dependencies: of, Props: policytest.Props{"rules": []any{
			map[string]any{"status": "Enabled", "noncurrentVersionExpiration": map[string]any{"noncurrentDays": 37}},
		}}},
	}
}

func with(r policytest.Resource, more ...policytest.Resource) []policytest.Resource {
	return append([]policytest.Resource{r}, more...)
}

func TestABucketKeepsWhatWasPutIntoIt(t *testing.T) {
	c, p := policytest.Case{}, backupBuckets()
	c.Allows(t, p, with(spaces(true, nil), far()...)...)
	rule := func(parts map[string]any) policytest.Props { return policytest.Props{"lifecycleRules": []any{parts}} }
	for want, b := range map[string]policytest.Resource{
		"its acl is public-read":       spaces(true, policytest.Props{"acl": "public-read"}),
		"keeps no versions":            spaces(true, policytest.Props{"versioning": nil}),
		"is not protected":             spaces(false, nil),
		"emptied by a destroy":         spaces(true, policytest.Props{"forceDestroy": true}),
		"lifecycleRules[0].expiration": spaces(true, rule(map[string]any{"enabled": true, "expiration": map[string]any{"days": 30}})),
		"deletes what is current":      spaces(true, rule(map[string]any{"enabled": true, "expiration": map[string]any{"date": "2027-01-01"}})),
	} {
		c.Denies(t, p, want, with(b, far()...)...)
	}
	c.Allows(t, p, with(spaces(true, rule(map[string]any{"enabled": false, "expiration": map[string]any{"days": 30}})), far()...)...)
}

func TestProductionHasASecondRepositoryWhoseVersionsAreLocked(t *testing.T) {
	c, p := policytest.Case{}, backupBuckets()
	c.Denies(t, p, "no second repository", spaces(true, nil))
	all := far()
	all[0].Props = policytest.Props{"objectLockEnabled": false}
	c.Denies(t, p, "no second repository", with(spaces(true, nil), all...)...)
	policytest.Case{Stack: "platform", Kind: "platform"}.Allows(t, p, spaces(true, nil))
}

func TestTheSecondRepositoryIsKeptToo(t *testing.T) {
	c, p := policytest.Case{}, backupBuckets()
	change := func(i int, props policytest.Props) []policytest.Resource {
		all := far()
		all[i].Props = props
		return all
	}
	c.Denies(t, p, "keeps no versions", change(1, policytest.Props{"versioningConfiguration": map[string]any{"status": "Suspended"}})...)
	c.Denies(t, p, "restrictPublicBuckets", change(2, policytest.Props{"blockPublicAcls": true, "blockPublicPolicy": true, "ignorePublicAcls": true})...)
	c.Denies(t, p, "rules[0].expiration deletes", change(3, policytest.Props{"rules": []any{
		map[string]any{"status": "Enabled", "expiration": map[string]any{"days": 90}},
	}})...)
	c.Denies(t, p, "declare a BucketVersioningV2", far()[0], far()[2])
	c.Denies(t, p, "declare a BucketPublicAccessBlock", far()[0], far()[1])
	c.Denies(t, p, "lets everybody in", policytest.Resource{Type: bucketPolicy, Name: "open", Props: policytest.Props{
		"policy": `{"Statement":[{"Effect":"Allow","Principal":{"AWS":["*"]},"Action":"s3:GetObject"}]}`,
	}})
	c.Allows(t, p, policytest.Resource{Type: bucketPolicy, Name: "shut", Props: policytest.Props{
		"policy": `{"Statement":[{"Effect":"Deny","Principal":"*","Action":"s3:DeleteBucket"}]}`,
	}})
}

func TestABucketMayGoOnceItsStackLetGo(t *testing.T) {
	c := policytest.Case{LetGo: true}
	c.Allows(t, backupBuckets(), with(spaces(false, policytest.Props{"forceDestroy": true}), far()...)...)
}

func TestABucketOutsideProductionNeedsNoProtection(t *testing.T) {
	staging.Allows(t, backupBuckets(), spaces(false, nil))
	staging.Denies(t, backupBuckets(), "its acl is", spaces(false, policytest.Props{"acl": "public-read"}))
}

func TestWhatABucketIsMadeOfIsWaitedFor(t *testing.T) {
	c, p := policytest.Case{}, backupBuckets()
	c.Waits(t, p, "acl", with(spaces(true, policytest.Props{"acl": policytest.Unknown}), far()...)...)
	c.Waits(t, p, "versioning.enabled", with(spaces(true, policytest.Props{"versioning": policytest.Unknown}), far()...)...)
	c.Waits(t, p, "lifecycleRules", with(spaces(true, policytest.Props{"lifecycleRules": policytest.Unknown}), far()...)...)
}

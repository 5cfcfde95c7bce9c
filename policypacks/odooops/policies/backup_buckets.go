package policies

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/odooops/odooops/policypacks/odooops/policy"
	"github.com/odooops/odooops/stacks/config"
)

// backupBuckets keeps what was put into a bucket.
func backupBuckets() policy.Policy {
	return policy.Policy{
		Name: "backup-buckets", Severity: policy.Mandatory,
		Holds: "Every bucket is private and versioned, and nothing current in it expires; production's are protected, and there is a second repository.",
		Why: `WAL and backups are all that is left when the machine is gone. A lifecycle rule on current objects deletes the one full backup that all others stand on; without versions whoever holds the host's key
deletes everything; and a Spaces key that writes can delete, so that production needs a second repository under another account, with Object Lock.`,
		Bad: `digitalocean.NewSpacesBucket(ctx, "production-wal", &digitalocean.SpacesBucketArgs{
	Acl: pulumi.String("public-read"),
	LifecycleRules: digitalocean.SpacesBucketLifecycleRuleArray{digitalocean.SpacesBucketLifecycleRuleArgs{
		Enabled: pulumi.Bool(true), Expiration: digitalocean.SpacesBucketLifecycleRuleExpirationArgs{Days: pulumi.Int(30)},
	}},
})`,
		Good: `bucket.New(ctx, "production-wal", bucket.Args{Name: name, Region: "fra1", KeepDays: 30, Protect: true})
offsite.New(ctx, "production-offsite", offsite.Args{Stack: "production", Domain: domain, Region: "eu-west-1", LockDays: 30, Protect: true})`,

		Types: append([]string{bucket, bucketPolicy, spacesObject}, slices.Concat(s3Buckets, s3Versioning, s3Lifecycle, s3Access, s3Policy, s3ACL)...),
		Check: func(r *policy.Resource) {
			switch {
			case r.Type == bucket:
				spacesBucket(r)
			case r.Type == spacesObject:
				private(r, r.Get("acl"))
			case slices.Contains(s3Buckets, r.Type):
				keptByProtection(r)
				private(r, r.Get("acl"))
				nothingCurrentExpires(r, "lifecycleRules")
			case slices.Contains(s3Versioning, r.Type):
				if status, ok := r.Get("versioningConfiguration").At("status").Text(); ok && status != "Enabled" {
					r.Deny("the bucket keeps no versions; set versioningConfiguration.status to Enabled")
				}
			case slices.Contains(s3Lifecycle, r.Type):
				nothingCurrentExpires(r, "rules")
			case slices.Contains(s3Access, r.Type):
				for _, block := range []string{"blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"} {
					if on, ok := r.Get(block).Bool(); ok && !on {
						r.Deny("the bucket may become public; set %s to true", block)
					}
				}
			case slices.Contains(s3ACL, r.Type):
				private(r, r.Get("acl"))
			default:
				anybody(r, r.Get("policy"))
			}
		},
		CheckStack: func(s *policy.Stack) {
			for _, b := range ofTypes(s, s3Buckets) {
				for what, types := range map[string][]string{"keeps no versions": s3Versioning, "may become public": s3Access} {
					if !slices.ContainsFunc(ofTypes(s, types), func(r *policy.Resource) bool { return slices.Contains(r.Dependencies["bucket"], b.URN) }) {
						b.Deny("the bucket %s; declare a %s for it", what, short(types[0]))
					}
				}
			}
			if s.MayBe(config.KindProduction) && len(s.OfType(bucket)) > 0 {
				secondRepository(s)
			}
		},
	}
}

func spacesBucket(r *policy.Resource) {
	keptByProtection(r)
	private(r, r.Get("acl"))
	if on, ok := r.Get("versioning").At("enabled").Bool(); ok && !on {
		r.Deny("the bucket keeps no versions; set versioning.enabled")
	}
	nothingCurrentExpires(r, "lifecycleRules")
}

func keptByProtection(r *policy.Resource) {
	if !r.MayBe(config.KindProduction, config.KindPlatform) || r.LetGo {
		return
	}
	if !r.Protected {
		r.Deny("the bucket is not protected; give it pulumi.Protect(true), or let the stack's data go by odooops:protect: \"false\"")
	}
	if on, ok := r.Get("forceDestroy").Bool(); ok && on {
		r.Deny("the bucket may be emptied by a destroy; set forceDestroy to false")
	}
}

// private denies an ACL for others; Spaces' own default is private.
func private(r *policy.Resource, acl policy.Value) {
	if text, ok := acl.Text(); ok && text != "" && text != "private" {
		r.Deny("its acl is %s; set it to private", text)
	}
}

// nothingCurrentExpires looks at rules: old versions and unfinished uploads
// may go.
func nothingCurrentExpires(r *policy.Resource, property string) {
	rules, _ := r.Get(property).List()
	for _, rule := range rules {
		if isOff(rule) {
			continue
		}
		expiration := rule.At("expiration")
		for _, after := range []string{"days", "date"} {
			if text, ok := expiration.At(after).Text(); ok && text != "" && text != "0" {
				r.Deny("%s deletes what is current; keep noncurrentVersionExpiration only", expiration.Path())
				break
			}
		}
	}
}

// isOff says of a rule that it is known to be switched off.
func isOff(rule policy.Value) bool {
	enabled, okEnabled := rule.At("enabled").Text()
	status, okStatus := rule.At("status").Text()
	return okEnabled && enabled == "false" || okStatus && status == "Disabled"
}

// anybody denies a bucket's policy that lets in everybody.
func anybody(r *policy.Resource, document policy.Value) {
	text, ok := document.Text()
	if !ok || text == "" {
		return
	}
	var parsed struct {
		Statement []struct {
			Effect    string
			Principal any
		}
	}
	if err := json.Unmarshal([]byte(text), &parsed); err != nil {
		r.Deny("its policy can't be read: %v", err)
		return
	}
	for _, s := range parsed.Statement {
		if b, _ := json.Marshal(s.Principal); s.Effect == "Allow" && strings.Contains(string(b), `"*"`) {
			r.Deny("its policy lets everybody in; name who may in Principal")
		}
	}
}

// secondRepository wants a bucket of AWS whose versions are locked.
func secondRepository(s *policy.Stack) {
	for _, b := range ofTypes(s, s3Buckets) {
		if locked, ok := b.Get("objectLockEnabled").Bool(); !ok || locked {
			return
		}
	}
	s.Deny("production has no second repository; declare one in S3 with objectLockEnabled (components/offsite)")
}

func ofTypes(s *policy.Stack, types []string) []*policy.Resource {
	var all []*policy.Resource
	for _, t := range types {
		all = append(all, s.OfType(t)...)
	}
	return all
}

// short is Droplet of digitalocean:index/droplet:Droplet.
func short(token string) string { return token[strings.LastIndex(token, ":")+1:] }

package offsite_test

import (
	"encoding/json"
	"strings"
	"sync"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/odooops/odooops/components/bucket"
	"github.com/odooops/odooops/components/offsite"
)

// recorder is a Pulumi monitor that keeps what was declared.
type recorder struct {
	mu       sync.Mutex
	declared map[string]pulumi.MockResourceArgs // by type and name
}

func (r *recorder) NewResource(a pulumi.MockResourceArgs) (string, resource.PropertyMap, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.declared[a.TypeToken+" "+a.Name] = a
	state := a.Inputs.Copy()
	if a.TypeToken == "aws:iam/accessKey:AccessKey" {
		state["secret"] = resource.NewStringProperty("secret of " + a.Name)
	}
	return a.Name + "-id", state, nil
}

func (*recorder) Call(pulumi.MockCallArgs) (resource.PropertyMap, error) { return nil, nil }

func declare(t *testing.T, protect bool) (*recorder, *offsite.Repository) {
	t.Helper()
	r := &recorder{declared: map[string]pulumi.MockResourceArgs{}}
	var made *offsite.Repository
	require.NoError(t, pulumi.RunErr(func(ctx *pulumi.Context) (err error) {
		made, err = offsite.New(ctx, "production-offsite", offsite.Args{
			Stack: "production", Domain: "example.com", Region: "eu-west-1", LockDays: 30, Profile: "odooops-offsite", Protect: protect,
		})
		return err
	}, pulumi.WithMocks("odooops", "production", r)))
	return r, made
}

func (r *recorder) of(kind string) (list []pulumi.MockResourceArgs) {
	for token, a := range r.declared {
		if strings.HasPrefix(token, kind+" ") {
			list = append(list, a)
		}
	}
	return list
}

func TestEveryVersionIsLockedAndNothingCurrentExpires(t *testing.T) {
	r, _ := declare(t, true)
	buckets := r.of("aws:s3/bucketV2:BucketV2")
	require.Len(t, buckets, 2)
	for _, b := range buckets {
		assert.True(t, b.Inputs["objectLockEnabled"].BoolValue(), b.Name)
		assert.False(t, b.Inputs["forceDestroy"].BoolValue(), b.Name)
		assert.True(t, b.RegisterRPC.GetProtect(), b.Name)
	}
	locks := r.of("aws:s3/bucketObjectLockConfigurationV2:BucketObjectLockConfigurationV2")
	require.Len(t, locks, 2)
	for _, l := range locks {
		d := l.Inputs["rule"].ObjectValue()["defaultRetention"].ObjectValue()
		assert.Equal(t, 30.0, d["days"].NumberValue())
		assert.Equal(t, "GOVERNANCE", d["mode"].StringValue())
	}
	rules := r.of("aws:s3/bucketLifecycleConfigurationV2:BucketLifecycleConfigurationV2")
	require.Len(t, rules, 2)
	for _, l := range rules {
		rule := l.Inputs["rules"].ArrayValue()[0].ObjectValue()
		assert.NotContains(t, rule, resource.PropertyKey("expiration"))
		assert.Equal(t, 37.0, rule["noncurrentVersionExpiration"].ObjectValue()["noncurrentDays"].NumberValue(), "after its lock")
	}
}

func TestAnUnprotectedRepositoryCanBeEmptied(t *testing.T) {
	r, _ := declare(t, false)
	for _, b := range r.of("aws:s3/bucketV2:BucketV2") {
		assert.True(t, b.Inputs["forceDestroy"].BoolValue(), b.Name)
	}
}

func TestTheProviderHasNoCredentials(t *testing.T) {
	r, _ := declare(t, true)
	provider := r.declared["pulumi:providers:aws production-offsite"]
	require.NotNil(t, provider.Inputs)
	assert.Equal(t, "odooops-offsite", provider.Inputs["profile"].StringValue())
	for _, key := range []resource.PropertyKey{"accessKey", "secretKey", "token"} {
		assert.NotContains(t, provider.Inputs, key)
	}
	for _, kind := range []string{"aws:s3/bucketV2:BucketV2", "aws:iam/user:User"} {
		for _, a := range r.of(kind) {
			assert.Contains(t, a.Provider, "production-offsite", a.Name)
		}
	}
}

func TestEachRoleHasAKeyOfItsOwnAndTheSecretIsOne(t *testing.T) {
	r, made := declare(t, true)
	assert.Len(t, r.of("aws:iam/accessKey:AccessKey"), 3)
	var wait sync.WaitGroup
	for name, key := range map[string]bucket.Key{"host": made.HostKey, "reader": made.ReadKey, "expirer": made.ExpireKey} {
		assert.True(t, pulumi.IsSecret(key.Secret), name)
		wait.Add(1)
		pulumi.All(key.ID, key.Secret).ApplyT(func(v []any) error {
			defer wait.Done()
			assert.Equal(t, []any{"production-offsite-" + name + "-id", "secret of production-offsite-" + name}, v)
			return nil
		})
	}
	wait.Wait()
}

// actions are what a role's policy grants, with the resources.
func actions(t *testing.T, role offsite.Role) map[string][]string {
	t.Helper()
	text, err := offsite.Policy(role, "wal", "files")
	require.NoError(t, err)
	var p struct {
		Statement []struct {
			Effect           string
			Action, Resource []string
		}
	}
	require.NoError(t, json.Unmarshal([]byte(text), &p))
	granted := map[string][]string{}
	for _, s := range p.Statement {
		require.Equal(t, "Allow", s.Effect)
		for _, a := range s.Action {
			granted[a] = append(granted[a], s.Resource...)
		}
	}
	return granted
}

func TestNoRoleCanUndoWhatWasWritten(t *testing.T) {
	for _, role := range []offsite.Role{offsite.Host, offsite.Reader, offsite.Expirer} {
		for action, resources := range actions(t, role) {
			assert.NotContains(t, action, "*")
			assert.NotContains(t, action, "DeleteObjectVersion")
			assert.NotContains(t, action, "Bypass")
			assert.NotContains(t, action, "Retention")
			assert.NotContains(t, action, "PutBucket")
			assert.NotContains(t, action, "Lifecycle")
			for _, r := range resources {
				assert.Regexp(t, `^arn:aws:s3:::(wal|files)(/|$)`, r)
			}
		}
	}
	assert.NotContains(t, actions(t, offsite.Reader), "s3:PutObject")
	assert.NotContains(t, actions(t, offsite.Reader), "s3:DeleteObject")
	assert.Equal(t, []string{"arn:aws:s3:::wal/*/backup.info", "arn:aws:s3:::wal/*/backup.info.copy"}, actions(t, offsite.Expirer)["s3:PutObject"])
}

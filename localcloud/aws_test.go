package localcloud_test

import (
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"
	"github.com/stretchr/testify/require"

	"github.com/odooops/odooops/localcloud"
)

const region = "eu-west-1"

// account is what administers the cloud's AWS, from the file that operators have.
func account(t *testing.T, c *localcloud.Cloud) aws.CredentialsProvider {
	t.Helper()
	text, err := os.ReadFile(c.Env()["AWS_SHARED_CREDENTIALS_FILE"])
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(string(text), "["+localcloud.AWSProfile+"]\n"), string(text))
	value := func(name string) string {
		_, rest, found := strings.Cut(string(text), name+" = ")
		require.True(t, found, name)
		v, _, _ := strings.Cut(rest, "\n")
		return v
	}
	return credentials.NewStaticCredentialsProvider(value("aws_access_key_id"), value("aws_secret_access_key"), "")
}

func awsS3(c *localcloud.Cloud, who aws.CredentialsProvider) *s3.Client {
	return s3.New(s3.Options{
		Region: region, BaseEndpoint: aws.String(c.Env()["AWS_ENDPOINT_URL_S3"]), UsePathStyle: true, RetryMaxAttempts: 1, Credentials: who,
		RequestChecksumCalculation: aws.RequestChecksumCalculationWhenSupported,
	})
}

func awsIAM(c *localcloud.Cloud, who aws.CredentialsProvider) *iam.Client {
	return iam.New(iam.Options{
		Region: region, BaseEndpoint: aws.String(c.Env()["AWS_ENDPOINT_URL_IAM"]), RetryMaxAttempts: 1, Credentials: who,
	})
}

// lockedBucket retains every version for thirty days.
func lockedBucket(t *testing.T, c *s3.Client) {
	t.Helper()
	_, err := c.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: aws.String("wal"), ObjectLockEnabledForBucket: aws.Bool(true),
		CreateBucketConfiguration: &types.CreateBucketConfiguration{LocationConstraint: region}})
	require.NoError(t, err)
	_, err = c.PutObjectLockConfiguration(t.Context(), &s3.PutObjectLockConfigurationInput{Bucket: aws.String("wal"),
		ObjectLockConfiguration: &types.ObjectLockConfiguration{ObjectLockEnabled: types.ObjectLockEnabledEnabled,
			Rule: &types.ObjectLockRule{DefaultRetention: &types.DefaultRetention{Mode: types.ObjectLockRetentionModeGovernance, Days: aws.Int32(30)}}}})
	require.NoError(t, err)
}

// user makes one with a policy and a key.
func user(t *testing.T, c *localcloud.Cloud, name, policy string) aws.CredentialsProvider {
	t.Helper()
	admin := awsIAM(c, account(t, c))
	_, err := admin.CreateUser(t.Context(), &iam.CreateUserInput{UserName: &name, Path: aws.String("/odooops/")})
	require.NoError(t, err)
	_, err = admin.PutUserPolicy(t.Context(), &iam.PutUserPolicyInput{UserName: &name, PolicyName: aws.String("p"), PolicyDocument: &policy})
	require.NoError(t, err)
	key, err := admin.CreateAccessKey(t.Context(), &iam.CreateAccessKeyInput{UserName: &name})
	require.NoError(t, err)
	return credentials.NewStaticCredentialsProvider(*key.AccessKey.AccessKeyId, *key.AccessKey.SecretAccessKey, "")
}

func putText(t *testing.T, c *s3.Client, key, text string) string {
	t.Helper()
	out, err := c.PutObject(t.Context(), &s3.PutObjectInput{Bucket: aws.String("wal"), Key: &key, Body: strings.NewReader(text)})
	require.NoError(t, err)
	return aws.ToString(out.VersionId)
}

func errorCode(t *testing.T, err error) string {
	t.Helper()
	var e smithy.APIError
	require.ErrorAs(t, err, &e)
	return e.ErrorCode()
}

func TestALockedVersionOutlivesWhoeverMayOnlyDelete(t *testing.T) {
	now := time.Now()
	c := start(t, localcloud.Config{})
	admin := awsS3(c, account(t, c))
	lockedBucket(t, admin)
	careless := awsS3(c, user(t, c, "careless", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow",
		"Action":["s3:PutObject","s3:GetObject*","s3:DeleteObject*","s3:PutObjectRetention"],"Resource":"arn:aws:s3:::wal/*"}]}`))
	version := putText(t, careless, "k", "v")
	wal, key := aws.String("wal"), aws.String("k")

	_, err := careless.DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: wal, Key: key, VersionId: &version})
	require.Equal(t, "AccessDenied", errorCode(t, err))
	_, err = careless.DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: wal, Key: key, VersionId: &version, BypassGovernanceRetention: aws.Bool(true)})
	require.Equal(t, "AccessDenied", errorCode(t, err), "asking for it is not being allowed to")
	several, err := careless.DeleteObjects(t.Context(), &s3.DeleteObjectsInput{Bucket: wal, BypassGovernanceRetention: aws.Bool(true),
		Delete: &types.Delete{Objects: []types.ObjectIdentifier{{Key: key, VersionId: &version}}}})
	require.NoError(t, err)
	require.Len(t, several.Errors, 1)
	_, err = careless.PutObjectRetention(t.Context(), &s3.PutObjectRetentionInput{Bucket: wal, Key: key, VersionId: &version,
		Retention: &types.ObjectLockRetention{Mode: types.ObjectLockRetentionModeGovernance, RetainUntilDate: aws.Time(now.Add(time.Minute))}})
	require.Equal(t, "AccessDenied", errorCode(t, err), "a lock can only become longer")
	_, err = admin.PutBucketVersioning(t.Context(), &s3.PutBucketVersioningInput{Bucket: wal,
		VersioningConfiguration: &types.VersioningConfiguration{Status: types.BucketVersioningStatusSuspended}})
	require.Equal(t, "InvalidBucketState", errorCode(t, err))

	_, err = careless.DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: wal, Key: key})
	require.NoError(t, err, "a marker hides it")
	got, err := careless.GetObject(t.Context(), &s3.GetObjectInput{Bucket: wal, Key: key, VersionId: &version})
	require.NoError(t, err)
	require.Equal(t, types.ObjectLockModeGovernance, got.ObjectLockMode)
	require.WithinDuration(t, now.AddDate(0, 0, 30), *got.ObjectLockRetainUntilDate, time.Minute)

	second := putText(t, careless, "k", "v2")
	_, err = admin.DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: wal, Key: key, VersionId: &second, BypassGovernanceRetention: aws.Bool(true)})
	require.NoError(t, err, "the account's own key ends it")
}

func TestDataForALockedBucketBringsItsDigest(t *testing.T) {
	c := start(t, localcloud.Config{})
	admin := awsS3(c, account(t, c))
	lockedBucket(t, admin)
	_, err := admin.PutObject(t.Context(), &s3.PutObjectInput{Bucket: aws.String("wal"), Key: aws.String("k"), Body: strings.NewReader("v")},
		func(o *s3.Options) { o.RequestChecksumCalculation = aws.RequestChecksumCalculationWhenRequired })
	require.Equal(t, "InvalidRequest", errorCode(t, err))
}

func TestPoliciesDecideActionByAction(t *testing.T) {
	c := start(t, localcloud.Config{})
	lockedBucket(t, awsS3(c, account(t, c)))
	reader := awsS3(c, user(t, c, "reader", `{"Version":"2012-10-17","Statement":[
		{"Effect":"Allow","Action":"s3:ListBucket","Resource":"arn:aws:s3:::wal"},
		{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::wal/*"}]}`))
	version := putText(t, awsS3(c, account(t, c)), "k", "v")
	wal, key := aws.String("wal"), aws.String("k")
	_, err := reader.GetObject(t.Context(), &s3.GetObjectInput{Bucket: wal, Key: key})
	require.NoError(t, err)
	_, err = reader.ListObjectsV2(t.Context(), &s3.ListObjectsV2Input{Bucket: wal})
	require.NoError(t, err)
	denied := func(_ any, err error) {
		t.Helper()
		require.Equal(t, "AccessDenied", errorCode(t, err))
	}
	denied(reader.GetObject(t.Context(), &s3.GetObjectInput{Bucket: wal, Key: key, VersionId: &version}))
	denied(reader.ListObjectVersions(t.Context(), &s3.ListObjectVersionsInput{Bucket: wal}))
	denied(reader.PutObject(t.Context(), &s3.PutObjectInput{Bucket: wal, Key: key, Body: strings.NewReader("x")}))
	denied(reader.CopyObject(t.Context(), &s3.CopyObjectInput{Bucket: wal, Key: aws.String("c"), CopySource: aws.String("wal/k")}))
	denied(reader.DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: wal, Key: key}))
	denied(reader.GetBucketVersioning(t.Context(), &s3.GetBucketVersioningInput{Bucket: wal}))
	denied(reader.ListBuckets(t.Context(), nil))
	several, err := reader.DeleteObjects(t.Context(), &s3.DeleteObjectsInput{Bucket: wal,
		Delete: &types.Delete{Objects: []types.ObjectIdentifier{{Key: key}}}})
	require.NoError(t, err)
	require.Len(t, several.Errors, 1)
	require.Empty(t, several.Deleted)
}

func TestABucketIsInItsRegionAlone(t *testing.T) {
	c := start(t, localcloud.Config{})
	admin := awsS3(c, account(t, c))
	lockedBucket(t, admin)
	_, err := admin.ListObjectsV2(t.Context(), &s3.ListObjectsV2Input{Bucket: aws.String("wal")}, func(o *s3.Options) { o.Region = "eu-central-1" })
	require.Equal(t, "AuthorizationHeaderMalformed", errorCode(t, err))
}

func TestTheAccountsUsersAndKeys(t *testing.T) {
	c := start(t, localcloud.Config{})
	admin := awsIAM(c, account(t, c))
	policy := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}]}`
	creds := user(t, c, "host", policy)
	name := aws.String("host")
	value, err := creds.Retrieve(t.Context())
	require.NoError(t, err)

	got, err := admin.GetUser(t.Context(), &iam.GetUserInput{UserName: name})
	require.NoError(t, err)
	require.Equal(t, "arn:aws:iam::000000000000:user/odooops/host", *got.User.Arn)
	read, err := admin.GetUserPolicy(t.Context(), &iam.GetUserPolicyInput{UserName: name, PolicyName: aws.String("p")})
	require.NoError(t, err)
	require.Contains(t, *read.PolicyDocument, "%22s3%3AGetObject%22", "URL-encoded, as IAM answers")
	who, err := sts.New(sts.Options{Region: region, BaseEndpoint: aws.String(c.Env()["AWS_ENDPOINT_URL_STS"]), Credentials: creds}).GetCallerIdentity(t.Context(), nil)
	require.NoError(t, err)
	require.Equal(t, *got.User.Arn, *who.Arn)

	_, err = awsIAM(c, creds).CreateAccessKey(t.Context(), &iam.CreateAccessKeyInput{UserName: name})
	require.Equal(t, "AccessDenied", errorCode(t, err))
	_, err = admin.CreateGroup(t.Context(), &iam.CreateGroupInput{GroupName: aws.String("g")})
	require.Equal(t, "NotImplemented", errorCode(t, err))
	_, err = admin.DeleteUser(t.Context(), &iam.DeleteUserInput{UserName: name})
	require.Equal(t, "DeleteConflict", errorCode(t, err))

	_, err = admin.UpdateAccessKey(t.Context(), &iam.UpdateAccessKeyInput{UserName: name, AccessKeyId: &value.AccessKeyID, Status: "Inactive"})
	require.NoError(t, err)
	_, err = awsS3(c, creds).ListBuckets(t.Context(), nil)
	require.Equal(t, "InvalidAccessKeyId", errorCode(t, err))
	keys, err := admin.ListAccessKeys(t.Context(), &iam.ListAccessKeysInput{UserName: name})
	require.NoError(t, err)
	require.Len(t, keys.AccessKeyMetadata, 1)
	_, err = admin.DeleteAccessKey(t.Context(), &iam.DeleteAccessKeyInput{UserName: name, AccessKeyId: &value.AccessKeyID})
	require.NoError(t, err)
	_, err = admin.DeleteUserPolicy(t.Context(), &iam.DeleteUserPolicyInput{UserName: name, PolicyName: aws.String("p")})
	require.NoError(t, err)
	_, err = admin.DeleteUser(t.Context(), &iam.DeleteUserInput{UserName: name})
	require.NoError(t, err)
	_, err = admin.GetUser(t.Context(), &iam.GetUserInput{UserName: name})
	require.Equal(t, "NoSuchEntity", errorCode(t, err))
}

// local sends to the cloud's own routes.
func local(t *testing.T, c *localcloud.Cloud, method, path, body string) int {
	t.Helper()
	return asPage(t, method, "http://"+c.Addresses()["API"]+path, func(r *http.Request) {
		r.Body = http.NoBody
		if body != "" {
			replacement, err := http.NewRequest(method, r.URL.String(), strings.NewReader(body))
			require.NoError(t, err)
			r.Body, r.ContentLength = replacement.Body, replacement.ContentLength
		}
	})
}

func TestFaultsOfOneStorageAndBucketUntilCleared(t *testing.T) {
	c := start(t, localcloud.Config{})
	admin := awsS3(c, account(t, c))
	lockedBucket(t, admin)
	putText(t, admin, "k", "v")
	wal, key := aws.String("wal"), aws.String("k")
	read := func() error {
		_, err := admin.GetObject(t.Context(), &s3.GetObjectInput{Bucket: wal, Key: key})
		return err
	}
	write := func() error {
		_, err := admin.PutObject(t.Context(), &s3.PutObjectInput{Bucket: wal, Key: key, Body: strings.NewReader("w")})
		return err
	}
	fault := func(body string) {
		t.Helper()
		require.Equal(t, http.StatusNoContent, local(t, c, http.MethodPost, "/_local/faults", body))
	}
	clear := func() {
		t.Helper()
		require.Equal(t, http.StatusNoContent, local(t, c, http.MethodDelete, "/_local/faults", ""))
		require.NoError(t, read())
	}
	fault(`{"storage":"aws","bucket":"other","kind":"down"}`)
	fault(`{"storage":"spaces","kind":"down"}`)
	require.NoError(t, read(), "neither is this bucket's")
	fault(`{"storage":"aws","kind":"down"}`)
	require.ErrorContains(t, read(), "EOF")
	clear()
	fault(`{"storage":"aws","bucket":"wal","kind":"quota"}`)
	require.NoError(t, read())
	require.Equal(t, "QuotaExceeded", errorCode(t, write()))
	clear()
	fault(`{"storage":"aws","kind":"slowdown"}`)
	require.Equal(t, "SlowDown", errorCode(t, read()))
	clear()
	fault(`{"storage":"aws","kind":"slow","latency_ms":300}`)
	began := time.Now()
	require.NoError(t, read())
	require.GreaterOrEqual(t, time.Since(began), 300*time.Millisecond)
	clear()
	fault(`{"storage":"aws","kind":"blackhole"}`)
	hanging := make(chan error)
	go func() { hanging <- read() }()
	select {
	case err := <-hanging:
		t.Fatal("it answered: ", err)
	case <-time.After(300 * time.Millisecond):
	}
	clear()
	require.Error(t, <-hanging)
	for _, wrong := range []string{`{"storage":"gcs","kind":"down"}`, `{"storage":"aws","kind":"broken"}`, `{"storage":"aws","kind":"down","buckt":"x"}`} {
		require.Equal(t, http.StatusBadRequest, local(t, c, http.MethodPost, "/_local/faults", wrong), wrong)
	}
}

func TestACorruptedObjectIsServedAsItIs(t *testing.T) {
	c := start(t, localcloud.Config{})
	admin := awsS3(c, account(t, c))
	lockedBucket(t, admin)
	putText(t, admin, "k", "abc")
	require.Equal(t, http.StatusNoContent, local(t, c, http.MethodPost, "/_local/storage/aws/wal/corrupt", `{"key":"k"}`))
	out, err := admin.GetObject(t.Context(), &s3.GetObjectInput{Bucket: aws.String("wal"), Key: aws.String("k")})
	require.NoError(t, err)
	got := make([]byte, 3)
	_, err = out.Body.Read(got)
	require.NoError(t, out.Body.Close())
	_ = err // the end comes with the data or after it
	require.Equal(t, "acc", string(got))
	require.Equal(t, http.StatusBadRequest, local(t, c, http.MethodPost, "/_local/storage/aws/wal/corrupt", `{"key":"nowhere"}`))
}

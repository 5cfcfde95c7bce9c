package spaces_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"
	"github.com/stretchr/testify/require"

	"github.com/odooops/odooops/localcloud/spaces"
)

func keys(key string) (spaces.Access, bool) {
	access, ok := map[string]spaces.Access{
		"root":   {Secret: "root-secret", Full: true},
		"reader": {Secret: "reader-secret", Buckets: map[string]bool{"wal": false}},
		"writer": {Secret: "writer-secret", Buckets: map[string]bool{"wal": true}},
	}[key]
	return access, ok
}

func serve(t *testing.T, dir string) *httptest.Server {
	t.Helper()
	store, err := spaces.OpenStore(dir, time.Now)
	require.NoError(t, err)
	srv := httptest.NewServer(&spaces.Server{Store: store, Keys: keys, Log: slog.New(slog.NewTextHandler(t.Output(), nil)), Now: time.Now})
	t.Cleanup(func() { srv.Close(); _ = store.Close() })
	return srv
}

// client speaks path style to the server's address, or virtual-hosted style to
// the real names, which lead to the server.
func client(srv *httptest.Server, key string, pathStyle bool) *s3.Client {
	address := srv.Listener.Addr().String()
	endpoint := "http://fra1.digitaloceanspaces.com"
	if pathStyle {
		endpoint = srv.URL
	}
	return s3.New(s3.Options{
		Region: "fra1", BaseEndpoint: &endpoint, UsePathStyle: pathStyle, RetryMaxAttempts: 1,
		Credentials: credentials.NewStaticCredentialsProvider(key, key+"-secret", ""),
		HTTPClient: &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, network, address)
		}}},
	})
}

func code(t *testing.T, err error) string {
	t.Helper()
	var e smithy.APIError
	require.ErrorAs(t, err, &e)
	return e.ErrorCode()
}

func body(t *testing.T, c *s3.Client, in *s3.GetObjectInput) string {
	t.Helper()
	out, err := c.GetObject(t.Context(), in)
	require.NoError(t, err)
	b, err := io.ReadAll(out.Body)
	require.NoError(t, err)
	require.NoError(t, out.Body.Close())
	return string(b)
}

func put(t *testing.T, c *s3.Client, key, text string) *s3.PutObjectOutput {
	t.Helper()
	out, err := c.PutObject(t.Context(), &s3.PutObjectInput{Bucket: aws.String("wal"), Key: &key, Body: strings.NewReader(text)})
	require.NoError(t, err)
	return out
}

func makeBucket(t *testing.T, c *s3.Client) {
	t.Helper()
	_, err := c.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: aws.String("wal")})
	require.NoError(t, err)
}

func TestObjectsByPathAndByHost(t *testing.T) {
	srv := serve(t, t.TempDir())
	for i, pathStyle := range []bool{true, false} {
		c := client(srv, "root", pathStyle)
		if i == 0 {
			makeBucket(t, c)
		}
		key := fmt.Sprintf("archive/main/17-1/ä b+c%%/%d", i)
		_, err := c.PutObject(t.Context(), &s3.PutObjectInput{Bucket: aws.String("wal"), Key: &key, Body: strings.NewReader("0123456789"),
			ContentType: aws.String("text/plain"), Metadata: map[string]string{"kind": "wal"}})
		require.NoError(t, err)
		require.Equal(t, "234", body(t, c, &s3.GetObjectInput{Bucket: aws.String("wal"), Key: &key, Range: aws.String("bytes=2-4")}))
		head, err := c.HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: aws.String("wal"), Key: &key})
		require.NoError(t, err)
		require.Equal(t, int64(10), *head.ContentLength)
		require.Equal(t, "text/plain", *head.ContentType)
		require.Equal(t, "wal", head.Metadata["kind"])
		_, err = c.GetObject(t.Context(), &s3.GetObjectInput{Bucket: aws.String("wal"), Key: aws.String("missing")})
		require.Equal(t, "NoSuchKey", code(t, err))
	}
	buckets, err := client(srv, "root", true).ListBuckets(t.Context(), nil)
	require.NoError(t, err)
	require.Len(t, buckets.Buckets, 1)
}

func TestListsByPrefixDelimiterAndPage(t *testing.T) {
	c := client(serve(t, t.TempDir()), "root", true)
	makeBucket(t, c)
	for _, key := range []string{"a", "a/1", "a/2", "a/b/3", "b/4", "c"} {
		put(t, c, key, key)
	}
	seen := []string{}
	pages := s3.NewListObjectsV2Paginator(c, &s3.ListObjectsV2Input{Bucket: aws.String("wal"), MaxKeys: aws.Int32(1), Delimiter: aws.String("/")})
	for pages.HasMorePages() {
		p, err := pages.NextPage(t.Context())
		require.NoError(t, err)
		for _, o := range p.Contents {
			seen = append(seen, *o.Key)
		}
		for _, o := range p.CommonPrefixes {
			seen = append(seen, *o.Prefix)
		}
	}
	require.Equal(t, []string{"a", "a/", "b/", "c"}, seen)
	all, err := c.ListObjectsV2(t.Context(), &s3.ListObjectsV2Input{Bucket: aws.String("wal"), Prefix: aws.String("a/"), StartAfter: aws.String("a/1")})
	require.NoError(t, err)
	require.Len(t, all.Contents, 2)
	require.Equal(t, "a/2", *all.Contents[0].Key)
}

func TestVersions(t *testing.T) {
	c := client(serve(t, t.TempDir()), "root", true)
	makeBucket(t, c)
	wal := aws.String("wal")
	put(t, c, "k", "before versioning")
	_, err := c.PutBucketVersioning(t.Context(), &s3.PutBucketVersioningInput{Bucket: wal,
		VersioningConfiguration: &types.VersioningConfiguration{Status: types.BucketVersioningStatusEnabled}})
	require.NoError(t, err)
	first := put(t, c, "k", "first")
	put(t, c, "k", "second")
	require.Equal(t, "second", body(t, c, &s3.GetObjectInput{Bucket: wal, Key: aws.String("k")}))
	require.Equal(t, "first", body(t, c, &s3.GetObjectInput{Bucket: wal, Key: aws.String("k"), VersionId: first.VersionId}))
	require.Equal(t, "before versioning", body(t, c, &s3.GetObjectInput{Bucket: wal, Key: aws.String("k"), VersionId: aws.String("null")}))

	_, err = c.DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: wal, Key: aws.String("k")})
	require.NoError(t, err)
	_, err = c.GetObject(t.Context(), &s3.GetObjectInput{Bucket: wal, Key: aws.String("k")})
	require.Equal(t, "NoSuchKey", code(t, err))
	_, err = c.DeleteBucket(t.Context(), &s3.DeleteBucketInput{Bucket: wal})
	require.Equal(t, "BucketNotEmpty", code(t, err))

	// a page at a time, every version and marker once; then nothing keeps the bucket
	var ids []types.ObjectIdentifier
	pages := s3.NewListObjectVersionsPaginator(c, &s3.ListObjectVersionsInput{Bucket: wal, MaxKeys: aws.Int32(1)})
	for pages.HasMorePages() {
		p, err := pages.NextPage(t.Context())
		require.NoError(t, err)
		for _, v := range p.Versions {
			ids = append(ids, types.ObjectIdentifier{Key: v.Key, VersionId: v.VersionId})
		}
		for _, v := range p.DeleteMarkers {
			require.True(t, *v.IsLatest)
			ids = append(ids, types.ObjectIdentifier{Key: v.Key, VersionId: v.VersionId})
		}
	}
	require.Len(t, ids, 4)
	out, err := c.DeleteObjects(t.Context(), &s3.DeleteObjectsInput{Bucket: wal, Delete: &types.Delete{Objects: ids}})
	require.NoError(t, err)
	require.Empty(t, out.Errors)
	_, err = c.DeleteBucket(t.Context(), &s3.DeleteBucketInput{Bucket: wal})
	require.NoError(t, err)
}

func TestMultipartUpload(t *testing.T) {
	c := client(serve(t, t.TempDir()), "root", true)
	makeBucket(t, c)
	wal, key := aws.String("wal"), aws.String("big")
	up, err := c.CreateMultipartUpload(t.Context(), &s3.CreateMultipartUploadInput{Bucket: wal, Key: key})
	require.NoError(t, err)
	var parts []types.CompletedPart
	for n := int32(1); n <= 3; n++ {
		p, err := c.UploadPart(t.Context(), &s3.UploadPartInput{Bucket: wal, Key: key, UploadId: up.UploadId, PartNumber: &n,
			Body: bytes.NewReader(bytes.Repeat([]byte{byte('a' + n)}, 1<<20))})
		require.NoError(t, err)
		parts = append(parts, types.CompletedPart{ETag: p.ETag, PartNumber: aws.Int32(n)})
	}
	done, err := c.CompleteMultipartUpload(t.Context(), &s3.CompleteMultipartUploadInput{Bucket: wal, Key: key, UploadId: up.UploadId,
		MultipartUpload: &types.CompletedMultipartUpload{Parts: parts}})
	require.NoError(t, err)
	require.True(t, strings.HasSuffix(*done.ETag, `-3"`))
	require.Len(t, body(t, c, &s3.GetObjectInput{Bucket: wal, Key: key}), 3<<20)
	list, err := c.ListMultipartUploads(t.Context(), &s3.ListMultipartUploadsInput{Bucket: wal})
	require.NoError(t, err)
	require.Empty(t, list.Uploads)
}

func TestGrantsByBucket(t *testing.T) {
	srv := serve(t, t.TempDir())
	root, reader, writer := client(srv, "root", true), client(srv, "reader", true), client(srv, "writer", true)
	makeBucket(t, root)
	_, err := root.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: aws.String("other")})
	require.NoError(t, err)
	put(t, writer, "k", "v")
	require.Equal(t, "v", body(t, reader, &s3.GetObjectInput{Bucket: aws.String("wal"), Key: aws.String("k")}))

	denied := func(_ any, err error) {
		t.Helper()
		require.Equal(t, "AccessDenied", code(t, err))
	}
	denied(reader.PutObject(t.Context(), &s3.PutObjectInput{Bucket: aws.String("wal"), Key: aws.String("k"), Body: strings.NewReader("x")}))
	denied(reader.DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: aws.String("wal"), Key: aws.String("k")}))
	denied(writer.ListObjectsV2(t.Context(), &s3.ListObjectsV2Input{Bucket: aws.String("other")}))
	denied(writer.ListBuckets(t.Context(), nil))
	denied(writer.DeleteBucket(t.Context(), &s3.DeleteBucketInput{Bucket: aws.String("wal")}))
	denied(writer.CopyObject(t.Context(), &s3.CopyObjectInput{Bucket: aws.String("wal"), Key: aws.String("x"), CopySource: aws.String("other/k")}))

	resp, err := http.Get(srv.URL + "/wal/k")
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.Equal(t, http.StatusForbidden, resp.StatusCode, "private means no anonymous read")
}

func TestWrongSecretIsRefused(t *testing.T) {
	srv := serve(t, t.TempDir())
	c := client(srv, "root", true)
	_, err := c.ListBuckets(t.Context(), nil, func(o *s3.Options) {
		o.Credentials = credentials.NewStaticCredentialsProvider("root", "guessed", "")
	})
	require.Equal(t, "SignatureDoesNotMatch", code(t, err))
}

func TestPresignedLinkServesAnObject(t *testing.T) {
	srv := serve(t, t.TempDir())
	c := client(srv, "root", true)
	makeBucket(t, c)
	put(t, c, "k", "v")
	link, err := s3.NewPresignClient(c).PresignGetObject(t.Context(), &s3.GetObjectInput{Bucket: aws.String("wal"), Key: aws.String("k")})
	require.NoError(t, err)
	resp, err := http.Get(link.URL)
	require.NoError(t, err)
	defer func() { require.NoError(t, resp.Body.Close()) }()
	require.Equal(t, http.StatusOK, resp.StatusCode)
}

func TestSettingsOfABucket(t *testing.T) {
	c := client(serve(t, t.TempDir()), "root", false)
	makeBucket(t, c)
	wal := aws.String("wal")
	where, err := c.GetBucketLocation(t.Context(), &s3.GetBucketLocationInput{Bucket: wal})
	require.NoError(t, err)
	require.Equal(t, "fra1", string(where.LocationConstraint))
	_, err = c.GetBucketLifecycleConfiguration(t.Context(), &s3.GetBucketLifecycleConfigurationInput{Bucket: wal})
	require.Equal(t, "NoSuchLifecycleConfiguration", code(t, err))
	_, err = c.PutBucketLifecycleConfiguration(t.Context(), &s3.PutBucketLifecycleConfigurationInput{Bucket: wal,
		LifecycleConfiguration: &types.BucketLifecycleConfiguration{Rules: []types.LifecycleRule{{
			ID: aws.String("old"), Status: types.ExpirationStatusEnabled, Filter: &types.LifecycleRuleFilter{Prefix: aws.String("")},
			NoncurrentVersionExpiration: &types.NoncurrentVersionExpiration{NoncurrentDays: aws.Int32(30)},
		}}}})
	require.NoError(t, err)
	rules, err := c.GetBucketLifecycleConfiguration(t.Context(), &s3.GetBucketLifecycleConfigurationInput{Bucket: wal})
	require.NoError(t, err)
	require.Equal(t, "old", *rules.Rules[0].ID)
	acl, err := c.GetBucketAcl(t.Context(), &s3.GetBucketAclInput{Bucket: wal})
	require.NoError(t, err)
	require.Len(t, acl.Grants, 1)
	_, err = c.GetBucketTagging(t.Context(), &s3.GetBucketTaggingInput{Bucket: wal})
	require.Equal(t, "NotImplemented", code(t, err))
}

func TestObjectsSurviveARestart(t *testing.T) {
	dir := t.TempDir()
	store, err := spaces.OpenStore(dir, time.Now)
	require.NoError(t, err)
	srv := httptest.NewServer(&spaces.Server{Store: store, Keys: keys, Log: slog.Default(), Now: time.Now})
	c := client(srv, "root", true)
	makeBucket(t, c)
	put(t, c, "k", "v")
	srv.Close()
	require.NoError(t, store.Close())
	require.Equal(t, "v", body(t, client(serve(t, dir), "root", true), &s3.GetObjectInput{Bucket: aws.String("wal"), Key: aws.String("k")}))
}

func TestDamagedUploadIsRefused(t *testing.T) {
	c := client(serve(t, t.TempDir()), "root", true)
	makeBucket(t, c)
	_, err := c.PutObject(t.Context(), &s3.PutObjectInput{Bucket: aws.String("wal"), Key: aws.String("k"),
		Body: strings.NewReader("v"), ContentMD5: aws.String("AAAAAAAAAAAAAAAAAAAAAA==")})
	require.Equal(t, "BadDigest", code(t, err))
	_, err = c.HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: aws.String("wal"), Key: aws.String("k")})
	var missing *types.NotFound
	require.True(t, errors.As(err, &missing))
}

package spaces_test

import (
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

// pgBackRest reads backup.info while another process of it writes it anew.
func TestAnObjectIsReadWhileItIsReplaced(t *testing.T) {
	c := client(serve(t, t.TempDir()), "root", true)
	makeBucket(t, c)
	put(t, c, "backup.info", "v")
	replaced := make(chan error, 1)
	go func() {
		for range 100 {
			_, err := c.PutObject(t.Context(), &s3.PutObjectInput{Bucket: aws.String("wal"), Key: aws.String("backup.info"), Body: strings.NewReader("v")})
			if err != nil {
				replaced <- err
				return
			}
		}
		close(replaced)
	}()
	for done := false; !done; {
		require.Equal(t, "v", body(t, c, &s3.GetObjectInput{Bucket: aws.String("wal"), Key: aws.String("backup.info")}))
		select {
		case err := <-replaced:
			require.NoError(t, err)
			done = true
		default:
		}
	}
}

func TestKeysTheIndexCouldNotFindAgainAreRefused(t *testing.T) {
	c := client(serve(t, t.TempDir()), "root", true)
	makeBucket(t, c)
	for key, want := range map[string]string{
		"a\x00b": "InvalidURI", "a\xffb": "InvalidURI", strings.Repeat("k", 1025): "KeyTooLongError",
	} {
		_, err := c.CreateMultipartUpload(t.Context(), &s3.CreateMultipartUploadInput{Bucket: aws.String("wal"), Key: &key})
		require.Equal(t, want, code(t, err), "%q", key)
	}
	for _, key := range []string{"../../index.db", "..", "/etc/passwd", "."} { // names, not paths
		put(t, c, key, key)
		require.Equal(t, key, body(t, c, &s3.GetObjectInput{Bucket: aws.String("wal"), Key: &key}))
	}
}

package spaces_test

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/stretchr/testify/require"
)

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

func TestABucketTakesItsUploadsUnderWayAlong(t *testing.T) {
	dir := t.TempDir()
	c := client(serve(t, dir), "root", true)
	makeBucket(t, c)
	wal, key := aws.String("wal"), aws.String("big")
	up, err := c.CreateMultipartUpload(t.Context(), &s3.CreateMultipartUploadInput{Bucket: wal, Key: key})
	require.NoError(t, err)
	_, err = c.UploadPart(t.Context(), &s3.UploadPartInput{Bucket: wal, Key: key, UploadId: up.UploadId, PartNumber: aws.Int32(1), Body: strings.NewReader("part")})
	require.NoError(t, err)
	_, err = c.DeleteBucket(t.Context(), &s3.DeleteBucketInput{Bucket: wal})
	require.NoError(t, err)
	makeBucket(t, c)
	list, err := c.ListMultipartUploads(t.Context(), &s3.ListMultipartUploadsInput{Bucket: wal})
	require.NoError(t, err)
	require.Empty(t, list.Uploads)
	require.Empty(t, files(t, dir))
}

func TestAbortedUploadLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	c := client(serve(t, dir), "root", true)
	makeBucket(t, c)
	wal, key := aws.String("wal"), aws.String("big")
	up, err := c.CreateMultipartUpload(t.Context(), &s3.CreateMultipartUploadInput{Bucket: wal, Key: key})
	require.NoError(t, err)
	for range 2 { // the second takes the place of the first
		_, err = c.UploadPart(t.Context(), &s3.UploadPartInput{Bucket: wal, Key: key, UploadId: up.UploadId, PartNumber: aws.Int32(1), Body: strings.NewReader("part")})
		require.NoError(t, err)
	}
	require.Len(t, files(t, dir), 1)
	_, err = c.AbortMultipartUpload(t.Context(), &s3.AbortMultipartUploadInput{Bucket: wal, Key: key, UploadId: up.UploadId})
	require.NoError(t, err)
	require.Empty(t, files(t, dir))
	_, err = c.UploadPart(t.Context(), &s3.UploadPartInput{Bucket: wal, Key: key, UploadId: up.UploadId, PartNumber: aws.Int32(1), Body: strings.NewReader("late")})
	require.Equal(t, "NoSuchUpload", code(t, err))
}

// files are the data the store keeps in dir.
func files(t *testing.T, dir string) []string {
	t.Helper()
	list, err := filepath.Glob(filepath.Join(dir, "blobs", "*", "*"))
	require.NoError(t, err)
	return list
}

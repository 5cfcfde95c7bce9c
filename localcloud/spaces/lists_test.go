package spaces_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/stretchr/testify/require"
)

// oneByOne lists in pages of one, objects and folders alike.
func oneByOne(t *testing.T, c *s3.Client, in *s3.ListObjectsV2Input) (seen []string) {
	t.Helper()
	in.MaxKeys = aws.Int32(1)
	pages := s3.NewListObjectsV2Paginator(c, in)
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
	return seen
}

func TestListsByPrefixDelimiterAndPage(t *testing.T) {
	c := client(serve(t, t.TempDir()), "root", true)
	makeBucket(t, c)
	for _, key := range []string{"a", "a/1", "a/2", "a/b/3", "b/4", "c"} {
		put(t, c, key, key)
	}
	seen := oneByOne(t, c, &s3.ListObjectsV2Input{Bucket: aws.String("wal"), Delimiter: aws.String("/")})
	require.Equal(t, []string{"a", "a/", "b/", "c"}, seen)
	all, err := c.ListObjectsV2(t.Context(), &s3.ListObjectsV2Input{Bucket: aws.String("wal"), Prefix: aws.String("a/"), StartAfter: aws.String("a/1")})
	require.NoError(t, err)
	require.Len(t, all.Contents, 2)
	require.Equal(t, "a/2", *all.Contents[0].Key)
}

func TestPagesGoOnAfterTheFoldersOwnObject(t *testing.T) {
	c := client(serve(t, t.TempDir()), "root", true)
	makeBucket(t, c)
	for _, key := range []string{"a/", "a/1", "a/b/2"} {
		put(t, c, key, key)
	}
	seen := oneByOne(t, c, &s3.ListObjectsV2Input{Bucket: aws.String("wal"), Prefix: aws.String("a/"), Delimiter: aws.String("/")})
	require.Equal(t, []string{"a/", "a/1", "a/b/"}, seen)
	none, err := c.ListObjectsV2(t.Context(), &s3.ListObjectsV2Input{Bucket: aws.String("wal"), MaxKeys: aws.Int32(0)})
	require.NoError(t, err)
	require.False(t, *none.IsTruncated)
}

// The provider empties a bucket so, before it deletes it.
func TestVersionsCanBeDeletedPageByPage(t *testing.T) {
	c := client(serve(t, t.TempDir()), "root", true)
	makeBucket(t, c)
	wal := aws.String("wal")
	put(t, c, "k", "of no version")
	_, err := c.PutBucketVersioning(t.Context(), &s3.PutBucketVersioningInput{Bucket: wal,
		VersioningConfiguration: &types.VersioningConfiguration{Status: types.BucketVersioningStatusEnabled}})
	require.NoError(t, err)
	for range 4 {
		put(t, c, "k", "again")
	}
	pages := s3.NewListObjectVersionsPaginator(c, &s3.ListObjectVersionsInput{Bucket: wal, MaxKeys: aws.Int32(2)})
	for pages.HasMorePages() {
		p, err := pages.NextPage(t.Context())
		require.NoError(t, err)
		for _, v := range p.Versions {
			_, err := c.DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: wal, Key: v.Key, VersionId: v.VersionId})
			require.NoError(t, err)
		}
	}
	_, err = c.DeleteBucket(t.Context(), &s3.DeleteBucketInput{Bucket: wal})
	require.NoError(t, err)
}

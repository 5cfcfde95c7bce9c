package spaces_test

import (
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/stretchr/testify/require"
)

func TestWrongSecretIsRefused(t *testing.T) {
	srv := serve(t, t.TempDir())
	c := client(srv, "root", true)
	_, err := c.ListBuckets(t.Context(), nil, func(o *s3.Options) {
		o.Credentials = credentials.NewStaticCredentialsProvider("root", "guessed", "")
	})
	require.Equal(t, "SignatureDoesNotMatch", code(t, err))
}

func TestASignatureThatCoversTooLittleIsRefused(t *testing.T) {
	srv := serve(t, t.TempDir())
	now := time.Now().UTC()
	for signed, scope := range map[string]string{
		"x-amz-date":      now.Format("20060102"), // not the host
		"host;x-amz-date": now.AddDate(0, 0, -1).Format("20060102"),
	} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, srv.URL, nil)
		require.NoError(t, err)
		req.Header.Set("X-Amz-Date", now.Format("20060102T150405Z"))
		req.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=root/"+scope+"/fra1/s3/aws4_request, SignedHeaders="+signed+", Signature=00")
		resp, err := http.DefaultClient.Do(req)
		require.NoError(t, err)
		text, err := io.ReadAll(resp.Body)
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		require.Contains(t, string(text), "AuthorizationHeaderMalformed", signed)
	}
}

func TestPresignedLinkServesAnObjectForItsTime(t *testing.T) {
	srv := serve(t, t.TempDir())
	c := client(srv, "root", true)
	makeBucket(t, c)
	put(t, c, "k", "v")
	for lasts, want := range map[time.Duration]int{
		time.Minute:        http.StatusOK,
		8 * 24 * time.Hour: http.StatusBadRequest,
	} {
		link, err := s3.NewPresignClient(c).PresignGetObject(t.Context(),
			&s3.GetObjectInput{Bucket: aws.String("wal"), Key: aws.String("k")}, s3.WithPresignExpires(lasts))
		require.NoError(t, err)
		resp, err := http.Get(link.URL)
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		require.Equal(t, want, resp.StatusCode, lasts)
	}
}

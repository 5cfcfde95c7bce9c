package localcloud_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/digitalocean/godo"
	"github.com/miekg/dns"
	"github.com/stretchr/testify/require"

	"github.com/odooops/odooops/localcloud"
)

// machineSide is an HTTP client as a machine has it: the real names lead to
// the gateway, and the cloud's authority is trusted.
func machineSide(c *localcloud.Cloud) *http.Client {
	gateway := c.Addresses()["GatewayTLS"]
	return &http.Client{Transport: &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: c.Roots()},
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, network, gateway)
		},
	}}
}

func TestMachinesReachTheCloudUnderTheRealNames(t *testing.T) {
	c := start(t, localcloud.Config{})
	hc := machineSide(c)
	for url, want := range map[string]int{
		"https://api.digitalocean.com/v2/account":                http.StatusUnauthorized,
		"https://fra1.digitaloceanspaces.com/":                   http.StatusForbidden,
		"https://wal.fra1.digitaloceanspaces.com/":               http.StatusForbidden,
		"https://s3.eu-west-1.amazonaws.com/":                    http.StatusForbidden,
		"https://wal.s3.eu-west-1.amazonaws.com/k":               http.StatusForbidden,
		"https://registry.digitalocean.com/v2/":                  http.StatusOK,
		"https://acme-v02.api.letsencrypt.org/directory":         http.StatusOK,
		"https://acme-staging-v02.api.letsencrypt.org/directory": http.StatusOK,
		"https://api.digitalocean.com/_local/summary":            http.StatusUnauthorized,
	} {
		resp, err := hc.Get(url)
		require.NoError(t, err, url)
		require.NoError(t, resp.Body.Close())
		require.Equal(t, want, resp.StatusCode, url)
	}
	_, err := hc.Get("https://example.com/")
	require.Error(t, err, "the cloud signs for its own names only")
}

func TestSpacesKeyOfTheAPIOpensItsBucket(t *testing.T) {
	c := start(t, localcloud.Config{})
	env := c.Env()
	s3Client := func(key, secret, endpoint string, hc *http.Client) *s3.Client {
		return s3.New(s3.Options{Region: "fra1", BaseEndpoint: &endpoint, UsePathStyle: hc == http.DefaultClient, HTTPClient: hc, RetryMaxAttempts: 1,
			Credentials: credentials.NewStaticCredentialsProvider(key, secret, "")})
	}
	root := s3Client(env["SPACES_ACCESS_KEY_ID"], env["SPACES_SECRET_ACCESS_KEY"], env["SPACES_ENDPOINT_URL"], http.DefaultClient)
	_, err := root.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: aws.String("wal")})
	require.NoError(t, err)
	k, _, err := client(t, c).SpacesKeys.Create(t.Context(), &godo.SpacesKeyCreateRequest{
		Name: "wal", Grants: []*godo.Grant{{Bucket: "wal", Permission: godo.SpacesKeyReadWrite}}})
	require.NoError(t, err)

	// by TLS the SDK sends what can't be rewound in signed chunks with a trailer
	machine := s3Client(k.AccessKey, k.SecretKey, "https://fra1.digitaloceanspaces.com", machineSide(c))
	text := strings.Repeat("segment ", 10000)
	_, err = machine.PutObject(t.Context(), &s3.PutObjectInput{Bucket: aws.String("wal"), Key: aws.String("archive/1"),
		Body: io.MultiReader(strings.NewReader(text)), ContentLength: aws.Int64(int64(len(text)))})
	require.NoError(t, err)
	out, err := root.GetObject(t.Context(), &s3.GetObjectInput{Bucket: aws.String("wal"), Key: aws.String("archive/1")})
	require.NoError(t, err)
	var b bytes.Buffer
	_, err = b.ReadFrom(out.Body)
	require.NoError(t, err)
	require.NoError(t, out.Body.Close())
	require.Equal(t, text, b.String())
}

func TestABucketOfAWSUnderItsOwnName(t *testing.T) {
	c := start(t, localcloud.Config{})
	admin := awsS3(c, account(t, c))
	lockedBucket(t, admin)
	machine := s3.New(s3.Options{
		Region: region, HTTPClient: machineSide(c), RetryMaxAttempts: 1, Credentials: account(t, c),
		RequestChecksumCalculation: aws.RequestChecksumCalculationWhenSupported,
	})
	putText(t, machine, "archive/1", "segment")
	_, err := admin.HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: aws.String("wal"), Key: aws.String("archive/1")})
	require.NoError(t, err)
}

func TestZoneOfTheAPIIsInDNS(t *testing.T) {
	c := start(t, localcloud.Config{})
	cl := client(t, c)
	_, _, err := cl.Domains.Create(t.Context(), &godo.DomainCreateRequest{Name: "odooops.localhost"})
	require.NoError(t, err)
	_, _, err = cl.Domains.CreateRecord(t.Context(), "odooops.localhost", &godo.DomainRecordEditRequest{Type: "A", Name: "erp", Data: "10.124.15.254"})
	require.NoError(t, err)
	ask := func(server, name string) string {
		m, _, err := new(dns.Client).Exchange(new(dns.Msg).SetQuestion(name, dns.TypeA), c.Addresses()[server])
		require.NoError(t, err)
		require.NotEmpty(t, m.Answer)
		return m.Answer[0].(*dns.A).A.String()
	}
	require.Equal(t, "10.124.15.254", ask("DNS", "erp.odooops.localhost."))
	require.Equal(t, "10.124.15.254", ask("GatewayDNS", "erp.odooops.localhost."))
	require.Equal(t, "10.124.0.1", ask("GatewayDNS", "wal.fra1.digitaloceanspaces.com."))
	require.Equal(t, "10.124.0.1", ask("GatewayDNS", "wal.s3.eu-west-1.amazonaws.com."))
}

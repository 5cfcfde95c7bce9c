package repair

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/odooops/odooops/ops/workspace"
)

func TestAKeyOfAWSThatNobodyHeardIsRemovedAndTheKnownOneStays(t *testing.T) {
	var deleted []string
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		assert.NoError(t, r.ParseForm())
		if r.Form.Get("Action") == "DeleteAccessKey" {
			deleted = append(deleted, r.Form.Get("AccessKeyId"))
		}
		_, _ = w.Write([]byte(strings.ReplaceAll(`<ACTIONResponse><ACTIONResult><AccessKeyMetadata>
			<member><AccessKeyId>KNOWN</AccessKeyId></member><member><AccessKeyId>LOST</AccessKeyId></member>
			</AccessKeyMetadata></ACTIONResult></ACTIONResponse>`, "ACTION", r.Form.Get("Action"))))
	}))
	t.Cleanup(s.Close)
	r := &Repairer{IAM: func(_ context.Context, profile, region string) (*iam.Client, error) {
		assert.Equal(t, "odooops-offsite eu-west-1", profile+" "+region)
		return iam.New(iam.Options{Region: region, BaseEndpoint: &s.URL, Credentials: credentials.NewStaticCredentialsProvider("a", "b", "")}), nil
	}}
	const typ = "aws:iam/accessKey:AccessKey"
	h := workspace.Half{Type: typ, Inputs: map[string]any{"user": "host"}, Region: "eu-west-1", Profile: "odooops-offsite"}
	v, err := r.Repair(t.Context(), h, map[string]bool{typ + "/KNOWN": true})
	require.NoError(t, err)
	assert.Equal(t, []string{"LOST"}, deleted)
	assert.Empty(t, v.ID)
	assert.Contains(t, v.Note, "LOST")
}

func TestABucketOfAWSIsAdoptedByItsName(t *testing.T) {
	h := workspace.Half{Type: "aws:s3/bucketV2:BucketV2", Inputs: map[string]any{"bucket": "odooops-production-offsite"}}
	v, err := (&Repairer{}).Repair(t.Context(), h, nil)
	require.NoError(t, err)
	assert.Equal(t, "odooops-production-offsite", v.ID)
}

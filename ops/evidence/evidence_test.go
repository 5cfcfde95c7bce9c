package evidence

import (
	"encoding/json"
	"log/slog"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/odooops/odooops/localcloud/spaces"
	"github.com/odooops/odooops/ops/cloud"
	"github.com/odooops/odooops/ops/fault"
	"github.com/odooops/odooops/ops/ledger"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// store is a bucket of the local cloud's Spaces.
func store(t *testing.T) Store {
	t.Helper()
	objects, err := spaces.OpenStore(t.TempDir(), time.Now)
	require.NoError(t, err)
	srv := httptest.NewServer(&spaces.Server{
		Store: objects, Log: slog.New(slog.DiscardHandler), Now: time.Now,
		Keys: func(key string) (spaces.Access, bool) {
			return spaces.Access{Secret: "secret", Full: true}, key == "operator"
		},
	})
	t.Cleanup(func() { srv.Close(); _ = objects.Close() })
	env := map[string]string{
		"SPACES_ENDPOINT_URL": srv.URL, "SPACES_ACCESS_KEY_ID": "operator", "SPACES_SECRET_ACCESS_KEY": "secret",
	}
	s := Store{API: cloud.Spaces(func(k string) string { return env[k] }, "fra1"), Bucket: "odooops-evidence-test"}
	_, err = s.API.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: &s.Bucket})
	require.NoError(t, err)
	return s
}

func put(t *testing.T, s Store, what, stack string, when time.Time) string {
	t.Helper()
	key, err := s.Put(t.Context(), Report{
		What: what, Stack: stack, When: when, Who: "ann@laptop", Outcome: ledger.Done, Details: json.RawMessage(`{"backup":"x"}`),
	})
	require.NoError(t, err)
	return key
}

func TestReportsComeBackNewestFirst(t *testing.T) {
	s := store(t)
	put(t, s, RestoreTest, "production", noon)
	newest := put(t, s, RestoreTest, "acme", noon.Add(time.Hour))
	put(t, s, Restore, "production", noon.Add(2*time.Hour))
	all, err := s.List(t.Context(), RestoreTest, "", time.Time{})
	require.NoError(t, err)
	require.Len(t, all, 2)
	assert.Equal(t, newest, all[0].Key)
	assert.Equal(t, "ann@laptop", all[0].Who)
	assert.JSONEq(t, `{"backup":"x"}`, string(all[0].Details))

	later, err := s.List(t.Context(), RestoreTest, "", noon.Add(time.Minute))
	require.NoError(t, err)
	assert.Len(t, later, 1)
	of, err := s.List(t.Context(), RestoreTest, "production", noon.Add(100*time.Millisecond))
	require.NoError(t, err)
	assert.Len(t, of, 1, "a key knows whole seconds only")
}

func TestTwoReportsOfOneSecondAreTwo(t *testing.T) {
	s := store(t)
	assert.NotEqual(t, put(t, s, Restore, "staging", noon), put(t, s, Restore, "staging", noon))
	all, err := s.List(t.Context(), Restore, "staging", time.Time{})
	require.NoError(t, err)
	assert.Len(t, all, 2)
}

func TestWithoutReportsThereIsNoNewest(t *testing.T) {
	s := store(t)
	_, err := s.API.PutObject(t.Context(), &s3.PutObjectInput{Bucket: &s.Bucket, Key: aws.String("restore/staging/notes.txt")})
	require.NoError(t, err)
	r, err := s.Newest(t.Context(), Restore, "staging")
	require.NoError(t, err)
	assert.Nil(t, r, "what is called otherwise is no report")
	key := put(t, s, Restore, "staging", noon)
	r, err = s.Newest(t.Context(), Restore, "staging")
	require.NoError(t, err)
	assert.Equal(t, key, r.Key)
}

func TestEvidenceThatCannotBeKeptIsAnErrorThatNamesTheBucket(t *testing.T) {
	s := store(t)
	s.Bucket = "elsewhere"
	_, err := s.Put(t.Context(), Report{What: Restore, Stack: "staging", When: noon})
	var f *fault.Fault
	require.ErrorAs(t, err, &f)
	assert.ErrorContains(t, err, "bucket elsewhere")
}

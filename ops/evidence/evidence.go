// Package evidence keeps what operations prove: a restore, a restore test, an
// expiry, one JSON report each, in the evidence bucket of the platform. A
// report never holds a secret or a value of a database. It is written once and
// never changed; the bucket keeps versions for whoever tries.
package evidence

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"sort"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/odooops/odooops/ops/fault"
	"github.com/odooops/odooops/ops/ledger"
)

// What reports are about: the first word of their keys.
const (
	Restore     = "restore"
	RestoreTest = "restore-test"
	Expiry      = "expiry"
	Erasure     = "erasure"
)

// Report is one operation on one stack.
type Report struct {
	What    string         `json:"what"`
	Stack   string         `json:"stack"`
	When    time.Time      `json:"when"` // start, UTC
	Seconds float64        `json:"seconds"`
	Who     string         `json:"who"`
	Outcome ledger.Outcome `json:"outcome"`
	Error   string         `json:"error,omitempty"`
	// Details are the operation's own.
	Details json.RawMessage `json:"details,omitempty"`
	// Key is where the report is in the bucket.
	Key string `json:"key"`
}

// Store is the bucket.
type Store struct {
	API    *s3.Client
	Bucket string
}

// stamp is the time in a key: sorted as text it is sorted by time.
const stamp = "20060102T150405Z"

// Put writes a report and returns its key: WHAT/STACK/TIME-ID.json.
func (s Store) Put(ctx context.Context, r Report) (string, error) {
	id := make([]byte, 4)
	if _, err := rand.Read(id); err != nil {
		return "", err
	}
	r.When = r.When.UTC()
	r.Key = fmt.Sprintf("%s/%s/%s-%s.json", r.What, r.Stack, r.When.Format(stamp), hex.EncodeToString(id))
	body, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return "", fmt.Errorf("keep the evidence of %s: %w", r.What, err)
	}
	_, err = s.API.PutObject(ctx, &s3.PutObjectInput{
		Bucket: &s.Bucket, Key: &r.Key, Body: bytes.NewReader(body), ContentType: aws.String("application/json"),
	})
	if err != nil {
		return "", fault.New("keep the evidence of "+r.What+" in bucket "+s.Bucket, "check SPACES_ACCESS_KEY_ID, and that the bucket is there", err)
	}
	return r.Key, nil
}

// List reads the reports since a time, newest first; no stack means those of all.
func (s Store) List(ctx context.Context, what, stack string, since time.Time) ([]Report, error) {
	keys, err := s.keys(ctx, what, stack, since)
	if err != nil {
		return nil, err
	}
	reports := make([]Report, 0, len(keys))
	for _, key := range keys {
		r, err := s.get(ctx, key)
		if err != nil {
			return nil, err
		}
		reports = append(reports, r)
	}
	return reports, nil
}

// Newest is the last report; nil without one.
func (s Store) Newest(ctx context.Context, what, stack string) (*Report, error) {
	keys, err := s.keys(ctx, what, stack, time.Time{})
	if err != nil || len(keys) == 0 {
		return nil, err
	}
	r, err := s.get(ctx, keys[0])
	return &r, err
}

// keys of reports, newest first.
func (s Store) keys(ctx context.Context, what, stack string, since time.Time) ([]string, error) {
	prefix := what + "/"
	if stack != "" {
		prefix += stack + "/"
	}
	var keys []string
	pages := s3.NewListObjectsV2Paginator(s.API, &s3.ListObjectsV2Input{Bucket: &s.Bucket, Prefix: &prefix})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fault.New("read the evidence in bucket "+s.Bucket, "check SPACES_ACCESS_KEY_ID, and that the bucket is there", err)
		}
		for _, o := range page.Contents {
			if at, ok := madeAt(aws.ToString(o.Key)); ok && !at.Before(since.Truncate(time.Second)) {
				keys = append(keys, aws.ToString(o.Key))
			}
		}
	}
	name := func(key string) string { return key[strings.LastIndex(key, "/")+1:] }
	sort.Slice(keys, func(i, j int) bool { return name(keys[i]) > name(keys[j]) })
	return keys, nil
}

// madeAt is the time in a key; what is called otherwise is no report.
func madeAt(key string) (time.Time, bool) {
	name := key[strings.LastIndex(key, "/")+1:]
	when, _, ok := strings.Cut(name, "-")
	at, err := time.Parse(stamp, when)
	return at, ok && err == nil && strings.HasSuffix(name, ".json")
}

func (s Store) get(ctx context.Context, key string) (Report, error) {
	var r Report
	out, err := s.API.GetObject(ctx, &s3.GetObjectInput{Bucket: &s.Bucket, Key: &key})
	if err != nil {
		return r, fmt.Errorf("read the evidence %s: %w", key, err)
	}
	defer func() { _ = out.Body.Close() }()
	body, err := io.ReadAll(out.Body)
	if err != nil {
		return r, fmt.Errorf("read the evidence %s: %w", key, err)
	}
	if err := json.Unmarshal(body, &r); err != nil {
		return r, fmt.Errorf("the evidence %s is no report: %w", key, err)
	}
	return r, nil
}

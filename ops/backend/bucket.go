package backend

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/odooops/odooops/ops/fault"
)

// bucket is the engine's S3 backend.
type bucket struct {
	api    *s3.Client
	name   string
	prefix string // "" or "a/b/"
}

// openBucket reads the URL as the engine does.
func openBucket(raw string, get func(string) string) (*bucket, error) {
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" {
		return nil, fault.Usage("open the backend "+raw, "correct zones.yaml or PULUMI_BACKEND_URL", "it is no s3://BUCKET?endpoint=…&region=…")
	}
	if get("AWS_ACCESS_KEY_ID") == "" {
		return nil, fault.Usage("open the backend s3://"+u.Host, "bring its key in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or run odooops init --backend s3",
			"this checkout has no key for it")
	}
	q := u.Query()
	options := s3.Options{
		Region:       q.Get("region"),
		UsePathStyle: q.Get("s3ForcePathStyle") == "true",
		// Not every server but Amazon's knows the newer checksums.
		RequestChecksumCalculation: aws.RequestChecksumCalculationWhenRequired,
		ResponseChecksumValidation: aws.ResponseChecksumValidationWhenRequired,
		Credentials: credentials.NewStaticCredentialsProvider(
			get("AWS_ACCESS_KEY_ID"), get("AWS_SECRET_ACCESS_KEY"), get("AWS_SESSION_TOKEN")),
	}
	if endpoint := q.Get("endpoint"); endpoint != "" {
		if !strings.Contains(endpoint, "://") {
			endpoint = "https://" + endpoint
		}
		options.BaseEndpoint = aws.String(endpoint)
	}
	prefix := strings.Trim(u.Path, "/")
	if prefix != "" {
		prefix += "/"
	}
	return &bucket{api: s3.New(options), name: u.Host, prefix: prefix}, nil
}

func (b *bucket) key(name string) *string { return aws.String(b.prefix + name) }

func (b *bucket) read(ctx context.Context, name string) ([]byte, error) {
	out, err := b.api.GetObject(ctx, &s3.GetObjectInput{Bucket: &b.name, Key: b.key(name)})
	if missing := (*types.NoSuchKey)(nil); errors.As(err, &missing) {
		return nil, fs.ErrNotExist
	}
	if err != nil {
		return nil, err
	}
	defer func() { _ = out.Body.Close() }()
	return io.ReadAll(out.Body)
}

func (b *bucket) write(ctx context.Context, name string, content []byte) error {
	_, err := b.api.PutObject(ctx, &s3.PutObjectInput{Bucket: &b.name, Key: b.key(name), Body: bytes.NewReader(content)})
	return err
}

func (b *bucket) remove(ctx context.Context, name string) error {
	_, err := b.api.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &b.name, Key: b.key(name)})
	return err
}

func (b *bucket) list(ctx context.Context, prefix string) ([]string, error) {
	var names []string
	pages := s3.NewListObjectsV2Paginator(b.api, &s3.ListObjectsV2Input{Bucket: &b.name, Prefix: b.key(prefix)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("list bucket %s: %w", b.name, err)
		}
		for _, o := range page.Contents {
			names = append(names, strings.TrimPrefix(aws.ToString(o.Key), b.prefix))
		}
	}
	return names, nil
}

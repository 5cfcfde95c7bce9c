package spaces

import (
	"io"
	"net/http"
)

// document is a setting of a bucket that is kept as it came and not acted on.
type document struct {
	of          func(*Bucket) *[]byte
	missing     string // the error code when there is none
	contentType string
}

func lifecycle() document {
	return document{func(b *Bucket) *[]byte { return &b.Lifecycle }, "NoSuchLifecycleConfiguration", "application/xml"}
}

func cors() document {
	return document{func(b *Bucket) *[]byte { return &b.CORS }, "NoSuchCORSConfiguration", "application/xml"}
}

func policy() document {
	return document{func(b *Bucket) *[]byte { return &b.Policy }, "NoSuchBucketPolicy", "application/json"}
}

func getDocument(kind func() document) func(*Server, *request) error {
	return func(s *Server, r *request) error {
		b, err := s.Store.Bucket(r.bucket)
		if err != nil {
			return err
		}
		d := kind()
		body := *d.of(&b)
		if len(body) == 0 {
			return refuse(http.StatusNotFound, d.missing, "The bucket has none.")
		}
		r.w.Header().Set("Content-Type", d.contentType)
		_, err = r.w.Write(body)
		return err
	}
}

func putDocument(kind func() document) func(*Server, *request) error {
	return func(s *Server, r *request) error {
		body, err := io.ReadAll(io.LimitReader(payload(r.Request), 1<<20))
		if err != nil {
			return err
		}
		if err := s.Store.ChangeBucket(r.bucket, func(b *Bucket) { *kind().of(b) = body }); err != nil {
			return err
		}
		return r.empty(http.StatusOK)
	}
}

func deleteDocument(kind func() document) func(*Server, *request) error {
	return func(s *Server, r *request) error {
		if err := s.Store.ChangeBucket(r.bucket, func(b *Bucket) { *kind().of(b) = nil }); err != nil {
			return err
		}
		return r.empty(http.StatusNoContent)
	}
}

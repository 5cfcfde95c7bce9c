package spaces

import "time"

// Bucket is a bucket's settings. Documents that this cloud only keeps are the
// XML or JSON they came as.
type Bucket struct {
	Name       string    `json:"name"`
	Region     string    `json:"region"`
	Created    time.Time `json:"created"`
	ACL        string    `json:"acl"`        // canned: private or public-read
	Versioning string    `json:"versioning"` // "", Enabled or Suspended
	CORS       []byte    `json:"cors,omitempty"`
	Lifecycle  []byte    `json:"lifecycle,omitempty"`
	Policy     []byte    `json:"policy,omitempty"`
	// What only AWS has.
	ObjectLock        bool   `json:"object_lock,omitempty"`
	Lock              *Lock  `json:"lock,omitempty"` // of new versions
	Encryption        []byte `json:"encryption,omitempty"`
	PublicAccessBlock []byte `json:"public_access_block,omitempty"`
	Ownership         []byte `json:"ownership,omitempty"`
	Tagging           []byte `json:"tagging,omitempty"`
}

// Version is one version of an object.
type Version struct {
	Key          string            `json:"key"`
	ID           string            `json:"id"` // "null" when made without versioning
	Seq          uint64            `json:"seq"`
	Blob         string            `json:"blob,omitempty"`
	Size         int64             `json:"size"`
	ETag         string            `json:"etag"` // without quotes
	ACL          string            `json:"acl,omitempty"`
	Headers      map[string]string `json:"headers,omitempty"`
	Modified     time.Time         `json:"modified"`
	DeleteMarker bool              `json:"delete_marker,omitempty"`
	Retention    *Retention        `json:"retention,omitempty"`
	// Latest is set when it is read.
	Latest bool `json:"-"`
}

// upload is a multipart upload under way.
type upload struct {
	ID        string            `json:"id"`
	Bucket    string            `json:"bucket"`
	Key       string            `json:"key"`
	ACL       string            `json:"acl,omitempty"`
	Headers   map[string]string `json:"headers"`
	Retention *Retention        `json:"retention,omitempty"`
	Initiated time.Time         `json:"initiated"`
}

// part is one part of an upload.
type part struct {
	Number   int       `json:"number"`
	Blob     string    `json:"blob"`
	Size     int64     `json:"size"`
	ETag     string    `json:"etag"`
	Modified time.Time `json:"modified"`
}

const (
	nullVersion = "null"
	enabled     = "Enabled"
	suspended   = "Suspended"
	private     = "private"
	publicRead  = "public-read"
)

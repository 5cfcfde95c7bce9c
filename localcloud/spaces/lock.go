package spaces

import (
	"encoding/xml"
	"net/http"
	"strings"
	"time"
)

// Lock is Object Lock's default of a bucket: what every new version gets.
type Lock struct {
	Mode  string `json:"mode"`
	Days  int    `json:"days,omitempty"`
	Years int    `json:"years,omitempty"`
}

// Retention keeps a version from being deleted.
type Retention struct {
	Mode  string    `json:"mode"`
	Until time.Time `json:"until"`
}

const (
	governance = "GOVERNANCE" // ends with a permission of its own
	compliance = "COMPLIANCE" // ends with its time
)

func (l *Lock) from(made time.Time) *Retention {
	return &Retention{Mode: l.Mode, Until: made.AddDate(l.Years, 0, l.Days)}
}

// holds says whether the version can't be deleted now.
func (r *Retention) holds(now time.Time, bypass bool) bool {
	return r != nil && now.Before(r.Until) && (r.Mode == compliance || !bypass)
}

func errLocked() error {
	return accessDenied("Access Denied because object protected by object lock.")
}

// bypass says whether the caller asks to end governance, and may.
func (r *request) bypass(key string) bool {
	return strings.EqualFold(r.Header.Get("X-Amz-Bypass-Governance-Retention"), "true") &&
		r.caller.allow(need{admin, "BypassGovernanceRetention"}, r.bucket, key) == nil
}

type retentionDocument struct {
	XMLName xml.Name `xml:"Retention"`
	Mode    string   `xml:",omitempty"`
	Until   string   `xml:"RetainUntilDate,omitempty"`
}

type lockDocument struct {
	XMLName xml.Name  `xml:"ObjectLockConfiguration"`
	Enabled string    `xml:"ObjectLockEnabled,omitempty"`
	Rule    *lockRule `xml:",omitempty"`
}

type lockRule struct {
	Default struct {
		Mode  string
		Days  int `xml:",omitempty"`
		Years int `xml:",omitempty"`
	} `xml:"DefaultRetention"`
}

func checkMode(mode string) error {
	if mode != governance && mode != compliance {
		return malformedXML(invalid("the mode is %s or %s, not %q", governance, compliance, mode))
	}
	return nil
}

func newRetention(mode, until string) (*Retention, error) {
	if err := checkMode(mode); err != nil {
		return nil, err
	}
	t, err := time.Parse(time.RFC3339, until)
	if err != nil {
		return nil, invalid("the date until which the version is retained: %v", err)
	}
	return &Retention{Mode: mode, Until: t}, nil
}

// askedRetention is what an upload asks for; nil is the bucket's default.
func (s *Server) askedRetention(r *request) (*Retention, error) {
	mode, until := r.Header.Get("X-Amz-Object-Lock-Mode"), r.Header.Get("X-Amz-Object-Lock-Retain-Until-Date")
	if mode == "" && until == "" {
		return nil, nil
	}
	b, err := s.Store.Bucket(r.bucket)
	if err != nil {
		return nil, err
	}
	if !b.ObjectLock {
		return nil, errNoLock()
	}
	if err := r.caller.allow(need{admin, "PutObjectRetention"}, r.bucket, r.key); err != nil {
		return nil, err
	}
	return newRetention(mode, until)
}

// retention is askedRetention of an object that comes in one piece.
func (s *Server) retention(r *request, b Bucket) (*Retention, error) {
	asked, err := s.askedRetention(r)
	if err != nil {
		return nil, err
	}
	return asked, r.needsDigest(b, asked)
}

// needsDigest refuses data for a locked bucket without a checksum, as AWS does.
func (r *request) needsDigest(b Bucket, asked *Retention) error {
	if b.Lock == nil && asked == nil || r.Header.Get("Content-Md5") != "" || r.Header.Get("X-Amz-Trailer") != "" {
		return nil
	}
	for name := range r.Header {
		if strings.HasPrefix(name, "X-Amz-Checksum-") || name == "X-Amz-Sdk-Checksum-Algorithm" {
			return nil
		}
	}
	return refuse(http.StatusBadRequest, "InvalidRequest", "Content-MD5 OR x-amz-checksum- HTTP header is required for Put Object requests with Object Lock parameters.")
}

func errNoLock() error {
	return refuse(http.StatusBadRequest, "InvalidRequest", "Bucket is missing Object Lock Configuration.")
}

func (s *Server) lockConfiguration(r *request) error {
	b, err := s.Store.Bucket(r.bucket)
	if err != nil {
		return err
	}
	if !b.ObjectLock {
		return refuse(http.StatusNotFound, "ObjectLockConfigurationNotFoundError", "Object Lock configuration does not exist for this bucket.")
	}
	out := lockDocument{Enabled: enabled}
	if b.Lock != nil {
		out.Rule = &lockRule{}
		out.Rule.Default.Mode, out.Rule.Default.Days, out.Rule.Default.Years = b.Lock.Mode, b.Lock.Days, b.Lock.Years
	}
	return r.xml(out)
}

func (s *Server) putLockConfiguration(r *request) error {
	var in lockDocument
	if err := xml.NewDecoder(payload(r.Request)).Decode(&in); err != nil {
		return malformedXML(err)
	}
	b, err := s.Store.Bucket(r.bucket)
	if err != nil {
		return err
	}
	if b.Versioning != enabled {
		return refuse(http.StatusConflict, "InvalidBucketState", "Versioning must be 'Enabled' on the bucket to apply a Object Lock configuration.")
	}
	var lock *Lock
	if in.Rule != nil {
		d := in.Rule.Default
		if err := checkMode(d.Mode); err != nil {
			return err
		}
		if (d.Days > 0) == (d.Years > 0) {
			return malformedXML(invalid("a default retention has either days or years"))
		}
		lock = &Lock{Mode: d.Mode, Days: d.Days, Years: d.Years}
	}
	if err := s.Store.ChangeBucket(r.bucket, func(b *Bucket) { b.ObjectLock, b.Lock = true, lock }); err != nil {
		return err
	}
	return r.empty(http.StatusOK)
}

func (s *Server) objectRetention(r *request) error {
	v, err := s.Store.Find(r.bucket, r.key, r.URL.Query().Get("versionId"))
	if err != nil {
		return err
	}
	if v.Retention == nil {
		return refuse(http.StatusNotFound, "NoSuchObjectLockConfiguration", "The specified object does not have a ObjectLock configuration.")
	}
	return r.xml(retentionDocument{Mode: v.Retention.Mode, Until: timestamp(v.Retention.Until)})
}

func (s *Server) putObjectRetention(r *request) error {
	var in retentionDocument
	if err := xml.NewDecoder(payload(r.Request)).Decode(&in); err != nil {
		return malformedXML(err)
	}
	b, err := s.Store.Bucket(r.bucket)
	if err != nil {
		return err
	}
	if !b.ObjectLock {
		return errNoLock()
	}
	var until *Retention
	if in.Mode != "" || in.Until != "" { // neither: it ends
		if until, err = newRetention(in.Mode, in.Until); err != nil {
			return err
		}
	}
	if err := s.Store.setRetention(r.bucket, r.key, r.URL.Query().Get("versionId"), until, r.bypass(r.key)); err != nil {
		return err
	}
	return r.empty(http.StatusOK)
}

package spaces

import (
	"encoding/xml"
	"errors"
	"io"
	"net/http"
	"strings"
)

// usEast1 is the region that AWS means when none is said.
const usEast1 = "us-east-1"

// awsBucket is the bucket in a host such as BUCKET.s3.eu-west-1.amazonaws.com.
func awsBucket(host string) string {
	prefix, ok := strings.CutSuffix(host, "."+AWSDomain)
	if !ok {
		return ""
	}
	bucket, _, found := cutLast("."+prefix, ".s3")
	if !found || bucket == "" {
		return ""
	}
	return bucket[1:]
}

// cutLast cuts around the last label.
func cutLast(name, label string) (before, after string, found bool) {
	if before, ok := strings.CutSuffix(name, label); ok {
		return before, "", true
	}
	if i := strings.LastIndex(name, label+"."); i >= 0 {
		return name[:i], name[i+len(label)+1:], true
	}
	return name, "", false
}

// inRegion refuses what was signed for another region than the bucket's, as
// AWS does: a client that is told the wrong region has to fail here too.
func (s *Server) inRegion(r *request) error {
	b, err := s.Store.Bucket(r.bucket)
	if err != nil || b.Region == r.caller.Region || r.Method == http.MethodHead && r.key == "" {
		return nil // a bucket that isn't there is refused by who needs it
	}
	r.w.Header().Set("X-Amz-Bucket-Region", b.Region)
	return refuse(http.StatusBadRequest, "AuthorizationHeaderMalformed",
		"The authorization header is malformed; the region '%s' is wrong; expecting '%s'", r.caller.Region, b.Region)
}

// awsSettings are those that a new bucket at AWS is asked for with.
func (s *Server) awsSettings(r *request, b *Bucket) error {
	var in struct {
		Region string `xml:"LocationConstraint"`
	}
	if err := xml.NewDecoder(payload(r.Request)).Decode(&in); err != nil && !errors.Is(err, io.EOF) {
		return malformedXML(err)
	}
	b.Region = in.Region
	if in.Region == "" {
		b.Region = usEast1
	}
	if b.Region != r.caller.Region && r.caller.Region != usEast1 {
		return refuse(http.StatusBadRequest, "IllegalLocationConstraintException",
			"The %s location constraint is incompatible for the region specific endpoint this request was sent to.", b.Region)
	}
	if strings.EqualFold(r.Header.Get("X-Amz-Bucket-Object-Lock-Enabled"), "true") {
		b.ObjectLock, b.Versioning = true, enabled
	}
	return nil
}

func encryption() document {
	return document{func(b *Bucket) *[]byte { return &b.Encryption }, "ServerSideEncryptionConfigurationNotFoundError", "application/xml"}
}

func publicAccessBlock() document {
	return document{func(b *Bucket) *[]byte { return &b.PublicAccessBlock }, "NoSuchPublicAccessBlockConfiguration", "application/xml"}
}

func ownership() document {
	return document{func(b *Bucket) *[]byte { return &b.Ownership }, "OwnershipControlsNotFoundError", "application/xml"}
}

func tagging() document {
	return document{func(b *Bucket) *[]byte { return &b.Tagging }, "NoSuchTagSet", "application/xml"}
}

// never is a setting that no bucket of this cloud has.
func never(code string) func(*Server, *request) error {
	return func(*Server, *request) error { return refuse(http.StatusNotFound, code, "The bucket has none.") }
}

// same is a setting that every bucket of this cloud has in the same way.
func same(document string) func(*Server, *request) error {
	return func(_ *Server, r *request) error {
		r.w.Header().Set("Content-Type", "application/xml")
		_, err := io.WriteString(r.w, xml.Header+document)
		return err
	}
}

func awsBucketOperations() map[string]operation {
	return map[string]operation{
		"GET object-lock":          {need{admin, "GetBucketObjectLockConfiguration"}, (*Server).lockConfiguration, nil},
		"PUT object-lock":          {need{admin, "PutBucketObjectLockConfiguration"}, (*Server).putLockConfiguration, nil},
		"GET encryption":           {need{admin, "GetEncryptionConfiguration"}, getDocument(encryption), nil},
		"PUT encryption":           {need{admin, "PutEncryptionConfiguration"}, putDocument(encryption), nil},
		"DELETE encryption":        {need{admin, "PutEncryptionConfiguration"}, deleteDocument(encryption), nil},
		"GET publicAccessBlock":    {need{admin, "GetBucketPublicAccessBlock"}, getDocument(publicAccessBlock), nil},
		"PUT publicAccessBlock":    {need{admin, "PutBucketPublicAccessBlock"}, putDocument(publicAccessBlock), nil},
		"DELETE publicAccessBlock": {need{admin, "PutBucketPublicAccessBlock"}, deleteDocument(publicAccessBlock), nil},
		"GET ownershipControls":    {need{admin, "GetBucketOwnershipControls"}, getDocument(ownership), nil},
		"PUT ownershipControls":    {need{admin, "PutBucketOwnershipControls"}, putDocument(ownership), nil},
		"DELETE ownershipControls": {need{admin, "PutBucketOwnershipControls"}, deleteDocument(ownership), nil},
		"GET tagging":              {need{admin, "GetBucketTagging"}, getDocument(tagging), nil},
		"PUT tagging":              {need{admin, "PutBucketTagging"}, putDocument(tagging), nil},
		"DELETE tagging":           {need{admin, "PutBucketTagging"}, deleteDocument(tagging), nil},
		// What the official provider reads of every bucket.
		"GET website":        {need{admin, "GetBucketWebsite"}, never("NoSuchWebsiteConfiguration"), nil},
		"GET replication":    {need{admin, "GetReplicationConfiguration"}, never("ReplicationConfigurationNotFoundError"), nil},
		"GET accelerate":     {need{admin, "GetAccelerateConfiguration"}, same("<AccelerateConfiguration/>"), nil},
		"GET logging":        {need{admin, "GetBucketLogging"}, same("<BucketLoggingStatus/>"), nil},
		"GET requestPayment": {need{admin, "GetBucketRequestPayment"}, same("<RequestPaymentConfiguration><Payer>BucketOwner</Payer></RequestPaymentConfiguration>"), nil},
	}
}

func awsObjectOperations() map[string]operation {
	return map[string]operation{
		"GET retention": {need{admin, "GetObjectRetention"}, (*Server).objectRetention, nil},
		"PUT retention": {need{admin, "PutObjectRetention"}, (*Server).putObjectRetention, nil},
	}
}

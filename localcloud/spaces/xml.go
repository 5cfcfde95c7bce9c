package spaces

import (
	"encoding/xml"
	"time"
)

// S3's documents, as they are on the wire.

func timestamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

func quoted(etag string) string { return `"` + etag + `"` }

type ownerEntry struct {
	ID          string
	DisplayName string
}

func theOwner() *ownerEntry { return &ownerEntry{ID: "1", DisplayName: "1"} }

type bucketEntry struct {
	Name         string
	CreationDate string
}

type listAllMyBuckets struct {
	XMLName xml.Name `xml:"http://s3.amazonaws.com/doc/2006-03-01/ ListAllMyBucketsResult"`
	Owner   *ownerEntry
	Buckets []bucketEntry `xml:"Buckets>Bucket"`
}

type locationConstraint struct {
	XMLName xml.Name `xml:"http://s3.amazonaws.com/doc/2006-03-01/ LocationConstraint"`
	Region  string   `xml:",chardata"`
}

type versioningConfiguration struct {
	XMLName xml.Name `xml:"VersioningConfiguration"`
	Status  string   `xml:",omitempty"`
}

type grantee struct {
	XSI  string `xml:"xmlns:xsi,attr"`
	Type string `xml:"xsi:type,attr"`
	ID   string `xml:",omitempty"`
	URI  string `xml:",omitempty"`
}

func newGrantee(kind, id, uri string) grantee {
	return grantee{"http://www.w3.org/2001/XMLSchema-instance", kind, id, uri}
}

type grant struct {
	Grantee    grantee
	Permission string
}

type accessControlPolicy struct {
	XMLName xml.Name `xml:"AccessControlPolicy"`
	Owner   *ownerEntry
	Grants  []grant `xml:"AccessControlList>Grant"`
}

type objectEntry struct {
	Key      string
	Modified string `xml:"LastModified"`
	ETag     string
	Size     int64
	Class    string `xml:"StorageClass"`
	Owner    *ownerEntry
}

type prefixEntry struct{ Prefix string }

type listResult struct {
	XMLName    xml.Name `xml:"http://s3.amazonaws.com/doc/2006-03-01/ ListBucketResult"`
	Name       string
	Prefix     string
	Marker     string `xml:",omitempty"`
	NextMarker string `xml:",omitempty"`
	Token      string `xml:"ContinuationToken,omitempty"`
	NextToken  string `xml:"NextContinuationToken,omitempty"`
	StartAfter string `xml:",omitempty"`
	KeyCount   int    `xml:",omitempty"`
	MaxKeys    int
	Delimiter  string        `xml:",omitempty"`
	Encoding   string        `xml:"EncodingType,omitempty"`
	Truncated  bool          `xml:"IsTruncated"`
	Contents   []objectEntry `xml:"Contents"`
	Prefixes   []prefixEntry `xml:"CommonPrefixes"`
}

type versionEntry struct {
	Key      string
	ID       string `xml:"VersionId"`
	Latest   bool   `xml:"IsLatest"`
	Modified string `xml:"LastModified"`
	ETag     string `xml:",omitempty"`
	Size     *int64 `xml:",omitempty"`
	Class    string `xml:"StorageClass,omitempty"`
	Owner    *ownerEntry
}

type listVersionsResult struct {
	XMLName       xml.Name `xml:"http://s3.amazonaws.com/doc/2006-03-01/ ListVersionsResult"`
	Name          string
	Prefix        string
	KeyMarker     string
	IDMarker      string `xml:"VersionIdMarker"`
	NextKeyMarker string `xml:",omitempty"`
	NextIDMarker  string `xml:"NextVersionIdMarker,omitempty"`
	MaxKeys       int
	Delimiter     string         `xml:",omitempty"`
	Encoding      string         `xml:"EncodingType,omitempty"`
	Truncated     bool           `xml:"IsTruncated"`
	Versions      []versionEntry `xml:"Version"`
	Markers       []versionEntry `xml:"DeleteMarker"`
	Prefixes      []prefixEntry  `xml:"CommonPrefixes"`
}

type deleteRequest struct {
	Quiet   bool
	Objects []struct {
		Key       string
		VersionID string `xml:"VersionId"`
	} `xml:"Object"`
}

type deletedEntry struct {
	Key          string
	VersionID    string `xml:"VersionId,omitempty"`
	DeleteMarker bool   `xml:",omitempty"`
	MarkerID     string `xml:"DeleteMarkerVersionId,omitempty"`
}

type deleteResult struct {
	XMLName xml.Name       `xml:"http://s3.amazonaws.com/doc/2006-03-01/ DeleteResult"`
	Deleted []deletedEntry `xml:"Deleted"`
	Errors  []deleteError  `xml:"Error"`
}

type deleteError struct {
	Key       string
	VersionID string `xml:"VersionId,omitempty"`
	Code      string
	Message   string
}

type copyResult struct {
	XMLName  xml.Name
	ETag     string
	Modified string `xml:"LastModified"`
}

type initiateResult struct {
	XMLName  xml.Name `xml:"http://s3.amazonaws.com/doc/2006-03-01/ InitiateMultipartUploadResult"`
	Bucket   string
	Key      string
	UploadID string `xml:"UploadId"`
}

type completeRequest struct {
	Parts []struct {
		Number int `xml:"PartNumber"`
		ETag   string
	} `xml:"Part"`
}

type completeResult struct {
	XMLName  xml.Name `xml:"http://s3.amazonaws.com/doc/2006-03-01/ CompleteMultipartUploadResult"`
	Location string
	Bucket   string
	Key      string
	ETag     string
}

type partEntry struct {
	Number   int    `xml:"PartNumber"`
	Modified string `xml:"LastModified"`
	ETag     string
	Size     int64
}

type listPartsResult struct {
	XMLName    xml.Name `xml:"http://s3.amazonaws.com/doc/2006-03-01/ ListPartsResult"`
	Bucket     string
	Key        string
	UploadID   string `xml:"UploadId"`
	Marker     int    `xml:"PartNumberMarker"`
	NextMarker int    `xml:"NextPartNumberMarker,omitempty"`
	MaxParts   int
	Truncated  bool        `xml:"IsTruncated"`
	Parts      []partEntry `xml:"Part"`
}

type uploadEntry struct {
	Key       string
	UploadID  string `xml:"UploadId"`
	Initiated string
}

type listUploadsResult struct {
	XMLName    xml.Name `xml:"http://s3.amazonaws.com/doc/2006-03-01/ ListMultipartUploadsResult"`
	Bucket     string
	Prefix     string
	MaxUploads int
	Truncated  bool          `xml:"IsTruncated"`
	Uploads    []uploadEntry `xml:"Upload"`
}

package spaces

import (
	"encoding/xml"
	"net/http"
	"regexp"
	"strings"
)

func (s *Server) listBuckets(r *request) error {
	buckets, err := s.Store.Buckets()
	if err != nil {
		return err
	}
	out := listAllMyBuckets{Owner: theOwner()}
	for _, b := range buckets {
		out.Buckets = append(out.Buckets, bucketEntry{b.Name, timestamp(b.Created)})
	}
	return r.xml(out)
}

func (s *Server) createBucket(r *request) error {
	if !regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$`).MatchString(r.bucket) {
		return refuse(http.StatusBadRequest, "InvalidBucketName", "The bucket name %q is not valid.", r.bucket)
	}
	acl, err := cannedACL(r)
	if err != nil {
		return err
	}
	r.w.Header().Set("Location", "/"+r.bucket)
	b := Bucket{Name: r.bucket, Region: r.region, ACL: acl}
	exists := "BucketAlreadyExists"
	if s.AWS {
		exists = "BucketAlreadyOwnedByYou"
		if err := s.awsSettings(r, &b); err != nil {
			return err
		}
	}
	if _, err := s.Store.Bucket(r.bucket); err == nil {
		return refuse(http.StatusConflict, exists, "The bucket %q exists.", r.bucket)
	}
	if err := s.Store.CreateBucket(b); err != nil {
		return err
	}
	return r.empty(http.StatusOK)
}

func (s *Server) headBucket(r *request) error {
	b, err := s.Store.Bucket(r.bucket)
	if err != nil {
		return err
	}
	r.w.Header().Set("X-Amz-Bucket-Region", b.Region)
	return r.empty(http.StatusOK)
}

func (s *Server) deleteBucket(r *request) error {
	if err := s.Store.DeleteBucket(r.bucket); err != nil {
		return err
	}
	return r.empty(http.StatusNoContent)
}

func (s *Server) bucketLocation(r *request) error {
	b, err := s.Store.Bucket(r.bucket)
	if err != nil {
		return err
	}
	if s.AWS && b.Region == usEast1 {
		b.Region = "" // its name there, from when it was the only one
	}
	return r.xml(locationConstraint{Region: b.Region})
}

func (s *Server) bucketACL(r *request) error {
	b, err := s.Store.Bucket(r.bucket)
	if err != nil {
		return err
	}
	return r.xml(renderACL(b.ACL))
}

func (s *Server) putBucketACL(r *request) error {
	acl, err := cannedACL(r)
	if err != nil {
		return err
	}
	if err := s.Store.ChangeBucket(r.bucket, func(b *Bucket) { b.ACL = acl }); err != nil {
		return err
	}
	return r.empty(http.StatusOK)
}

// cannedACL takes the two that Spaces has. An ACL that comes as a document is
// private unless it grants to everyone.
func cannedACL(r *request) (string, error) {
	switch acl := r.Header.Get("X-Amz-Acl"); acl {
	case private, publicRead:
		return acl, nil
	case "":
		return private, nil
	default:
		return "", invalid("the ACL is %s or %s, not %q", private, publicRead, acl)
	}
}

func renderACL(acl string) accessControlPolicy {
	p := accessControlPolicy{Owner: theOwner()}
	p.Grants = append(p.Grants, grant{newGrantee("CanonicalUser", theOwner().ID, ""), "FULL_CONTROL"})
	if acl == publicRead {
		p.Grants = append(p.Grants, grant{newGrantee("Group", "", "http://acs.amazonaws.com/groups/global/AllUsers"), "READ"})
	}
	return p
}

func (s *Server) versioning(r *request) error {
	b, err := s.Store.Bucket(r.bucket)
	if err != nil {
		return err
	}
	return r.xml(versioningConfiguration{Status: b.Versioning})
}

func (s *Server) putVersioning(r *request) error {
	var in versioningConfiguration
	if err := xml.NewDecoder(payload(r.Request)).Decode(&in); err != nil {
		return malformedXML(err)
	}
	if in.Status != enabled && in.Status != suspended {
		return invalid("versioning is %s or %s, not %q", enabled, suspended, in.Status)
	}
	if b, err := s.Store.Bucket(r.bucket); err == nil && b.ObjectLock && in.Status != enabled {
		return refuse(http.StatusConflict, "InvalidBucketState", "An Object Lock configuration is present on this bucket, so the versioning state cannot be changed.")
	}
	if err := s.Store.ChangeBucket(r.bucket, func(b *Bucket) { b.Versioning = in.Status }); err != nil {
		return err
	}
	return r.empty(http.StatusOK)
}

func malformedXML(err error) error {
	return refuse(http.StatusBadRequest, "MalformedXML", "%s", strings.TrimSpace(err.Error()))
}

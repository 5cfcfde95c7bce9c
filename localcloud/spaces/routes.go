package spaces

import (
	"maps"
	"net/http"
	"strings"
)

// route finds the operation by method and sub-resource, as S3 does.
func (s *Server) route(r *request) (operation, error) {
	table, ofAWS := objectOperations(), awsObjectOperations()
	switch {
	case r.bucket == "":
		table = map[string]operation{"GET": {need{admin, "ListAllMyBuckets"}, (*Server).listBuckets, nil}}
		ofAWS = nil
	case r.key == "":
		table, ofAWS = bucketOperations(), awsBucketOperations()
	}
	if s.AWS {
		maps.Copy(table, ofAWS)
	}
	name := r.Method
	if sub := subresource(r); sub != "" {
		name += " " + sub
	}
	op, ok := table[name]
	if !ok {
		return op, s.notImplemented(r.Request)
	}
	if r.URL.Query().Has("versionId") {
		op.need = op.need.ofVersion()
	}
	return op, nil
}

// subresource is the part of the query that names an operation.
func subresource(r *request) string {
	q := r.URL.Query()
	for _, name := range []string{
		"acl", "cors", "delete", "encryption", "lifecycle", "location", "logging", "notification", "object-lock",
		"ownershipControls", "policy", "policyStatus", "publicAccessBlock", "replication", "requestPayment", "restore",
		"select", "tagging", "torrent", "uploads", "uploadId", "versioning", "versions", "website", "accelerate",
		"legal-hold", "retention", "attributes", "inventory", "metrics", "analytics",
	} {
		if q.Has(name) {
			return name
		}
	}
	if r.Method == http.MethodPut && strings.TrimSpace(r.Header.Get("X-Amz-Copy-Source")) != "" {
		return "copy"
	}
	return ""
}

func bucketOperations() map[string]operation {
	return map[string]operation{
		"PUT":              {need{admin, "CreateBucket"}, (*Server).createBucket, nil},
		"HEAD":             {need{read, "ListBucket"}, (*Server).headBucket, nil},
		"DELETE":           {need{admin, "DeleteBucket"}, (*Server).deleteBucket, nil},
		"GET":              {need{read, "ListBucket"}, (*Server).listObjects, publicList},
		"GET versions":     {need{read, "ListBucketVersions"}, (*Server).listVersions, nil},
		"GET uploads":      {need{read, "ListBucketMultipartUploads"}, (*Server).listUploads, nil},
		"POST delete":      {need{write, ""}, (*Server).deleteObjects, nil},
		"GET location":     {need{read, "GetBucketLocation"}, (*Server).bucketLocation, nil},
		"GET acl":          {need{admin, "GetBucketAcl"}, (*Server).bucketACL, nil},
		"PUT acl":          {need{admin, "PutBucketAcl"}, (*Server).putBucketACL, nil},
		"GET versioning":   {need{read, "GetBucketVersioning"}, (*Server).versioning, nil},
		"PUT versioning":   {need{admin, "PutBucketVersioning"}, (*Server).putVersioning, nil},
		"GET lifecycle":    {need{admin, "GetLifecycleConfiguration"}, getDocument(lifecycle), nil},
		"PUT lifecycle":    {need{admin, "PutLifecycleConfiguration"}, putDocument(lifecycle), nil},
		"DELETE lifecycle": {need{admin, "PutLifecycleConfiguration"}, deleteDocument(lifecycle), nil},
		"GET cors":         {need{admin, "GetBucketCORS"}, getDocument(cors), nil},
		"PUT cors":         {need{admin, "PutBucketCORS"}, putDocument(cors), nil},
		"DELETE cors":      {need{admin, "PutBucketCORS"}, deleteDocument(cors), nil},
		"GET policy":       {need{admin, "GetBucketPolicy"}, getDocument(policy), nil},
		"PUT policy":       {need{admin, "PutBucketPolicy"}, putDocument(policy), nil},
		"DELETE policy":    {need{admin, "DeleteBucketPolicy"}, deleteDocument(policy), nil},
	}
}

func objectOperations() map[string]operation {
	return map[string]operation{
		"PUT":             {need{write, "PutObject"}, (*Server).putObject, nil},
		"PUT copy":        {need{write, "PutObject"}, (*Server).copyObject, nil},
		"GET":             {need{read, "GetObject"}, (*Server).getObject, publicObject},
		"HEAD":            {need{read, "GetObject"}, (*Server).getObject, publicObject},
		"DELETE":          {need{write, "DeleteObject"}, (*Server).deleteObject, nil},
		"GET acl":         {need{read, "GetObjectAcl"}, (*Server).objectACL, nil},
		"PUT acl":         {need{write, "PutObjectAcl"}, (*Server).putObjectACL, nil},
		"POST uploads":    {need{write, "PutObject"}, (*Server).createUpload, nil},
		"PUT uploadId":    {need{write, "PutObject"}, (*Server).uploadPart, nil},
		"GET uploadId":    {need{write, "ListMultipartUploadParts"}, (*Server).listParts, nil},
		"POST uploadId":   {need{write, "PutObject"}, (*Server).completeUpload, nil},
		"DELETE uploadId": {need{write, "AbortMultipartUpload"}, (*Server).abortUpload, nil},
	}
}

func publicList(s *Server, r *request) bool {
	b, err := s.Store.Bucket(r.bucket)
	return err == nil && b.ACL == publicRead
}

func publicObject(s *Server, r *request) bool {
	v, err := s.Store.Find(r.bucket, r.key, r.URL.Query().Get("versionId"))
	return err == nil && v.ACL == publicRead
}

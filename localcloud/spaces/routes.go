package spaces

import (
	"net/http"
	"strings"
)

// route finds the operation by method and sub-resource, as S3 does.
func route(r *request) (operation, error) {
	table := objectOperations()
	switch {
	case r.bucket == "":
		table = map[string]operation{"GET": {admin, (*Server).listBuckets, nil}}
	case r.key == "":
		table = bucketOperations()
	}
	name := r.Method
	if sub := subresource(r); sub != "" {
		name += " " + sub
	}
	op, ok := table[name]
	if !ok {
		return op, notImplemented(r.Request)
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
		"PUT":              {admin, (*Server).createBucket, nil},
		"HEAD":             {read, (*Server).headBucket, nil},
		"DELETE":           {admin, (*Server).deleteBucket, nil},
		"GET":              {read, (*Server).listObjects, publicList},
		"GET versions":     {read, (*Server).listVersions, nil},
		"GET uploads":      {read, (*Server).listUploads, nil},
		"POST delete":      {write, (*Server).deleteObjects, nil},
		"GET location":     {read, (*Server).bucketLocation, nil},
		"GET acl":          {admin, (*Server).bucketACL, nil},
		"PUT acl":          {admin, (*Server).putBucketACL, nil},
		"GET versioning":   {read, (*Server).versioning, nil},
		"PUT versioning":   {admin, (*Server).putVersioning, nil},
		"GET lifecycle":    {admin, getDocument(lifecycle), nil},
		"PUT lifecycle":    {admin, putDocument(lifecycle), nil},
		"DELETE lifecycle": {admin, deleteDocument(lifecycle), nil},
		"GET cors":         {admin, getDocument(cors), nil},
		"PUT cors":         {admin, putDocument(cors), nil},
		"DELETE cors":      {admin, deleteDocument(cors), nil},
		"GET policy":       {admin, getDocument(policy), nil},
		"PUT policy":       {admin, putDocument(policy), nil},
		"DELETE policy":    {admin, deleteDocument(policy), nil},
	}
}

func objectOperations() map[string]operation {
	return map[string]operation{
		"PUT":             {write, (*Server).putObject, nil},
		"PUT copy":        {write, (*Server).copyObject, nil},
		"GET":             {read, (*Server).getObject, publicObject},
		"HEAD":            {read, (*Server).getObject, publicObject},
		"DELETE":          {write, (*Server).deleteObject, nil},
		"GET acl":         {read, (*Server).objectACL, nil},
		"PUT acl":         {write, (*Server).putObjectACL, nil},
		"POST uploads":    {write, (*Server).createUpload, nil},
		"PUT uploadId":    {write, (*Server).uploadPart, nil},
		"GET uploadId":    {write, (*Server).listParts, nil},
		"POST uploadId":   {write, (*Server).completeUpload, nil},
		"DELETE uploadId": {write, (*Server).abortUpload, nil},
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

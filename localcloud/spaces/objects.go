package spaces

import (
	"encoding/xml"
	"net/http"
	"net/url"
	"os"
	"strings"
	"unicode/utf8"
)

const (
	maxKey    = 1024 // bytes
	maxDelete = 1000 // objects in one request
)

// checkKey refuses keys that the index could not find again.
func checkKey(key string) error {
	if len(key) > maxKey {
		return refuse(http.StatusBadRequest, "KeyTooLongError", "A key has at most %d bytes.", maxKey)
	}
	if strings.ContainsRune(key, 0) || !utf8.ValidString(key) {
		return refuse(http.StatusBadRequest, "InvalidURI", "A key is UTF-8 without a zero byte.")
	}
	return nil
}

// kept are the headers an object is stored and served with.
func kept(h http.Header) map[string]string {
	out := map[string]string{}
	for name, values := range h {
		switch name {
		case "Content-Type", "Cache-Control", "Content-Disposition", "Content-Language", "Expires":
			out[name] = values[0]
		case "Content-Encoding": // aws-chunked is of the transfer, not of the object
			encodings := strings.Split(values[0], ",")
			left := []string{}
			for _, e := range encodings {
				if e = strings.TrimSpace(e); e != "aws-chunked" && e != "" {
					left = append(left, e)
				}
			}
			if len(left) > 0 {
				out[name] = strings.Join(left, ",")
			}
		default:
			if strings.HasPrefix(name, "X-Amz-Meta-") {
				out[name] = values[0]
			}
		}
	}
	return out
}

func (s *Server) putObject(r *request) error {
	acl, err := cannedACL(r)
	if err != nil {
		return err
	}
	settings, err := s.Store.Bucket(r.bucket)
	if err != nil {
		return err // before the data is taken
	}
	asked, err := s.retention(r, settings)
	if err != nil {
		return err
	}
	b, err := s.Store.writeBlob(payload(r.Request))
	if err != nil {
		return err
	}
	v, err := s.Store.put(r.bucket, Version{Key: r.key, ACL: acl, Headers: kept(r.Header), Retention: asked}, b, r.Header.Get("If-None-Match") == "*")
	if err != nil {
		return err
	}
	r.describe(v)
	return r.empty(http.StatusOK)
}

// describe sets the headers that name a version.
func (r *request) describe(v Version) {
	if v.ETag != "" {
		r.w.Header().Set("ETag", quoted(v.ETag))
	}
	if v.ID != nullVersion && v.ID != "" {
		r.w.Header().Set("X-Amz-Version-Id", v.ID)
	}
	if v.DeleteMarker {
		r.w.Header().Set("X-Amz-Delete-Marker", "true")
	}
}

func (s *Server) getObject(r *request) error {
	v, f, err := s.Store.open(r.bucket, r.key, r.URL.Query().Get("versionId"))
	if err != nil {
		return err
	}
	r.describe(v)
	if v.DeleteMarker {
		if r.URL.Query().Has("versionId") {
			return refuse(http.StatusMethodNotAllowed, "MethodNotAllowed", "The version is a delete marker.")
		}
		return noSuchKey(r.key)
	}
	defer func() { _ = f.Close() }() // only read
	h := r.w.Header()
	if v.Retention != nil {
		h.Set("X-Amz-Object-Lock-Mode", v.Retention.Mode)
		h.Set("X-Amz-Object-Lock-Retain-Until-Date", timestamp(v.Retention.Until))
	}
	h.Set("Content-Type", "binary/octet-stream")
	for name, value := range v.Headers {
		h.Set(name, value)
	}
	for name, values := range r.URL.Query() { // what a presigned link asks to be served as
		if header, ok := strings.CutPrefix(name, "response-"); ok {
			h.Set(header, values[0])
		}
	}
	http.ServeContent(r.w, r.Request, "", v.Modified, f) // ranges and conditions
	return nil
}

func (s *Server) deleteObject(r *request) error {
	results, err := s.Store.Delete(r.bucket, []target{{r.key, r.URL.Query().Get("versionId"), r.bypass(r.key)}})
	if err != nil {
		return err
	}
	if results[0].Locked {
		return errLocked()
	}
	r.describe(Version{ID: results[0].ID, DeleteMarker: results[0].DeleteMarker})
	return r.empty(http.StatusNoContent)
}

func (s *Server) deleteObjects(r *request) error {
	var in deleteRequest
	if err := xml.NewDecoder(payload(r.Request)).Decode(&in); err != nil {
		return malformedXML(err)
	}
	if len(in.Objects) > maxDelete {
		return malformedXML(invalid("at most %d objects in one request", maxDelete))
	}
	targets, out := []target{}, deleteResult{}
	for _, o := range in.Objects {
		if err := checkKey(o.Key); err != nil {
			return err
		}
		if o.Key == "" {
			return malformedXML(invalid("an object without a key"))
		}
		asked := need{write, "DeleteObject"}
		if o.VersionID != "" {
			asked = asked.ofVersion()
		}
		if err := r.caller.allow(asked, r.bucket, o.Key); err != nil {
			out.Errors = append(out.Errors, deleteError{o.Key, o.VersionID, "AccessDenied", err.Error()})
			continue
		}
		targets = append(targets, target{o.Key, o.VersionID, r.bypass(o.Key)})
	}
	results, err := s.Store.Delete(r.bucket, targets)
	if err != nil {
		return err
	}
	for i, v := range results {
		if v.Locked {
			out.Errors = append(out.Errors, deleteError{targets[i].Key, targets[i].ID, "AccessDenied", errLocked().Error()})
			continue
		}
		if in.Quiet {
			continue
		}
		d := deletedEntry{Key: targets[i].Key, VersionID: targets[i].ID, DeleteMarker: v.DeleteMarker}
		if v.DeleteMarker {
			d.MarkerID = v.ID
		}
		out.Deleted = append(out.Deleted, d)
	}
	return r.xml(out)
}

func (s *Server) copyObject(r *request) error {
	v, f, err := s.copySource(r)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }() // only read
	b, err := s.Store.writeBlob(f)
	if err != nil {
		return err
	}
	copied := Version{Key: r.key, Headers: v.Headers, ACL: private}
	if r.Header.Get("X-Amz-Metadata-Directive") == "REPLACE" {
		copied.Headers = kept(r.Header)
	}
	if copied, err = s.Store.put(r.bucket, copied, b, false); err != nil {
		return err
	}
	r.describe(Version{ID: copied.ID})
	return r.xml(copyResult{XMLName: xml.Name{Local: "CopyObjectResult"}, ETag: quoted(copied.ETag), Modified: timestamp(copied.Modified)})
}

// copySource opens what a copy copies, if the caller may read it.
func (s *Server) copySource(r *request) (Version, *os.File, error) {
	source, query, _ := strings.Cut(r.Header.Get("X-Amz-Copy-Source"), "?")
	path, err := url.PathUnescape(strings.TrimPrefix(source, "/"))
	if err != nil {
		return Version{}, nil, invalid("x-amz-copy-source: %v", err)
	}
	bucket, key, _ := strings.Cut(path, "/")
	asked, id := need{read, "GetObject"}, strings.TrimPrefix(query, "versionId=")
	if id != "" {
		asked = asked.ofVersion()
	}
	if err := r.caller.allow(asked, bucket, key); err != nil {
		return Version{}, nil, err
	}
	v, f, err := s.Store.open(bucket, key, id)
	if err == nil && v.DeleteMarker {
		err = noSuchKey(key)
	}
	return v, f, err
}

func (s *Server) objectACL(r *request) error {
	v, err := s.Store.Find(r.bucket, r.key, r.URL.Query().Get("versionId"))
	if err != nil {
		return err
	}
	return r.xml(renderACL(v.ACL))
}

func (s *Server) putObjectACL(r *request) error {
	acl, err := cannedACL(r)
	if err != nil {
		return err
	}
	if err := s.Store.setACL(r.bucket, r.key, r.URL.Query().Get("versionId"), acl); err != nil {
		return err
	}
	return r.empty(http.StatusOK)
}

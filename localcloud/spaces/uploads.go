package spaces

import (
	"encoding/xml"
	"io"
	"net/http"
	"strconv"
	"strings"
)

const maxParts = 10000

func (s *Server) createUpload(r *request) error {
	acl, err := cannedACL(r)
	if err != nil {
		return err
	}
	asked, err := s.askedRetention(r)
	if err != nil {
		return err
	}
	u, err := s.Store.createUpload(upload{Bucket: r.bucket, Key: r.key, ACL: acl, Headers: kept(r.Header), Retention: asked})
	if err != nil {
		return err
	}
	return r.xml(initiateResult{Bucket: r.bucket, Key: r.key, UploadID: u.ID})
}

func (r *request) uploadID() string { return r.URL.Query().Get("uploadId") }

func (s *Server) uploadPart(r *request) error {
	number, err := strconv.Atoi(r.URL.Query().Get("partNumber"))
	if err != nil || number < 1 || number > maxParts {
		return invalid("partNumber is from 1 to %d", maxParts)
	}
	if _, _, err := s.Store.uploadParts(r.bucket, r.key, r.uploadID()); err != nil {
		return err // before the data is taken
	}
	settings, err := s.Store.Bucket(r.bucket)
	if err != nil {
		return err
	}
	if r.Header.Get("X-Amz-Copy-Source") == "" {
		if err := r.needsDigest(settings, nil); err != nil {
			return err
		}
	}
	source, err := s.partSource(r)
	if err != nil {
		return err
	}
	defer func() { _ = source.Close() }() // only read
	b, err := s.Store.writeBlob(source)
	if err != nil {
		return err
	}
	if err := s.Store.putPart(r.bucket, r.key, r.uploadID(), number, b); err != nil {
		return err
	}
	if r.Header.Get("X-Amz-Copy-Source") != "" {
		return r.xml(copyResult{XMLName: xml.Name{Local: "CopyPartResult"}, ETag: quoted(b.etag), Modified: timestamp(s.Now())})
	}
	r.w.Header().Set("ETag", quoted(b.etag))
	return r.empty(http.StatusOK)
}

// partSource is the body, or a range of the object the part is copied from.
func (s *Server) partSource(r *request) (io.ReadCloser, error) {
	if r.Header.Get("X-Amz-Copy-Source") == "" {
		return io.NopCloser(payload(r.Request)), nil
	}
	v, f, err := s.copySource(r)
	if err != nil {
		return nil, err
	}
	text := strings.TrimPrefix(r.Header.Get("X-Amz-Copy-Source-Range"), "bytes=")
	if text == "" {
		return f, nil
	}
	first, last, _ := strings.Cut(text, "-")
	from, err1 := strconv.ParseInt(first, 10, 64)
	to, err2 := strconv.ParseInt(last, 10, 64)
	if err1 != nil || err2 != nil || from > to || to >= v.Size {
		_ = f.Close() // only read
		return nil, refuse(http.StatusRequestedRangeNotSatisfiable, "InvalidRange", "The range %q is not in the object.", text)
	}
	return struct {
		io.Reader
		io.Closer
	}{io.NewSectionReader(f, from, to-from+1), f}, nil
}

func (s *Server) listParts(r *request) error {
	_, parts, err := s.Store.uploadParts(r.bucket, r.key, r.uploadID())
	if err != nil {
		return err
	}
	after, _ := strconv.Atoi(r.URL.Query().Get("part-number-marker")) // absent is 0
	limit := 1000
	if n, err := strconv.Atoi(r.URL.Query().Get("max-parts")); err == nil && n > 0 && n < limit {
		limit = n
	}
	out := listPartsResult{Bucket: r.bucket, Key: r.key, UploadID: r.uploadID(), MaxParts: limit, Marker: after}
	for _, p := range parts {
		if p.Number <= after {
			continue
		}
		if len(out.Parts) == limit {
			out.Truncated = true
			break
		}
		out.NextMarker = p.Number
		out.Parts = append(out.Parts, partEntry{Number: p.Number, ETag: quoted(p.ETag), Size: p.Size, Modified: timestamp(p.Modified)})
	}
	return r.xml(out)
}

func (s *Server) completeUpload(r *request) error {
	var in completeRequest
	if err := xml.NewDecoder(payload(r.Request)).Decode(&in); err != nil {
		return malformedXML(err)
	}
	if len(in.Parts) == 0 {
		return malformedXML(invalid("no parts are named"))
	}
	chosen := []part{}
	for _, p := range in.Parts {
		chosen = append(chosen, part{Number: p.Number, ETag: p.ETag})
	}
	v, err := s.Store.completeUpload(r.bucket, r.key, r.uploadID(), chosen)
	if err != nil {
		return err
	}
	r.describe(Version{ID: v.ID})
	return r.xml(completeResult{Bucket: r.bucket, Key: r.key, ETag: quoted(v.ETag), Location: "/" + r.bucket + "/" + r.key})
}

func (s *Server) abortUpload(r *request) error {
	if err := s.Store.abortUpload(r.bucket, r.key, r.uploadID()); err != nil {
		return err
	}
	return r.empty(http.StatusNoContent)
}

func (s *Server) listUploads(r *request) error {
	if _, err := s.Store.Bucket(r.bucket); err != nil {
		return err
	}
	prefix := r.URL.Query().Get("prefix")
	uploads, err := s.Store.uploads(r.bucket, prefix)
	if err != nil {
		return err
	}
	out := listUploadsResult{Bucket: r.bucket, Prefix: prefix, MaxUploads: len(uploads)}
	for _, u := range uploads {
		out.Uploads = append(out.Uploads, uploadEntry{Key: u.Key, UploadID: u.ID, Initiated: timestamp(u.Initiated)})
	}
	return r.xml(out)
}

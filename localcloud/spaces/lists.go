package spaces

import (
	"encoding/base64"
	"net/url"
	"strconv"
)

// listObjects serves both versions of the list: 2 continues by an opaque
// token, 1 by the last name.
func (s *Server) listObjects(r *request) error {
	q := r.URL.Query()
	asked, err := listQuery(q)
	if err != nil {
		return err
	}
	v2 := q.Get("list-type") == "2"
	asked.After = q.Get("marker")
	if v2 {
		asked.After = q.Get("start-after")
		if token := q.Get("continuation-token"); token != "" {
			last, err := base64.RawURLEncoding.DecodeString(token)
			if err != nil {
				return invalid("the continuation token is not one of this server")
			}
			asked.After = string(last)
		}
	}
	found, err := s.Store.List(r.bucket, asked)
	if err != nil {
		return err
	}
	enc := encoder(q)
	out := listResult{
		Name: r.bucket, Prefix: enc(asked.Prefix), Delimiter: enc(asked.Delimiter), MaxKeys: asked.Max,
		Truncated: found.Truncated, Encoding: q.Get("encoding-type"),
	}
	for _, v := range found.Versions {
		out.Contents = append(out.Contents, objectEntry{
			Key: enc(v.Key), Modified: timestamp(v.Modified), ETag: quoted(v.ETag), Size: v.Size, Class: "STANDARD", Owner: owner(q),
		})
	}
	out.Prefixes = prefixes(found.Prefixes, enc)
	if v2 {
		out.KeyCount, out.Token, out.StartAfter = len(found.Versions)+len(found.Prefixes), q.Get("continuation-token"), enc(q.Get("start-after"))
		if found.Truncated {
			out.NextToken = base64.RawURLEncoding.EncodeToString([]byte(found.Next))
		}
	} else {
		out.Marker = enc(asked.After)
		if found.Truncated {
			out.NextMarker = enc(found.Next)
		}
	}
	return r.xml(out)
}

func (s *Server) listVersions(r *request) error {
	q := r.URL.Query()
	asked, err := listQuery(q)
	if err != nil {
		return err
	}
	asked.Versions, asked.After = true, q.Get("key-marker")
	if text := q.Get("version-id-marker"); text != "" {
		if asked.AfterSeq, err = strconv.ParseUint(text, 16, 64); err != nil {
			return invalid("the version-id-marker %q is not one of this server", text)
		}
	}
	found, err := s.Store.List(r.bucket, asked)
	if err != nil {
		return err
	}
	enc := encoder(q)
	out := listVersionsResult{
		Name: r.bucket, Prefix: enc(asked.Prefix), Delimiter: enc(asked.Delimiter), MaxKeys: asked.Max, Truncated: found.Truncated,
		Encoding: q.Get("encoding-type"), KeyMarker: enc(asked.After), IDMarker: q.Get("version-id-marker"),
	}
	if found.Truncated {
		out.NextKeyMarker = enc(found.Next)
		if found.NextSeq > 0 {
			out.NextIDMarker = strconv.FormatUint(found.NextSeq, 16)
		}
	}
	for _, v := range found.Versions {
		e := versionEntry{Key: enc(v.Key), ID: v.ID, Latest: v.Latest, Modified: timestamp(v.Modified), Owner: theOwner()}
		if v.DeleteMarker {
			out.Markers = append(out.Markers, e)
			continue
		}
		size := v.Size
		e.ETag, e.Size, e.Class = quoted(v.ETag), &size, "STANDARD"
		out.Versions = append(out.Versions, e)
	}
	out.Prefixes = prefixes(found.Prefixes, enc)
	return r.xml(out)
}

func listQuery(q url.Values) (query, error) {
	asked := query{Prefix: q.Get("prefix"), Delimiter: q.Get("delimiter"), Max: 1000}
	if text := q.Get("max-keys"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 0 {
			return asked, invalid("max-keys must be a number, not %q", text)
		}
		asked.Max = min(n, asked.Max)
	}
	return asked, nil
}

// encoder writes keys as the client asked: as they are, or URL-encoded.
func encoder(q url.Values) func(string) string {
	if q.Get("encoding-type") == "url" {
		return func(s string) string { return escape(s, true) }
	}
	return func(s string) string { return s }
}

func prefixes(list []string, enc func(string) string) (out []prefixEntry) {
	for _, p := range list {
		out = append(out, prefixEntry{enc(p)})
	}
	return out
}

func owner(q url.Values) *ownerEntry {
	if q.Get("list-type") == "2" && q.Get("fetch-owner") != "true" {
		return nil
	}
	return theOwner()
}

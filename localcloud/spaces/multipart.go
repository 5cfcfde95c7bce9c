package spaces

import (
	"bytes"
	"crypto/md5"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"

	bolt "go.etcd.io/bbolt"
)

func partKey(id string, number int) []byte { return fmt.Appendf(nil, "%s/%05d", id, number) }

func (s *Store) createUpload(u upload) (upload, error) {
	u.ID, u.Initiated = rand.Text(), s.now().UTC()
	return u, s.db.Batch(func(tx *bolt.Tx) error {
		if _, err := bucketIn(tx, u.Bucket); err != nil {
			return err
		}
		return put(tx.Bucket([]byte(indexUploads)), []byte(u.ID), u)
	})
}

func uploadIn(tx *bolt.Tx, bucket, key, id string) (u upload, err error) {
	value := tx.Bucket([]byte(indexUploads)).Get([]byte(id))
	if value == nil {
		return u, noSuchUpload(id)
	}
	if err := json.Unmarshal(value, &u); err != nil {
		return u, err
	}
	if u.Bucket != bucket || u.Key != key {
		return u, noSuchUpload(id)
	}
	return u, nil
}

func (s *Store) putPart(bucket, key, id string, number int, b blob) error {
	var dropped string
	err := s.db.Batch(func(tx *bolt.Tx) error {
		if _, err := uploadIn(tx, bucket, key, id); err != nil {
			return err
		}
		parts, k := tx.Bucket([]byte(indexParts)), partKey(id, number)
		dropped = ""
		if value := parts.Get(k); value != nil { // the part comes again
			var old part
			if err := json.Unmarshal(value, &old); err != nil {
				return err
			}
			dropped = old.Blob
		}
		return put(parts, k, part{Number: number, Blob: b.name, Size: b.size, ETag: b.etag, Modified: s.now().UTC()})
	})
	if err != nil {
		dropped = b.name
	}
	s.dropBlobs(dropped)
	return err
}

// uploadParts reads an upload and its parts in order.
func (s *Store) uploadParts(bucket, key, id string) (u upload, parts []part, err error) {
	err = s.db.View(func(tx *bolt.Tx) error {
		if u, err = uploadIn(tx, bucket, key, id); err != nil {
			return err
		}
		parts, err = partsIn(tx, id)
		return err
	})
	return u, parts, err
}

func partsIn(tx *bolt.Tx, id string) (parts []part, err error) {
	prefix := []byte(id + "/")
	c := tx.Bucket([]byte(indexParts)).Cursor()
	for k, value := c.Seek(prefix); k != nil && bytes.HasPrefix(k, prefix); k, value = c.Next() {
		var p part
		if err := json.Unmarshal(value, &p); err != nil {
			return nil, err
		}
		parts = append(parts, p)
	}
	return parts, nil
}

// completeUpload joins the chosen parts to an object and forgets the upload.
func (s *Store) completeUpload(bucket, key, id string, chosen []part) (Version, error) {
	u, have, err := s.uploadParts(bucket, key, id)
	if err != nil {
		return Version{}, err
	}
	byNumber := map[int]part{}
	for _, p := range have {
		byNumber[p.Number] = p
	}
	readers, sum := []io.Reader{}, md5.New()
	for i, want := range chosen {
		p, ok := byNumber[want.Number]
		if !ok || strings.Trim(want.ETag, `"`) != p.ETag {
			return Version{}, refuse(http.StatusBadRequest, "InvalidPart", "Part %d was not uploaded, or with another ETag.", want.Number)
		}
		if i > 0 && chosen[i-1].Number >= want.Number {
			return Version{}, refuse(http.StatusBadRequest, "InvalidPartOrder", "The parts are not in order.")
		}
		f, err := os.Open(s.blobPath(p.Blob))
		if err != nil {
			return Version{}, err
		}
		defer func() { _ = f.Close() }() // only read
		readers = append(readers, f)
		digest, err := hex.DecodeString(p.ETag)
		if err != nil {
			return Version{}, err
		}
		sum.Write(digest)
	}
	b, err := s.writeBlob(io.MultiReader(readers...))
	if err != nil {
		return Version{}, err
	}
	v := Version{Key: key, Headers: u.Headers, ACL: u.ACL, Retention: u.Retention, ETag: fmt.Sprintf("%x-%d", sum.Sum(nil), len(chosen))}
	if v, err = s.put(bucket, v, b, false); err != nil {
		return v, err
	}
	return v, s.abortUpload(bucket, key, id)
}

// abortUpload forgets an upload and drops its parts.
func (s *Store) abortUpload(bucket, key, id string) error {
	var dropped []string
	err := s.db.Batch(func(tx *bolt.Tx) (err error) {
		if _, err := uploadIn(tx, bucket, key, id); err != nil {
			return err
		}
		dropped, err = forgetUpload(tx, id)
		return err
	})
	if err == nil {
		s.dropBlobs(dropped...)
	}
	return err
}

// forgetUpload removes an upload from the index; its parts are to be dropped.
func forgetUpload(tx *bolt.Tx, id string) (dropped []string, err error) {
	parts, err := partsIn(tx, id)
	if err != nil {
		return nil, err
	}
	for _, p := range parts {
		dropped = append(dropped, p.Blob)
		if err := tx.Bucket([]byte(indexParts)).Delete(partKey(id, p.Number)); err != nil {
			return nil, err
		}
	}
	return dropped, tx.Bucket([]byte(indexUploads)).Delete([]byte(id))
}

// uploads lists a bucket's uploads under way.
func (s *Store) uploads(bucket, prefix string) (list []upload, err error) {
	err = s.db.View(func(tx *bolt.Tx) error {
		list, err = uploadsIn(tx, bucket, prefix)
		return err
	})
	return list, err
}

func uploadsIn(tx *bolt.Tx, bucket, prefix string) (list []upload, err error) {
	err = tx.Bucket([]byte(indexUploads)).ForEach(func(_, value []byte) error {
		var u upload
		err := json.Unmarshal(value, &u)
		if u.Bucket == bucket && strings.HasPrefix(u.Key, prefix) {
			list = append(list, u)
		}
		return err
	})
	return list, err
}

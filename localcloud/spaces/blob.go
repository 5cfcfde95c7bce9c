package spaces

import (
	"crypto/md5"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/odooops/odooops/localcloud/durable"
)

// blob is data on disk that no object refers to yet.
type blob struct {
	name string
	size int64
	etag string
}

func (s *Store) blobPath(name string) string {
	return filepath.Join(s.dir, "blobs", name[:2], name)
}

// writeBlob stores data durably before anything refers to it.
func (s *Store) writeBlob(r io.Reader) (_ blob, err error) {
	b := blob{name: rand.Text()}
	f, err := os.Create(filepath.Join(s.dir, "tmp", b.name))
	if err != nil {
		return b, fmt.Errorf("store an object: %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(f.Name()))
		}
	}()
	sum := md5.New() // S3's ETag, not a protection
	b.size, err = io.Copy(io.MultiWriter(f, sum), r)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return b, err
	}
	b.etag = hex.EncodeToString(sum.Sum(nil))
	place := s.blobPath(b.name)
	switch err := os.Mkdir(filepath.Dir(place), 0o700); {
	case err == nil:
		err = durable.SyncDir(filepath.Join(s.dir, "blobs"))
		if err != nil {
			return b, err
		}
	case !errors.Is(err, fs.ErrExist):
		return b, err
	}
	return b, durable.Rename(f.Name(), place)
}

// open finds a version and opens its data; of a delete marker there is none.
// An object that keeps no versions may be replaced between the two: then the
// new one is read.
func (s *Store) open(bucket, key, id string) (v Version, f *os.File, err error) {
	for range 10 {
		if v, err = s.Find(bucket, key, id); err != nil || v.DeleteMarker {
			return v, nil, err
		}
		if f, err = os.Open(s.blobPath(v.Blob)); !errors.Is(err, fs.ErrNotExist) {
			break
		}
	}
	return v, f, err
}

// dropBlobs removes data that nothing refers to any more. A kill in between
// leaves a file that is never read.
func (s *Store) dropBlobs(names ...string) {
	for _, name := range names {
		if name != "" {
			_ = os.Remove(s.blobPath(name)) // never read again, gone or not
		}
	}
}

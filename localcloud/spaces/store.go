package spaces

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"time"

	bolt "go.etcd.io/bbolt"
)

// Store keeps buckets and objects in a directory.
type Store struct {
	dir string
	db  *bolt.DB
	now func() time.Time
}

// The top-level buckets of the index. Objects of a Spaces bucket are in a
// bucket of their own, see objectsOf.
const (
	indexBuckets = "buckets"
	indexUploads = "uploads"
	indexParts   = "parts"
)

// OpenStore opens or makes the store in dir.
func OpenStore(dir string, now func() time.Time) (*Store, error) {
	for _, d := range []string{"blobs", "tmp"} {
		if d == "tmp" { // what a kill left half-written
			if err := os.RemoveAll(filepath.Join(dir, d)); err != nil {
				return nil, fmt.Errorf("open the object store: %w", err)
			}
		}
		if err := os.MkdirAll(filepath.Join(dir, d), 0o700); err != nil {
			return nil, fmt.Errorf("open the object store: %w", err)
		}
	}
	db, err := bolt.Open(filepath.Join(dir, "index.db"), 0o600, &bolt.Options{Timeout: time.Second})
	if err != nil {
		return nil, fmt.Errorf("open the object store's index: %w", err)
	}
	db.MaxBatchDelay = 2 * time.Millisecond // of the 10 by default: most writes come alone
	err = db.Update(func(tx *bolt.Tx) error {
		for _, name := range []string{indexBuckets, indexUploads, indexParts} {
			if _, err := tx.CreateBucketIfNotExists([]byte(name)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return &Store{dir: dir, db: db, now: now}, nil
}

// Close closes the index.
func (s *Store) Close() error { return s.db.Close() }

func put(b *bolt.Bucket, key []byte, v any) error {
	value, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return b.Put(key, value)
}

func objectsOf(tx *bolt.Tx, bucket string) *bolt.Bucket {
	return tx.Bucket([]byte("objects:" + bucket))
}

// versionKey sorts by key, then newest first. A key holds no zero byte.
func versionKey(key string, seq uint64) []byte {
	b := append([]byte(key), 0)
	return binary.BigEndian.AppendUint64(b, math.MaxUint64-seq)
}

// keyOf is the object's key in a versionKey.
func keyOf(k []byte) string { return string(k[:len(k)-9]) }

// CreateBucket makes a bucket; one that is there stays as it is.
func (s *Store) CreateBucket(b Bucket) error {
	return s.db.Update(func(tx *bolt.Tx) error {
		buckets := tx.Bucket([]byte(indexBuckets))
		if buckets.Get([]byte(b.Name)) != nil {
			return nil
		}
		if _, err := tx.CreateBucketIfNotExists([]byte("objects:" + b.Name)); err != nil {
			return err
		}
		b.Created = s.now().UTC()
		return put(buckets, []byte(b.Name), b)
	})
}

// Bucket reads a bucket's settings.
func (s *Store) Bucket(name string) (b Bucket, err error) {
	err = s.db.View(func(tx *bolt.Tx) error {
		b, err = bucketIn(tx, name)
		return err
	})
	return b, err
}

func bucketIn(tx *bolt.Tx, name string) (b Bucket, err error) {
	value := tx.Bucket([]byte(indexBuckets)).Get([]byte(name))
	if value == nil {
		return b, noSuchBucket(name)
	}
	return b, json.Unmarshal(value, &b)
}

// Buckets lists all buckets by name.
func (s *Store) Buckets() (list []Bucket, err error) {
	err = s.db.View(func(tx *bolt.Tx) error {
		return tx.Bucket([]byte(indexBuckets)).ForEach(func(_, value []byte) error {
			var b Bucket
			err := json.Unmarshal(value, &b)
			list = append(list, b)
			return err
		})
	})
	return list, err
}

// ChangeBucket changes a bucket's settings.
func (s *Store) ChangeBucket(name string, change func(*Bucket)) error {
	return s.db.Update(func(tx *bolt.Tx) error {
		b, err := bucketIn(tx, name)
		if err != nil {
			return err
		}
		change(&b)
		return put(tx.Bucket([]byte(indexBuckets)), []byte(name), b)
	})
}

// DeleteBucket removes an empty bucket, and its uploads under way.
func (s *Store) DeleteBucket(name string) error {
	var dropped []string
	err := s.db.Update(func(tx *bolt.Tx) error {
		if _, err := bucketIn(tx, name); err != nil {
			return err
		}
		if k, _ := objectsOf(tx, name).Cursor().First(); k != nil {
			return refuse(409, "BucketNotEmpty", "The bucket %q is not empty.", name)
		}
		uploads, err := uploadsIn(tx, name, "")
		if err != nil {
			return err
		}
		for _, u := range uploads {
			blobs, err := forgetUpload(tx, u.ID)
			if err != nil {
				return err
			}
			dropped = append(dropped, blobs...)
		}
		if err := tx.DeleteBucket([]byte("objects:" + name)); err != nil {
			return err
		}
		return tx.Bucket([]byte(indexBuckets)).Delete([]byte(name))
	})
	if err == nil {
		s.dropBlobs(dropped...)
	}
	return err
}

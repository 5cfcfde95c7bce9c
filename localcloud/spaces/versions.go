package spaces

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/http"

	bolt "go.etcd.io/bbolt"
)

// put makes blob the newest version of an object. With onlyNew it refuses
// when the object is there.
func (s *Store) put(bucket string, v Version, b blob, onlyNew bool) (Version, error) {
	v.Blob, v.Size = b.name, b.size
	if v.ETag == "" {
		v.ETag = b.etag
	}
	var dropped []string
	err := s.db.Batch(func(tx *bolt.Tx) error {
		dropped = nil // Batch may run this twice
		settings, err := bucketIn(tx, bucket)
		if err != nil {
			return err
		}
		objects := objectsOf(tx, bucket)
		if newest, err := find(objects, v.Key, ""); onlyNew && err == nil && !newest.DeleteMarker {
			return refuse(http.StatusPreconditionFailed, "PreconditionFailed", "The object %q exists.", v.Key)
		}
		dropped, err = s.add(objects, settings, &v)
		return err
	})
	if err != nil {
		s.dropBlobs(b.name)
		return v, err
	}
	s.dropBlobs(dropped...)
	return v, nil
}

// add gives the version its number and id; without versioning it takes the
// place of the one before, whose data is to be dropped.
func (s *Store) add(objects *bolt.Bucket, settings Bucket, v *Version) (dropped []string, err error) {
	if v.Seq, err = objects.NextSequence(); err != nil {
		return nil, err
	}
	v.ID, v.Modified = nullVersion, s.now().UTC()
	if settings.Versioning == enabled {
		v.ID = fmt.Sprintf("%016x%s", v.Seq, rand.Text()[:16])
		if lock := settings.Lock; lock != nil && v.Retention == nil && !v.DeleteMarker {
			v.Retention = lock.from(v.Modified)
		}
	} else if old, err := find(objects, v.Key, nullVersion); err == nil {
		dropped = append(dropped, old.Blob)
		if err := objects.Delete(versionKey(old.Key, old.Seq)); err != nil {
			return nil, err
		}
	}
	return dropped, put(objects, versionKey(v.Key, v.Seq), v)
}

// Find reads a version; an empty id is the newest.
func (s *Store) Find(bucket, key, id string) (v Version, err error) {
	err = s.db.View(func(tx *bolt.Tx) error {
		if _, err := bucketIn(tx, bucket); err != nil {
			return err
		}
		v, err = find(objectsOf(tx, bucket), key, id)
		return err
	})
	return v, err
}

func find(objects *bolt.Bucket, key, id string) (Version, error) {
	prefix := append([]byte(key), 0)
	c := objects.Cursor()
	for k, value := c.Seek(prefix); k != nil && bytes.HasPrefix(k, prefix) && keyOf(k) == key; k, value = c.Next() {
		var v Version
		if err := json.Unmarshal(value, &v); err != nil {
			return v, err
		}
		if id == "" || v.ID == id {
			return v, nil
		}
	}
	if id != "" {
		return Version{}, noSuchVersion(id)
	}
	return Version{}, noSuchKey(key)
}

// target is what a delete names; an empty ID is the object itself. Bypass also
// removes what governance retains.
type target struct {
	Key, ID string
	Bypass  bool
}

// deleted is the version made or removed; Locked ones were neither.
type deleted struct {
	Version
	Locked bool
}

// Delete removes the versions named. Of a target without an id it deletes the
// object as the bucket's versioning says, by a marker where there is any. What
// is not there is no error.
func (s *Store) Delete(bucket string, targets []target) (results []deleted, err error) {
	var dropped []string
	err = s.db.Batch(func(tx *bolt.Tx) error {
		dropped, results = nil, nil
		settings, err := bucketIn(tx, bucket)
		if err != nil {
			return err
		}
		for _, t := range targets {
			v, blobs, err := s.remove(objectsOf(tx, bucket), settings, t)
			if err != nil {
				return err
			}
			results, dropped = append(results, v), append(dropped, blobs...)
		}
		return nil
	})
	if err == nil {
		s.dropBlobs(dropped...)
	}
	return results, err
}

func (s *Store) remove(objects *bolt.Bucket, settings Bucket, t target) (d deleted, dropped []string, err error) {
	if t.ID == "" && settings.Versioning != "" {
		d.Version = Version{Key: t.Key, DeleteMarker: true}
		dropped, err = s.add(objects, settings, &d.Version)
		return d, dropped, err
	}
	v, err := find(objects, t.Key, t.ID)
	if err != nil {
		return deleted{Version: Version{Key: t.Key}}, nil, nil // gone already
	}
	if v.Retention.holds(s.now(), t.Bypass) {
		return deleted{Version: v, Locked: true}, nil, nil
	}
	return deleted{Version: v}, []string{v.Blob}, objects.Delete(versionKey(v.Key, v.Seq))
}

// setRetention changes until when a version is kept; it can only become longer
// without bypass.
func (s *Store) setRetention(bucket, key, id string, until *Retention, bypass bool) error {
	return s.change(bucket, key, id, func(v *Version) error {
		shorter := until == nil || v.Retention != nil && until.Until.Before(v.Retention.Until)
		if shorter && v.Retention.holds(s.now(), bypass) {
			return errLocked()
		}
		v.Retention = until
		return nil
	})
}

// setACL changes who may read a version.
func (s *Store) setACL(bucket, key, id, acl string) error {
	return s.change(bucket, key, id, func(v *Version) error {
		v.ACL = acl
		return nil
	})
}

func (s *Store) change(bucket, key, id string, change func(*Version) error) error {
	return s.db.Update(func(tx *bolt.Tx) error {
		if _, err := bucketIn(tx, bucket); err != nil {
			return err
		}
		v, err := find(objectsOf(tx, bucket), key, id)
		if err != nil {
			return err
		}
		if err := change(&v); err != nil {
			return err
		}
		return put(objectsOf(tx, bucket), versionKey(v.Key, v.Seq), v)
	})
}

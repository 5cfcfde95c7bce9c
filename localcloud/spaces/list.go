package spaces

import (
	"encoding/json"
	"strings"

	bolt "go.etcd.io/bbolt"
)

// query is what a list asks for. After is the last name of the page before,
// a key or a common prefix; AfterID continues inside a key's versions.
type query struct {
	Prefix, Delimiter, After, AfterID string
	Max                               int
	Versions                          bool // all versions and markers, not only what is there
}

// page is one page of a list.
type page struct {
	Versions  []Version
	Prefixes  []string
	Truncated bool
	Next      string // After of the next page
	NextID    string
}

// List reads a page of a bucket's objects in the order of their keys.
func (s *Store) List(bucket string, q query) (p page, err error) {
	err = s.db.View(func(tx *bolt.Tx) error {
		if _, err := bucketIn(tx, bucket); err != nil {
			return err
		}
		p, err = list(objectsOf(tx, bucket).Cursor(), q)
		return err
	})
	return p, err
}

func list(c *bolt.Cursor, q query) (p page, err error) {
	lastKey := "\xff" // no key: of each key the first version is the newest
	skipping := q.AfterID != ""
	for k, value := c.Seek(start(q)); k != nil && strings.HasPrefix(string(k), q.Prefix); {
		var v Version
		if err := json.Unmarshal(value, &v); err != nil {
			return p, err
		}
		v.Latest = v.Key != lastKey
		lastKey = v.Key
		common, inPrefix := commonPrefix(v.Key, q)
		switch {
		case skipping && v.Key == q.After: // up to and with the version the last page ended at
			skipping = v.ID != q.AfterID
		case !q.Versions && (!v.Latest || v.DeleteMarker):
		case len(p.Versions)+len(p.Prefixes) == q.Max:
			p.Truncated = true
			return p, nil
		case inPrefix:
			p.Prefixes, p.Next, p.NextID = append(p.Prefixes, common), common, ""
			k, value = c.Seek([]byte(past(common)))
			continue
		default:
			p.Versions, p.Next, p.NextID = append(p.Versions, v), v.Key, v.ID
		}
		k, value = c.Next()
	}
	return p, nil
}

// start is where a list begins: at the prefix, or after what was listed.
func start(q query) []byte {
	switch {
	case q.After == "" || q.After < q.Prefix:
		return []byte(q.Prefix)
	case q.AfterID != "":
		return append([]byte(q.After), 0)
	case q.Delimiter != "" && strings.HasSuffix(q.After, q.Delimiter):
		return []byte(past(q.After)) // a whole common prefix was listed
	default:
		return append([]byte(q.After), 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff)
	}
}

func commonPrefix(key string, q query) (string, bool) {
	if q.Delimiter == "" || len(key) < len(q.Prefix) {
		return "", false
	}
	head, _, found := strings.Cut(key[len(q.Prefix):], q.Delimiter)
	return q.Prefix + head + q.Delimiter, found
}

// past is beyond every key that starts with the prefix: keys are UTF-8, which
// has no byte 0xff.
func past(prefix string) string { return prefix + "\xff" }

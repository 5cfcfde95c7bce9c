package spaces

import (
	"encoding/json"
	"strings"

	bolt "go.etcd.io/bbolt"
)

// query is what a list asks for. After is the last name of the page before,
// a key or a common prefix; AfterSeq, if not 0, continues inside a key's
// versions, also when the version of that number has been deleted since.
type query struct {
	Prefix, Delimiter, After string
	AfterSeq                 uint64
	Max                      int
	Versions                 bool // all versions and markers, not only what is there
}

// page is one page of a list.
type page struct {
	Versions  []Version
	Prefixes  []string
	Truncated bool
	Next      string // After and AfterSeq of the next page
	NextSeq   uint64
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
	if q.Max == 0 {
		return p, nil // not truncated: there is no page to go on from
	}
	lastKey := "\xff" // no key: of each key the first version is the newest
	if q.AfterSeq > 0 {
		lastKey = q.After
	}
	for k, value := c.Seek(start(q)); k != nil && strings.HasPrefix(string(k), q.Prefix); {
		var v Version
		if err := json.Unmarshal(value, &v); err != nil {
			return p, err
		}
		v.Latest = v.Key != lastKey
		lastKey = v.Key
		common, inPrefix := commonPrefix(v.Key, q)
		switch {
		case !q.Versions && (!v.Latest || v.DeleteMarker):
		case len(p.Versions)+len(p.Prefixes) == q.Max:
			p.Truncated = true
			return p, nil
		case inPrefix:
			p.Prefixes, p.Next, p.NextSeq = append(p.Prefixes, common), common, 0
			k, value = c.Seek([]byte(past(common)))
			continue
		default:
			p.Versions, p.Next, p.NextSeq = append(p.Versions, v), v.Key, v.Seq
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
	case q.AfterSeq > 0:
		return append(versionKey(q.After, q.AfterSeq), 0)
	case q.Delimiter != "" && q.After != q.Prefix && strings.HasSuffix(q.After, q.Delimiter):
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

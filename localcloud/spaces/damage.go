package spaces

import (
	"errors"
	"fmt"
	"os"
)

// Corrupt flips one bit in the middle of a stored version, as a failing disk
// would; an empty id is the newest. No operation of S3 does that.
func (s *Store) Corrupt(bucket, key, id string) (err error) {
	v, err := s.Find(bucket, key, id)
	if err != nil {
		return err
	}
	if v.DeleteMarker || v.Size == 0 {
		return fmt.Errorf("%s of bucket %s has no data to damage", key, bucket)
	}
	f, err := os.OpenFile(s.blobPath(v.Blob), os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	one := make([]byte, 1)
	if _, err := f.ReadAt(one, v.Size/2); err != nil {
		return err
	}
	one[0] ^= 1
	_, err = f.WriteAt(one, v.Size/2)
	return err
}

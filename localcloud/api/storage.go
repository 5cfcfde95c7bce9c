package api

import (
	"fmt"
	"io"
	"net/http"

	"github.com/odooops/odooops/localcloud/spaces"
)

// Storage is a cloud's object storage, as tests get at it beside S3.
type Storage struct {
	Store  *spaces.Store
	Faults *spaces.Faults
}

func (a *API) countBuckets(counts map[string]int) error {
	for name, s := range a.Storage {
		list, err := s.Store.Buckets()
		if err != nil {
			return err
		}
		if name == "spaces" {
			name = "" // the first there was
		} else {
			name += "_"
		}
		counts[name+"buckets"] = len(list)
	}
	return nil
}

func (a *API) storage(name string) (Storage, error) {
	s, ok := a.Storage[name]
	if !ok {
		return s, fmt.Errorf("a storage is spaces or aws, not %q", name)
	}
	return s, nil
}

func (a *API) addStorageFault(body []byte) error {
	var x struct {
		Storage string `json:"storage"`
		spaces.Fault
	}
	if err := strictly(body, &x); err != nil {
		return err
	}
	s, err := a.storage(x.Storage)
	if err != nil {
		return err
	}
	return s.Faults.Add(x.Fault)
}

// corrupt damages {key, version} of a bucket; without a version the newest.
func (a *API) corrupt(w http.ResponseWriter, r *http.Request) {
	var in struct{ Key, Version string }
	body, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	if err == nil {
		err = strictly(body, &in)
	}
	var s Storage
	if err == nil {
		s, err = a.storage(r.PathValue("cloud"))
	}
	if err == nil {
		err = s.Store.Corrupt(r.PathValue("bucket"), in.Key, in.Version)
	}
	if err != nil {
		newRefusal(http.StatusBadRequest, "bad_request", "damage an object, {key, version}: %v", err).write(w)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

package backup

import (
	"encoding/json"
	"slices"

	"github.com/odooops/odooops/ops/fault"
	"github.com/odooops/odooops/stacks/config"
)

// Archive is the file archive.json, by which a container of the Postgres image
// knows the repositories and has a key to them. Secret.
type Archive struct {
	Stanza       string           `json:"stanza"`
	Database     string           `json:"database"`
	Cipher       string           `json:"cipher"`
	Repositories []ArchiveAddress `json:"repositories"`
}

// ArchiveAddress is one repository and a key that opens it.
type ArchiveAddress struct {
	config.Repository
	KeyID  string `json:"keyId"`
	Secret string `json:"secret"`
}

// NewArchive is the file with the keys given, which go by the order of the
// stack's repositories: out.ReadKeys or out.ExpireKeys. Numbers choose among
// the repositories; none means all.
func NewArchive(out config.OdooOutputs, cipher string, keys []config.RepositoryKey, numbers ...int) (Archive, error) {
	f := Archive{Stanza: out.Stanza, Database: out.Database, Cipher: cipher}
	for i, r := range out.Repositories {
		if len(numbers) > 0 && !slices.Contains(numbers, r.Number) {
			continue
		}
		if i >= len(keys) {
			return f, fault.Newf("open the repositories", "run odooops up for the stack with this version", "there is no key to repository %d", r.Number)
		}
		f.Repositories = append(f.Repositories, ArchiveAddress{r, keys[i].ID, keys[i].Secret})
	}
	if len(f.Repositories) == 0 {
		return f, fault.Usage("open the repositories", "odooops backup list says which there are", "there is no repository %v", numbers)
	}
	return f, nil
}

// Endpoints are the names that the repositories are reached by, the buckets'
// own too.
func (f Archive) Endpoints() []string {
	var names []string
	for _, r := range f.Repositories {
		names = append(names, r.Endpoint, r.Bucket+"."+r.Endpoint, r.FilesBucket+"."+r.Endpoint)
	}
	return names
}

// JSON is the file's content.
func (f Archive) JSON() (string, error) {
	b, err := json.Marshal(f)
	return string(b), err
}

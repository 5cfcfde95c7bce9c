package recovery

import (
	"time"

	"github.com/odooops/odooops/ops/backup"
	"github.com/odooops/odooops/stacks/config"
)

// howTo is in the kit because whoever opens it may have nothing else.
const howTo = `With a checkout of the project: odooops restore production --kit FILE --identity KEY.
Without: archive, as a file of its own, is all that the Postgres image named in versions needs:
docker run --rm -v $PWD/data:/var/lib/postgresql/data -v $PWD/archive.json:/run/odooops/archive.json:ro \
  -v $PWD/restore.json:/run/odooops/restore.json:ro IMAGE restore
where restore.json is {"repo":1,"backup":"","at":"","repoAt":""}. Each key reads its repository's two buckets,
and nothing else. Repository 2 keeps every version: after an attack give repoAt, a time before it.
Without Docker: pgBackRest of the same major, repo1-type=s3, repo1-cipher-type=aes-256-cbc, repo1-cipher-pass=<cipher>.`

// New is a stack's kit. out has its keys decrypted; it is nil before the first up.
func New(stack, cipher string, out *config.OdooOutputs) Kit {
	k := Kit{Stack: stack, Made: time.Now().UTC(), HowTo: howTo, Versions: map[string]string{}}
	k.Archive.Cipher = cipher
	if out == nil {
		return k
	}
	k.Archive.Stanza, k.Archive.Database = out.Stanza, out.Database
	for i, r := range out.Repositories {
		a := backup.ArchiveAddress{Repository: r}
		if i < len(out.ReadKeys) {
			a.KeyID, a.Secret = out.ReadKeys[i].ID, out.ReadKeys[i].Secret
		}
		k.Archive.Repositories = append(k.Archive.Repositories, a)
	}
	k.Versions = map[string]string{"odoo": out.Images.Odoo, "postgres": out.Images.Postgres, "traefik": out.Images.Traefik, "otel": out.Images.Otel}
	return k
}

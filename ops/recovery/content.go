package recovery

import (
	"time"

	"github.com/odooops/odooops/stacks/config"
)

// howTo is in the kit because whoever opens it may have nothing else.
const howTo = `pgBackRest: write pgbackrest.conf with repo1-type=s3, the endpoint, region, bucket and path below,
repo1-cipher-type=aes-256-cbc and repo1-cipher-pass=<cipher>, a key that reads the bucket, then:
pgbackrest --stanza=<stanza> info; pgbackrest --stanza=<stanza> --type=time --target=... restore
Use the Postgres image named in versions, or the same major version.`

// New is a stack's kit; out is nil before the first up.
func New(stack, cipher string, out *config.OdooOutputs) Kit {
	k := Kit{Stack: stack, Made: time.Now().UTC(), Cipher: cipher, HowTo: howTo, Versions: map[string]string{}}
	if out == nil {
		return k
	}
	k.Stanza = out.Stanza
	k.Repositories = []Repository{{
		Type: "s3", Endpoint: out.WALEndpoint, Region: out.Region, Bucket: out.WALBucket, Path: out.WALPath,
	}}
	k.Versions = map[string]string{"odoo": out.Images.Odoo, "postgres": out.Images.Postgres, "traefik": out.Images.Traefik}
	return k
}

// Package policies are the rules of the pack, one a file. What they share, such
// as the names of resource types, is here; how they run is in policy.
package policies

import (
	"time"

	"github.com/odooops/odooops/policypacks/odooops/policy"
)

// All are the policies, as the reference lists them.
func All() []policy.Policy {
	return []policy.Policy{
		addonsPath(),
		backupBuckets(),
		containersContained(),
		containersLimited(),
		costCeiling(),
		dataKept(),
		databasesPrivate(),
		egressListed(),
		expiry(time.Now),
		imagesPinned(),
		imagesWhole(),
		jobsBounded(),
		mailCaught(),
		namesReserved(),
		oneWorker(),
		portsPublic(),
		previewGated(),
		regionSize(),
		secretsSecret(),
		smtpRefused(),
		sshPrivate(),
		tagsRequired(),
	}
}

// Types that several policies look at.
const (
	container   = "docker:index/container:Container"
	remoteImage = "docker:index/remoteImage:RemoteImage"
	firewall    = "digitalocean:index/firewall:Firewall"
)

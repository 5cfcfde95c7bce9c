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
		containersLimited(),
		costCeiling(),
		dataKept(),
		expiry(time.Now),
		imagesPinned(),
		jobsBounded(),
		namesReserved(),
		oneWorker(),
		portsPublic(),
		regionSize(),
		tagsRequired(),
	}
}

// Types that several policies look at.
const (
	container   = "docker:index/container:Container"
	remoteImage = "docker:index/remoteImage:RemoteImage"
	firewall    = "digitalocean:index/firewall:Firewall"
)

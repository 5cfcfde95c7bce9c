// Package price is the one table that says what resources cost a month, and
// the arithmetic over it. The cost ceiling of the policies and `odooops cost`
// both go by it. It asks no provider and decides nothing.
//
// What the table has no price for is named as unknown, and never counts as
// nothing.
package price

import (
	"fmt"
	"strings"
)

// Resource is what the engine knows of one: its type token, its name, and its
// inputs, of which those that are not known yet, or secret, may be missing.
type Resource struct {
	Type, Name string
	Inputs     map[string]any
}

// Part is what one resource costs.
type Part struct {
	Type string `json:"type"`
	Name string `json:"name"`
	// What says what is paid for, such as its size.
	What string `json:"what"`
	// Dollars a month.
	Dollars float64 `json:"dollars"`
	// Account is paid once an account, however many stacks have it.
	Account bool `json:"account,omitempty"`
	// Use is what its use costs on top, which nothing here can know.
	Use string `json:"use,omitempty"`
	// Unknown says why there is no price; then Dollars is no figure.
	Unknown string `json:"unknown,omitempty"`
}

// Of is what a stack's resources cost, those that cost nothing left out.
func Of(resources []Resource) []Part {
	var parts []Part
	addresses, assigned := 0, 0
	for _, r := range resources {
		switch short(r.Type) {
		case "digitalocean ReservedIpAssignment":
			assigned++
		case "digitalocean ReservedIp":
			if r.Inputs["dropletId"] != nil {
				assigned++
			}
		}
	}
	costs := free()
	for _, r := range resources {
		p := Part{Type: r.Type, Name: r.Name}
		switch short(r.Type) {
		case "digitalocean Droplet":
			p.droplet(r.Inputs)
		case "digitalocean Volume":
			p.volume(r.Inputs)
		case "digitalocean VolumeSnapshot", "digitalocean DropletSnapshot":
			p.What, p.Use = "snapshot", snapshotUse
		case "digitalocean ReservedIp":
			if addresses++; addresses <= assigned {
				continue
			}
			p.What, p.Dollars = "no droplet has it", unassignedIP
		case "digitalocean UptimeCheck":
			p.What, p.Dollars = "uptime check", uptimeCheck
		case "digitalocean SpacesBucket":
			p.What, p.Dollars, p.Account, p.Use = "Spaces, all buckets", spaces, true, spacesUse
		case "aws BucketV2", "aws Bucket":
			p.What, p.Use = "S3 bucket", s3Use
		default:
			if costs[r.Type] || isFree(r.Type) {
				continue
			}
			p.What, p.Unknown = "?", "the table has no price for "+r.Type
		}
		parts = append(parts, p)
	}
	return parts
}

func (p *Part) droplet(in map[string]any) {
	size, ok := in["size"].(string)
	if !ok {
		p.What, p.Unknown = "droplet", "its size is not known yet"
		return
	}
	p.What = size
	monthly, ok := droplets()[size]
	if !ok {
		p.Unknown = "the table has no price for a droplet of size " + size
		return
	}
	p.Dollars = monthly
	if on, _ := in["backups"].(bool); !on {
		return
	}
	p.What += ", weekly backups"
	share := weeklyBackups
	if policy, _ := in["backupPolicy"].(map[string]any); policy["plan"] == "daily" {
		p.What, share = size+", daily backups", dailyBackups
	}
	p.Dollars += monthly * share
}

func (p *Part) volume(in map[string]any) {
	gib, ok := number(in["size"])
	if !ok {
		p.What, p.Unknown = "volume", "its size is not known yet"
		return
	}
	p.What, p.Dollars = fmt.Sprintf("%g GiB", gib), gib*volumeGiB
}

// Sum adds up what is known, and what is paid once an account a single time.
func Sum(parts []Part) (dollars float64, unknown []Part) {
	accounted := map[string]bool{}
	for _, p := range parts {
		switch {
		case p.Unknown != "":
			unknown = append(unknown, p)
		case p.Account && accounted[p.Type]:
		default:
			accounted[p.Type] = accounted[p.Type] || p.Account
			dollars += p.Dollars
		}
	}
	return dollars, unknown
}

// short is "digitalocean Droplet" of digitalocean:index/droplet:Droplet.
func short(token string) string {
	pkg, _, _ := strings.Cut(token, ":")
	return pkg + " " + token[strings.LastIndex(token, ":")+1:]
}

func isFree(token string) bool {
	for _, p := range freePackages {
		if strings.HasPrefix(token, p) {
			return true
		}
	}
	return false
}

func number(v any) (float64, bool) {
	switch n := v.(type) {
	case float64:
		return n, true
	case int:
		return float64(n), true
	}
	return 0, false
}

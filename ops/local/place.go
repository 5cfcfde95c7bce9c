package local

import (
	"fmt"
	"net"
	"net/netip"
	"regexp"
	"strconv"
)

// Place is where a local cloud lives on this computer. Two clouds live side by
// side when all three differ.
type Place struct {
	// Instance names the cloud's containers, volumes and networks.
	Instance string `json:"instance"`
	// Subnet is the public network of the machines, a CIDR.
	Subnet string `json:"subnet"`
	// Ports is the first of the eight loopback ports the cloud listens on.
	Ports int `json:"ports"`
}

// DefaultPlace is where `make up` puts it.
var DefaultPlace = Place{Instance: "default", Subnet: "10.124.0.0/20", Ports: 8090}

// servers listen on consecutive ports, in this order.
var servers = []string{"front", "api", "spaces", "registry", "dns", "acme", "acme-staging", "aws"}

// Address is where a server listens.
func (p Place) Address(server string) string {
	for i, name := range servers {
		if name == server {
			return net.JoinHostPort("127.0.0.1", strconv.Itoa(p.Ports+i))
		}
	}
	return ""
}

// Addresses are all of them.
func (p Place) Addresses() map[string]string {
	all := map[string]string{}
	for _, name := range servers {
		all[name] = p.Address(name)
	}
	return all
}

// FrontURL is where a browser finds a name of the local zone.
func (p Place) FrontURL(name string) string {
	return "http://" + net.JoinHostPort(name, strconv.Itoa(p.Ports))
}

var instanceName = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,19}$`)

func (p Place) check() error {
	switch {
	case !instanceName.MatchString(p.Instance):
		return fmt.Errorf("--instance %q is no name: a-z, 0-9 and -, at most 20 characters", p.Instance)
	case p.Ports < 1024 || p.Ports > 65528:
		return fmt.Errorf("--ports %d is no port from 1024 to 65528", p.Ports)
	}
	n, err := netip.ParsePrefix(p.Subnet)
	if err != nil || n != n.Masked() || !n.Addr().Is4() || n.Bits() > 24 || !n.Addr().IsPrivate() {
		return fmt.Errorf("--subnet %q is no private IPv4 network of /24 or larger, such as %s", p.Subnet, DefaultPlace.Subnet)
	}
	return nil
}

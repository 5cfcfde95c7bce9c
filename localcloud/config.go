package localcloud

import (
	"log/slog"
	"net/netip"
	"time"
)

// Config is what a cloud needs; the zero value of a field means its default.
type Config struct {
	// Dir holds everything the cloud remembers: records, objects, images,
	// keys. It is made, for the owner only, when it is missing.
	Dir string
	// Images is where the registry keeps images; Dir/registry. Clouds side by
	// side may share one: everything in it is named by its content.
	Images string
	// Machines boots droplets; nil keeps records only.
	Machines Machines
	// Network is the public network; 10.124.0.0/20 with the gateway 10.124.0.1.
	Network Network

	// Listen addresses, host:port; port 0 takes any that is free.
	Front    string // for the browser, HTTP; 127.0.0.1:8090
	API      string // DigitalOcean API, HTTP; 127.0.0.1:8091
	Spaces   string // S3, HTTP; 127.0.0.1:8092
	Registry string // image registry, HTTP, push and pull; 127.0.0.1:8093
	DNS      string // UDP and TCP; 127.0.0.1:8094
	AWS      string // S3, IAM and STS of AWS, HTTP; 127.0.0.1:8097
	// ACME servers for this computer, HTTPS; 127.0.0.1:8095 and 8096. The
	// second is what Let's Encrypt calls staging: nobody trusts its root.
	ACME, ACMEStaging string

	// GatewayDNS and GatewayTLS are where machines find this cloud: ports 53
	// and 443 of the gateway. Without Machines they are served only when set.
	GatewayDNS string
	GatewayTLS string

	// Upstream are DNS servers (host:port) asked for names that are not of
	// this cloud; those of /etc/resolv.conf.
	Upstream []string
	// MachineTLSPort is where the ACME server finds a machine's TLS; 443.
	MachineTLSPort int

	Log *slog.Logger
	Now func() time.Time
}

func (c Config) withDefaults() Config {
	set := func(s *string, value string) {
		if *s == "" {
			*s = value
		}
	}
	set(&c.Front, "127.0.0.1:8090")
	set(&c.API, "127.0.0.1:8091")
	set(&c.Spaces, "127.0.0.1:8092")
	set(&c.Registry, "127.0.0.1:8093")
	set(&c.DNS, "127.0.0.1:8094")
	set(&c.AWS, "127.0.0.1:8097")
	set(&c.ACME, "127.0.0.1:8095")
	set(&c.ACMEStaging, "127.0.0.1:8096")
	if !c.Network.Subnet.IsValid() {
		c.Network.Subnet = netip.MustParsePrefix("10.124.0.0/20")
	}
	if !c.Network.Gateway.IsValid() {
		c.Network.Gateway = c.Network.Subnet.Masked().Addr().Next()
	}
	if c.Machines != nil {
		set(&c.GatewayDNS, netip.AddrPortFrom(c.Network.Gateway, 53).String())
		set(&c.GatewayTLS, netip.AddrPortFrom(c.Network.Gateway, 443).String())
	}
	if c.MachineTLSPort == 0 {
		c.MachineTLSPort = 443
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	return c
}

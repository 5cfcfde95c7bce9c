package localcloud

import (
	"context"
	"net/netip"
)

// Machines boots the droplets of the local cloud and makes their volumes,
// addresses and firewalls take effect. The cloud keeps the records; Machines
// keeps nothing but what runs. Every call is idempotent, so that a cloud that
// was killed can say everything again after its restart.
//
// The only implementation that boots anything is localcloud/docker; a cloud
// without Machines keeps records only.
type Machines interface {
	// Up makes the public network. When it returns, Network.Gateway is an
	// address of this computer, and servers can listen on it.
	Up(ctx context.Context, n Network) error
	// EnsureVPC makes the private network of a VPC.
	EnsureVPC(ctx context.Context, v VPC) error
	// DeleteVPC removes it; no machine is attached any more.
	DeleteVPC(ctx context.Context, id string) error
	// Boot creates the machine, or starts it when it is there and off. It
	// returns when the init process runs; cloud-init goes on by itself.
	Boot(ctx context.Context, m Machine) error
	// PowerOff stops the machine: by its init when graceful, else at once.
	PowerOff(ctx context.Context, id int, graceful bool) error
	// Destroy removes the machine and its disk. A machine that is not there is no error.
	Destroy(ctx context.Context, id int) error
	// AttachVolume shows the block volume to the machine as
	// /dev/disk/by-id/scsi-0DO_Volume_NAME. The machine may be off.
	AttachVolume(ctx context.Context, id int, v Volume) error
	// DetachVolume takes it away again; its data stays.
	DetachVolume(ctx context.Context, id int, v Volume) error
	// DeleteVolume deletes the data of a detached volume.
	DeleteVolume(ctx context.Context, v Volume) error
	// SetReservedIPs routes exactly these reserved addresses to the machine.
	SetReservedIPs(ctx context.Context, id int, ips []netip.Addr) error
	// SetFirewall lets exactly these packets through, established
	// connections apart. A nil Firewall lets everything through (a droplet
	// without a firewall is open).
	SetFirewall(ctx context.Context, id int, f *Firewall) error
	// Running says whether the machine is there and its init process runs.
	Running(ctx context.Context, id int) (bool, error)
	// Down stops every machine; with purge it also removes machines, disks,
	// volumes, networks and loop devices.
	Down(ctx context.Context, purge bool) error
}

// Network is the public network all machines are on.
type Network struct {
	Subnet  netip.Prefix // such as 10.124.0.0/20
	Gateway netip.Addr   // this computer's address in it, such as 10.124.0.1
}

// VPC is a private network.
type VPC struct {
	ID      string
	Name    string
	IPRange netip.Prefix
}

// Machine is what a droplet needs to boot.
type Machine struct {
	ID        int
	Name      string // becomes the host name
	Image     string // image slug, such as debian-13-x64
	VCPUs     int
	MemoryMB  int
	UserData  string
	SSHKeys   []string // public keys, OpenSSH format, for root as DigitalOcean does
	PublicIP  netip.Addr
	VPCID     string
	PrivateIP netip.Addr
}

// Volume is a block volume.
type Volume struct {
	ID     string
	Name   string
	SizeGB int
}

// Firewall is the union of all firewalls of a machine, with droplets and
// tags resolved to prefixes.
type Firewall struct {
	Inbound  []Rule
	Outbound []Rule
}

// Rule allows packets from (inbound) or to (outbound) any of Peers.
type Rule struct {
	Protocol string // tcp, udp or icmp
	// PortFrom and PortTo are inclusive; both 0 means all ports.
	PortFrom, PortTo int
	Peers            []netip.Prefix
}

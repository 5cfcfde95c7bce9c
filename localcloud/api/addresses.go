package api

import (
	"encoding/binary"
	"net/netip"

	"github.com/odooops/odooops/localcloud/records"
)

// taken collects every address of the public subnet that is in use.
func (a *API) taken(s *records.State) map[netip.Addr]bool {
	used := map[netip.Addr]bool{a.Gateway: true, a.Public.Masked().Addr(): true, broadcast(a.Public): true}
	for _, d := range s.Droplets {
		if addr, err := netip.ParseAddr(d.PublicIP); err == nil {
			used[addr] = true
		}
	}
	for ip := range s.ReservedIPs {
		if addr, err := netip.ParseAddr(ip); err == nil {
			used[addr] = true
		}
	}
	return used
}

// publicIP is the lowest free address, reservedIP the highest: they don't meet
// before the subnet is full.
func (a *API) publicIP(s *records.State) (netip.Addr, error) {
	return firstFree(a.Public, a.Public.Masked().Addr(), netip.Addr.Next, a.taken(s))
}

func (a *API) reservedIP(s *records.State) (netip.Addr, error) {
	return firstFree(a.Public, broadcast(a.Public), netip.Addr.Prev, a.taken(s))
}

// privateIP is the lowest free address of a VPC; the first is its gateway's.
func privateIP(s *records.State, vpc string, ipRange netip.Prefix) (netip.Addr, error) {
	network := ipRange.Masked().Addr()
	used := map[netip.Addr]bool{network: true, network.Next(): true, broadcast(ipRange): true}
	for _, d := range s.Droplets {
		if addr, err := netip.ParseAddr(d.PrivateIP); err == nil && d.VPC == vpc {
			used[addr] = true
		}
	}
	return firstFree(ipRange, network, netip.Addr.Next, used)
}

func firstFree(in netip.Prefix, from netip.Addr, step func(netip.Addr) netip.Addr, used map[netip.Addr]bool) (netip.Addr, error) {
	for addr := from; in.Contains(addr); addr = step(addr) {
		if !used[addr] {
			return addr, nil
		}
	}
	return netip.Addr{}, unprocessable("No address is free in %s.", in)
}

// broadcast is the last address of an IPv4 prefix.
func broadcast(p netip.Prefix) netip.Addr {
	b := p.Masked().Addr().As4()
	n := binary.BigEndian.Uint32(b[:]) | (1<<(32-p.Bits()) - 1)
	binary.BigEndian.PutUint32(b[:], n)
	return netip.AddrFrom4(b)
}

package docker

import (
	"encoding/binary"
	"fmt"
	"net"
	"net/netip"
	"os"
	"runtime"

	"golang.org/x/sys/unix"
)

// inNetwork runs do in the network namespace of a process.
func inNetwork(pid int, do func() error) error {
	return inNamespace(fmt.Sprintf("/proc/%d/ns/net", pid), do)
}

// inNamespace runs do in a network namespace. Programs that do starts run
// there too.
func inNamespace(path string, do func() error) error {
	result := make(chan error, 1)
	go func() {
		// The thread is not unlocked: it ends with the goroutine, and no other
		// goroutine ever finds itself in the machine's network.
		runtime.LockOSThread()
		result <- func() error {
			ns, err := os.Open(path)
			if err != nil {
				return err
			}
			defer ns.Close()
			if err := unix.Setns(int(ns.Fd()), unix.CLONE_NEWNET); err != nil {
				return fmt.Errorf("enter network namespace %s: %w", path, err)
			}
			return do()
		}()
	}()
	return <-result
}

// announce tells the neighbours of the interface that the address is here now
// (a gratuitous ARP request), so that one that moved is reached at once.
func announce(nic *net.Interface, ip netip.Addr) error {
	const arp = unix.ETH_P_ARP
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("announce %s: %w", ip, err)
	}
	defer unix.Close(fd)
	broadcast := net.HardwareAddr{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}
	frame := append([]byte{}, broadcast...)
	frame = append(frame, nic.HardwareAddr...)
	frame = binary.BigEndian.AppendUint16(frame, arp)
	frame = append(frame, 0, 1, 8, 0, 6, 4, 0, 1) // Ethernet, IPv4, request
	frame = append(frame, nic.HardwareAddr...)
	frame = append(frame, ip.AsSlice()...)
	frame = append(frame, make([]byte, 6)...)
	frame = append(frame, ip.AsSlice()...)
	to := &unix.SockaddrLinklayer{Protocol: htons(arp), Ifindex: nic.Index, Halen: 6}
	copy(to.Addr[:], broadcast)
	if err := unix.Sendto(fd, frame, 0, to); err != nil {
		return fmt.Errorf("announce %s: %w", ip, err)
	}
	return nil
}

// htons is the kernel's byte order for a protocol number.
func htons(v uint16) uint16 { return binary.NativeEndian.Uint16(binary.BigEndian.AppendUint16(nil, v)) }

//go:build !linux

package docker

import (
	"errors"
	"net"
	"net/netip"
)

// Machines need Linux: loop devices, network namespaces and nftables. The rest
// of the package compiles everywhere, so that the CLI does.

var errUnsupported = errors.New("machines: they run on Linux only: use --machines none, which keeps records only")

func supported() error                          { return errUnsupported }
func loopFind(string) (string, error)           { return "", errUnsupported }
func loopAttach(string) (string, error)         { return "", errUnsupported }
func loopDetach(string) error                   { return errUnsupported }
func unused(string) error                       { return errUnsupported }
func loopRelease(string) error                  { return errUnsupported }
func unplug(string) error                       { return errUnsupported }
func makeDevice(int, string, string) error      { return errUnsupported }
func removeDevice(int, string, string) error    { return errUnsupported }
func inNetwork(int, func() error) error         { return errUnsupported }
func inNamespace(string, func() error) error    { return errUnsupported }
func announce(*net.Interface, netip.Addr) error { return errUnsupported }

package e2e

import (
	"bufio"
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/miekg/dns"
	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/ssh"

	"github.com/odooops/odooops/localcloud"
	"github.com/odooops/odooops/localcloud/docker"
	"github.com/odooops/odooops/tests/checkout"
)

// lab is a cloud's machines without the cloud: what the API would record, the
// test says directly. Its instance name and ranges are its own, so that it
// runs beside a developer's local cloud.
type lab struct {
	*docker.Machines
	t   *testing.T
	cfg docker.Config
	key ssh.Signer
	net localcloud.Network
	vpc localcloud.VPC
}

const (
	labInstance = "machinestest"
	labData     = "/dev/disk/by-id/scsi-0DO_Volume_data"
)

func newLab(t *testing.T) *lab {
	t.Helper()
	require.NoError(t, exec.Command("docker", "version").Run(), "no Docker daemon answers: run scripts/dockerd")
	_, private, err := ed25519.GenerateKey(rand.Reader)
	require.NoError(t, err)
	key, err := ssh.NewSignerFromKey(private)
	require.NoError(t, err)
	// A fixed place, so that the next run finds what a killed one left.
	dir := filepath.Join(os.TempDir(), "odooops-"+labInstance)
	require.NoError(t, os.MkdirAll(dir, 0o700))
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	l := &lab{
		t:   t,
		key: key,
		cfg: docker.Config{Instance: labInstance, Dir: dir, CAFile: filepath.Join(dir, "ca.pem"), Log: slog.New(slog.NewTextHandler(checkout.Log(t), nil))},
		net: localcloud.Network{Subnet: netip.MustParsePrefix("10.126.0.0/24"), Gateway: netip.MustParseAddr("10.126.0.1")},
		// The range that the example stacks declare too: it must not clash.
		vpc: localcloud.VPC{ID: "5a4981aa-9653-4bd1-bef5-d6bff52042e4", Name: "lab", IPRange: netip.MustParsePrefix("10.10.0.0/16")},
	}
	authority := newAuthority(t, l.cfg.CAFile)
	l.adopt()
	t.Cleanup(func() { _ = l.Down(context.Background(), true) })
	require.NoError(t, l.Down(t.Context(), true), "remove what a killed run left")
	l.up()
	l.serve(authority)
	return l
}

// adopt goes on as a new process would, from what is on disk and in Docker.
func (l *lab) adopt() {
	l.t.Helper()
	var err error
	l.Machines, err = docker.New(l.cfg)
	require.NoError(l.t, err)
}

func (l *lab) up() {
	l.t.Helper()
	require.NoError(l.t, l.Up(l.t.Context(), l.net))
	require.NoError(l.t, l.EnsureVPC(l.t.Context(), l.vpc))
}

// serve is the cloud on the gateway: a name server that knows the API's name,
// and the API.
func (l *lab) serve(api tls.Certificate) {
	packets, err := net.ListenPacket("udp", l.net.Gateway.String()+":53")
	require.NoError(l.t, err)
	answer := func(w dns.ResponseWriter, q *dns.Msg) {
		reply := new(dns.Msg).SetReply(q)
		if q.Question[0].Qtype == dns.TypeA && q.Question[0].Name == "api.digitalocean.com." {
			record, _ := dns.NewRR(fmt.Sprintf("api.digitalocean.com. 1 IN A %s", l.net.Gateway))
			reply.Answer = append(reply.Answer, record)
		}
		_ = w.WriteMsg(reply)
	}
	names := &dns.Server{PacketConn: packets, Handler: dns.HandlerFunc(answer)}
	go func() { _ = names.ActivateAndServe() }()

	listener, err := tls.Listen("tcp", l.net.Gateway.String()+":443", &tls.Config{Certificates: []tls.Certificate{api}})
	require.NoError(l.t, err)
	web := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "the local cloud") })}
	go func() { _ = web.Serve(listener) }()
	l.t.Cleanup(func() { _ = names.Shutdown(); _ = web.Close() })
}

// newAuthority writes a certificate authority to file and returns a
// certificate of it for the API.
func newAuthority(t *testing.T, file string) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	ca := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "lab"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	caDER, err := x509.CreateCertificate(rand.Reader, ca, ca, key.Public(), key)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: caDER}), 0o644))
	leaf := &x509.Certificate{
		SerialNumber: big.NewInt(2), DNSNames: []string{"api.digitalocean.com"},
		NotBefore: ca.NotBefore, NotAfter: ca.NotAfter, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	leafDER, err := x509.CreateCertificate(rand.Reader, leaf, ca, key.Public(), key)
	require.NoError(t, err)
	return tls.Certificate{Certificate: [][]byte{leafDER}, PrivateKey: key}
}

// box is one machine of the lab.
type box struct {
	l     *lab
	spec  localcloud.Machine
	login login
}

func (l *lab) box(id int, name, userData string) *box {
	address := func(prefix netip.Prefix) netip.Addr {
		a := prefix.Masked().Addr()
		for range 10 + id {
			a = a.Next()
		}
		return a
	}
	return &box{l: l, login: login{user: "root"}, spec: localcloud.Machine{
		ID: id, Name: name, Image: "debian-13-x64", VCPUs: 2, MemoryMB: 1024, UserData: userData,
		SSHKeys:  []string{strings.TrimSpace(string(ssh.MarshalAuthorizedKey(l.key.PublicKey())))},
		PublicIP: address(l.net.Subnet), VPCID: l.vpc.ID, PrivateIP: address(l.vpc.IPRange),
	}}
}

// leftLink leaves in the VPCs what the kernel has, for a moment, of a machine
// that just stopped: its end of the link.
func (l *lab) leftLink(id int) {
	l.t.Helper()
	namespace, link := "odooops-"+labInstance, fmt.Sprintf("m%d", id)
	out, err := exec.Command("ip", "-n", namespace, "link", "add", link, "type", "bridge").CombinedOutput()
	if err != nil { // the kernel's own is there
		require.Contains(l.t, string(out), "File exists")
	}
}

func (b *box) boot() {
	b.l.t.Helper()
	require.NoError(b.l.t, b.l.Boot(b.l.t.Context(), b.spec))
}

// dial opens an SSH connection, waiting for a machine that is booting.
func (b *box) dial() *ssh.Client {
	b.l.t.Helper()
	config := &ssh.ClientConfig{
		User: b.login.user, Auth: []ssh.AuthMethod{ssh.PublicKeys(b.l.key)},
		HostKeyCallback:   b.login.check,
		HostKeyAlgorithms: []string{ssh.KeyAlgoED25519},
		Timeout:           3 * time.Second,
	}
	var client *ssh.Client
	patiently(b.l.t, 60*time.Second, func() (err error) {
		client, err = ssh.Dial("tcp", b.spec.PublicIP.String()+":22", config)
		return err
	})
	return client
}

// try runs a command in the machine.
func (b *box) try(command string, stdin ...byte) (string, error) {
	b.l.t.Helper()
	client := b.dial()
	defer client.Close()
	return runOver(client, command, stdin...)
}

func runOver(client *ssh.Client, command string, stdin ...byte) (string, error) {
	session, err := client.NewSession()
	if err != nil {
		return "", err
	}
	defer session.Close()
	session.Stdin = bytes.NewReader(stdin)
	// A command that hangs fails here, and not the whole run after an hour.
	defer time.AfterFunc(2*time.Minute, func() { _ = client.Close() }).Stop()
	out, err := session.CombinedOutput(command)
	if err != nil {
		err = fmt.Errorf("%s: %w: %s", command, err, out)
	}
	return strings.TrimSpace(string(out)), err
}

// must runs a command that has to succeed.
func (b *box) must(command string, stdin ...byte) string {
	b.l.t.Helper()
	out, err := b.try(command, stdin...)
	require.NoError(b.l.t, err)
	return out
}

// settled waits until cloud-init is through and returns what it says.
func (b *box) settled() string {
	b.l.t.Helper()
	return b.must("cloud-init status --wait --long")
}

// reach returns the name of the machine that answers at an address.
func reach(address string) (string, error) {
	c, err := net.DialTimeout("tcp", address, time.Second)
	if err != nil {
		return "", err
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(2 * time.Second))
	line, err := bufio.NewReader(c).ReadString('\n')
	return strings.TrimSpace(line), err
}

// reaches runs the same from inside a machine.
func (b *box) reaches(address string) (string, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return "", err
	}
	return b.try(fmt.Sprintf("timeout 2 bash -c 'read -r name </dev/tcp/%s/%s; echo $name'", host, port))
}

func patiently(t *testing.T, patience time.Duration, try func() error) {
	t.Helper()
	var err error
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		if err = try(); err == nil {
			return
		}
	}
	require.NoError(t, err, "after %s", patience)
}

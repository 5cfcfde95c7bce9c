package cloudinit_test

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/json"
	"encoding/pem"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/ssh"
	"gopkg.in/yaml.v3"

	"github.com/odooops/odooops/components/host/cloudinit"
)

func args(t *testing.T) cloudinit.Args {
	t.Helper()
	public, private, err := ed25519.GenerateKey(rand.Reader)
	require.NoError(t, err)
	block, err := ssh.MarshalPrivateKey(private, "")
	require.NoError(t, err)
	key, err := ssh.NewPublicKey(public)
	require.NoError(t, err)
	return cloudinit.Args{
		Name: "production", Role: cloudinit.RoleDocker, Stack: "production", Volume: "production-data",
		HostKey:      string(pem.EncodeToMemory(block)),
		OperatorKeys: []string{string(ssh.MarshalAuthorizedKey(key))},
	}
}

type userData struct {
	SSHKeys map[string]string `yaml:"ssh_keys"`
	Users   []struct {
		Keys []string `yaml:"ssh_authorized_keys"`
	}
	WriteFiles []struct {
		Path, Permissions, Content string
	} `yaml:"write_files"`
}

func (u userData) file(path string) string {
	for _, f := range u.WriteFiles {
		if f.Path == path {
			return f.Content
		}
	}
	return ""
}

// has wants files on the machine as they are here: by path, the source's name.
func (u userData) has(t *testing.T, files map[string]string) {
	t.Helper()
	for path, source := range files {
		want, err := os.ReadFile("files/" + source)
		require.NoError(t, err)
		assert.Equal(t, string(want), u.file(path), path)
	}
}

func render(t *testing.T, a cloudinit.Args) (string, userData) {
	t.Helper()
	text, err := cloudinit.Render(a)
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(text, "#cloud-config\n"))
	var u userData
	require.NoError(t, yaml.Unmarshal([]byte(text), &u))
	return text, u
}

func TestFilesArriveOnTheMachineAsTheyAreHere(t *testing.T) {
	_, u := render(t, args(t))
	u.has(t, map[string]string{
		"/usr/local/sbin/odooops-setup":                        "setup.sh",
		"/usr/local/sbin/odooops-data-volume":                  "data-volume.sh",
		"/usr/local/sbin/odooops-data-layout":                  "data-layout.sh",
		"/usr/local/sbin/odooops-data-reserve":                 "data-reserve.sh",
		"/etc/systemd/system/data-volume.service":              "data-volume.service",
		"/etc/systemd/system/docker.service.d/10-odooops.conf": "docker.conf",
		"/etc/docker/daemon.json":                              "daemon.json",
		"/etc/odooops/metadata.nft":                            "metadata.nft",
		"/etc/sysctl.d/90-odooops.conf":                        "sysctl.conf",
		"/etc/systemd/system/docker-.scope.d/90-odooops.conf":  "scope.conf",
	})
}

func TestOnlyABastionSaysThatItForwardsNoPackets(t *testing.T) {
	// Docker turns it on; whoever applied the file again would turn it off.
	for role, off := range map[cloudinit.Role]bool{
		cloudinit.RoleDocker: false, cloudinit.RoleContained: false, cloudinit.RolePreviews: false, cloudinit.RoleWatch: false,
		cloudinit.RoleBastion: true,
	} {
		a := args(t)
		a.Role = role
		_, u := render(t, a)
		settings := u.file("/etc/sysctl.d/90-odooops.conf")
		assert.Equal(t, off, strings.Contains(settings, "net.ipv4.ip_forward = 0\n"), role)
		assert.Contains(t, settings, "\nnet.ipv4.conf.*.accept_redirects = 0\n", role)
		if off {
			assert.Less(t, strings.Index(settings, "ip_forward"), strings.Index(settings, "accept_redirects"), "it sets the others back")
		}
	}
}

func TestOnlyRootReadsWhatSSHIsToldToDo(t *testing.T) {
	_, u := render(t, args(t))
	for _, f := range u.WriteFiles {
		if strings.HasPrefix(f.Path, "/etc/ssh/") {
			assert.Equal(t, "0600", f.Permissions, f.Path)
		}
	}
}

func TestWhatContainersSayThemselvesIsNotInTheDaemonsConfig(t *testing.T) {
	// A refresh would take the daemon's defaults for drift.
	_, u := render(t, args(t))
	var daemon map[string]any
	require.NoError(t, json.Unmarshal([]byte(u.file("/etc/docker/daemon.json")), &daemon))
	for _, key := range []string{"log-driver", "log-opts", "default-ulimits", "default-shm-size"} {
		assert.NotContains(t, daemon, key)
	}
}

func TestSSHTakesAParallelUpdate(t *testing.T) {
	_, u := render(t, args(t))
	assert.Contains(t, u.file("/etc/ssh/sshd_config.d/10-odooops.conf"), "MaxStartups 100:")
}

func TestTheHostKeyIsPinnedAndIsTheOnlySecret(t *testing.T) {
	a := args(t)
	text, u := render(t, a)
	assert.Equal(t, strings.TrimSpace(a.HostKey), strings.TrimSpace(u.SSHKeys["ed25519_private"]))
	assert.Equal(t, 1, strings.Count(text, "BEGIN OPENSSH PRIVATE KEY"))
	signer, err := ssh.ParsePrivateKey([]byte(a.HostKey))
	require.NoError(t, err)
	assert.Equal(t, strings.TrimSpace(string(ssh.MarshalAuthorizedKey(signer.PublicKey()))), u.SSHKeys["ed25519_public"])
}

func TestTheSameArgsGiveTheSameUserData(t *testing.T) {
	a := args(t)
	first, _ := render(t, a)
	second, _ := render(t, a)
	assert.Equal(t, first, second)
}

func TestABastionForwardsSSHAndHasNoDocker(t *testing.T) {
	a := args(t)
	a.Role, a.Stack, a.Volume = cloudinit.RoleBastion, "", ""
	_, u := render(t, a)
	assert.Contains(t, u.file("/etc/ssh/sshd_config.d/10-odooops.conf"), "PermitOpen *:22")
	assert.Empty(t, u.file("/etc/docker/daemon.json"))
	assert.Contains(t, u.file("/etc/odooops/host.env"), "ODOOOPS_ROLE=bastion")
}

func TestSSHGivesUpOnGuessersAndHasNoWeakSums(t *testing.T) {
	_, u := render(t, args(t))
	for _, line := range []string{"LoginGraceTime 60\n", "MaxAuthTries 4\n", "MACs -umac-64*,hmac-sha1*\n"} {
		assert.Contains(t, u.file("/etc/ssh/sshd_config.d/10-odooops.conf"), line)
	}
}

func TestContainersOfTheDefaultNetworkDoNotTalk(t *testing.T) {
	for _, role := range []cloudinit.Role{cloudinit.RoleDocker, cloudinit.RolePreviews} {
		a := args(t)
		a.Role = role
		_, u := render(t, a)
		var daemon map[string]any
		require.NoError(t, json.Unmarshal([]byte(u.file("/etc/docker/daemon.json")), &daemon))
		assert.Equal(t, false, daemon["icc"], role)
		assert.Equal(t, true, daemon["no-new-privileges"], role)
		assert.Contains(t, daemon["exec-opts"], "native.cgroupdriver=systemd", "%s: or the limit of tasks is nobody's", role)
	}
}

func TestNobodyForwardsSockets(t *testing.T) {
	// PermitOpen and permitopen= say nothing about them.
	for _, role := range []cloudinit.Role{cloudinit.RoleDocker, cloudinit.RolePreviews, cloudinit.RoleContained, cloudinit.RoleBastion} {
		a := args(t)
		a.Role = role
		_, u := render(t, a)
		assert.Contains(t, u.file("/etc/ssh/sshd_config.d/10-odooops.conf"), "AllowStreamLocalForwarding no\n", role)
	}
}

func TestContainersReachTheHostOfWhatIsNotProductionForNothing(t *testing.T) {
	for role, closed := range map[cloudinit.Role]bool{
		cloudinit.RoleDocker: false, cloudinit.RoleContained: true, cloudinit.RolePreviews: true,
	} {
		a := args(t)
		a.Role = role
		_, u := render(t, a)
		assert.Equal(t, closed, strings.Contains(u.file("/etc/odooops/metadata.nft"), `iifname "br-*" counter drop`), role)
	}
}

func TestADockerHostForwardsNothing(t *testing.T) {
	_, u := render(t, args(t))
	assert.Contains(t, u.file("/etc/ssh/sshd_config.d/10-odooops.conf"), "AllowTcpForwarding no")
}

func TestTheHostOfThePreviewsLaysOutItsVolumeAndFollowsItsContainers(t *testing.T) {
	a := args(t)
	a.Role = cloudinit.RolePreviews
	_, u := render(t, a)
	u.has(t, map[string]string{
		"/usr/local/sbin/odooops-data-layout":              "previews-layout.sh",
		"/usr/local/sbin/odooops-data-reserve":             "previews-reserve.py",
		"/usr/local/sbin/odooops-edge-routes":              "edge-routes.sh",
		"/etc/systemd/system/edge-routes.service":          "edge-routes.service",
		"/etc/systemd/system/var-lib-docker-volumes.mount": "docker-volumes.mount",
		"/etc/docker/daemon.json":                          "previews-daemon.json",
	})
	assert.Contains(t, u.file("/etc/odooops/metadata.nft"), "table inet odooops_metadata {")
	assert.Contains(t, u.file("/etc/odooops/metadata.nft"), "table inet odooops_inside {")
	assert.Contains(t, u.file("/etc/odooops/host.env"), "ODOOOPS_ROLE=previews")
}

func TestEveryOperatorLogsIn(t *testing.T) {
	a := args(t)
	a.OperatorKeys = append(a.OperatorKeys, args(t).OperatorKeys...)
	_, u := render(t, a)
	require.Len(t, u.Users[0].Keys, 2)
	for i, key := range a.OperatorKeys {
		assert.Equal(t, strings.TrimSpace(key), u.Users[0].Keys[i])
	}
}

func TestThePreviewsKeyIsOnlyForwardedFor(t *testing.T) {
	a, previews := args(t), args(t).OperatorKeys[0]
	a.Role, a.Stack, a.Volume, a.PreviewsKey = cloudinit.RoleBastion, "", "", previews
	_, u := render(t, a)
	assert.Equal(t, []string{
		strings.TrimSpace(a.OperatorKeys[0]),
		`restrict,port-forwarding,permitopen="*:22",command="/usr/sbin/nologin" ` + strings.TrimSpace(previews),
	}, u.Users[0].Keys)
}

func TestKeysThatWouldGiveMoreThanMeantAreRefused(t *testing.T) {
	other := args(t).OperatorKeys[0]
	for name, change := range map[string]func(*cloudinit.Args){
		"an operator's own key": func(a *cloudinit.Args) { a.PreviewsKey = a.OperatorKeys[0] },
		"not a bastion":         func(a *cloudinit.Args) { a.Role, a.PreviewsKey = cloudinit.RoleDocker, other },
		"options":               func(a *cloudinit.Args) { a.PreviewsKey = `command="id" ` + other },
		"two keys":              func(a *cloudinit.Args) { a.OperatorKeys = []string{other + other} },
		"no operator":           func(a *cloudinit.Args) { a.OperatorKeys = nil },
		"no such role":          func(a *cloudinit.Args) { a.Role = "other" },
	} {
		a := args(t)
		a.Role = cloudinit.RoleBastion
		change(&a)
		_, err := cloudinit.Render(a)
		assert.Error(t, err, name)
	}
}

func TestNamesThatCouldEscapeAShellAreRefused(t *testing.T) {
	a := args(t)
	a.Volume = "data; reboot"
	_, err := cloudinit.Render(a)
	assert.ErrorContains(t, err, "data; reboot")
}

func TestUserDataFitsIntoWhatDigitalOceanTakes(t *testing.T) {
	for _, role := range []cloudinit.Role{cloudinit.RoleDocker, cloudinit.RoleContained, cloudinit.RolePreviews} {
		a := args(t)
		a.Role = role
		text, _ := render(t, a)
		assert.Less(t, len(text), 32<<10, role) // DigitalOcean takes 64 KiB
	}
}

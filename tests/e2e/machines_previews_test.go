package e2e

import (
	"encoding/base64"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/ssh"

	"github.com/odooops/odooops/components/host/cloudinit"
	"github.com/odooops/odooops/localcloud"
)

// sharedHost is a booted host of the previews, with containers that have the
// machine's programs in them and nothing else.
type sharedHost struct {
	*box
	volume localcloud.Volume
}

func newSharedHost(l *lab, key keyPair, operators ...string) *sharedHost {
	l.t.Helper()
	userData, err := cloudinit.Render(cloudinit.Args{
		Name: "preview-host", Role: cloudinit.RolePreviews, Stack: "preview-host", Volume: "preview-host-data",
		HostKey: key.pem, OperatorKeys: operators,
	})
	require.NoError(l.t, err)
	h := &sharedHost{box: l.box(1, "preview-host", userData), volume: localcloud.Volume{ID: "previews-1", Name: "preview-host-data", SizeGB: 4}}
	h.login = login{user: "ops", hostKey: key.public}
	return h
}

// up boots the machine and waits for its Docker.
func (h *sharedHost) up() {
	h.l.t.Helper()
	h.boot()
	require.Contains(h.l.t, h.settled(), "status: done")
	patiently(h.l.t, 30*time.Second, func() error { _, err := h.try("timeout 3 docker version"); return err })
}

// inside is `docker run` of a container that shares the machine's programs.
const inside = "docker run -v /usr:/usr:ro -v /usr/bin:/bin:ro -v /usr/lib:/lib:ro -v /usr/lib64:/lib64:ro "

// from runs a script in a new container on a network.
func (h *sharedHost) from(network, script string) (string, error) {
	return h.try(fmt.Sprintf("%s --rm --network %s empty /usr/bin/timeout 1 /usr/bin/bash -c '%s'", inside, network, script))
}

func (h *sharedHost) address(container string) string {
	return h.must("docker inspect -f '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}' " + container)
}

func (h *sharedHost) eventually(command, want string) {
	h.l.t.Helper()
	patiently(h.l.t, 20*time.Second, func() error {
		got, err := h.try(command)
		if err == nil && got != want {
			err = fmt.Errorf("%s: %q, want %q", command, got, want)
		}
		return err
	})
}

// TestPreviewHost boots the host of the previews from its real user data. The
// steps build on each other, because a boot costs seconds.
func TestPreviewHost(t *testing.T) {
	l := newLab(t)
	other := newHostKey(t)
	authorized := func(key ssh.PublicKey) string { return string(ssh.MarshalAuthorizedKey(key)) }
	h := newSharedHost(l, newHostKey(t), authorized(l.key.PublicKey()), authorized(other.public))
	require.NoError(t, l.AttachVolume(t.Context(), 1, h.volume))
	h.up()

	step := func(name string, f func(t *testing.T)) {
		t.Helper()
		ok := t.Run(name, func(t *testing.T) { l.t = t; f(t) })
		l.t = t
		if !ok {
			t.FailNow()
		}
	}

	step("both zones' operators log in", func(t *testing.T) {
		name, err := runOver(dialAs(t, h.box, other.signer(t)), "hostname")
		require.NoError(t, err)
		require.Equal(t, "preview-host", name)
	})

	step("volumes, templates and registry lie on the data volume, images do not", func(t *testing.T) {
		require.Equal(t, "/data/docker-volumes\n/data/edge\n/data/edge/certs\n/data/edge/dynamic\n/data/previews\n/data/previews/admitted\n/data/templates",
			h.must("sudo find /data -mindepth 1 -type d | sort"))
		h.must("docker volume create --label odooops.stack=kept kept && echo kept | sudo tee /data/docker-volumes/kept/_data/file")
		require.Equal(t, "kept", h.must("sudo cat /var/lib/docker/volumes/kept/_data/file"))
		require.NotEqual(t, h.must("stat -c %d /data"), h.must("sudo stat -c %d /var/lib/docker/image"))
		h.must("sudo cp --reflink=always /data/docker-volumes/kept/_data/file /data/templates/file && sudo rm /data/templates/file")
		require.Equal(t, "running", h.must("systemctl is-system-running --wait"))
	})

	h.must("tar -c -T /dev/null | docker import - empty")
	h.must("docker import - echo", buildEcho(t)...)

	step("there are networks for more previews than Docker has by itself", func(t *testing.T) {
		h.must("for n in $(seq 35); do echo many-$n; done | xargs -n 1 -P 4 docker network create --internal")
		require.Regexp(t, `^172\.(1[6-9]|2\d|3[01])\.\d+\.\d+/26$`, h.must("docker network inspect -f '{{(index .IPAM.Config 0).Subnet}}' many-35"))
		h.must("docker network ls -q --filter name=many- | xargs docker network rm")
	})

	step("a preview has no way out, and none to another preview", func(t *testing.T) {
		h.must("docker network create --internal one && docker network create --internal two")
		h.must("docker run -d --name echo-one --restart always --hostname one --network one echo /echo 8080")
		at := h.address("echo-one")
		say := "read -r name </dev/tcp/" + at + "/8080; echo $name"
		name, err := h.from("one", say)
		require.NoError(t, err)
		require.Equal(t, "one", name)
		require.Equal(t, "one", h.must("bash -c '"+say+"'"), "the edge, on the host's network, reaches it")
		for what, script := range map[string]string{
			"another preview":      "</dev/tcp/" + at + "/8080",
			"the host's sshd":      "</dev/tcp/" + h.must("docker network inspect -f '{{(index .IPAM.Config 0).Gateway}}' two") + "/22",
			"the host by its name": "</dev/tcp/" + h.spec.PrivateIP.String() + "/22",
			"the metadata":         "</dev/tcp/169.254.169.254/80",
			"the cloud":            "</dev/tcp/" + l.net.Gateway.String() + "/443",
			"a name outside":       "getent hosts api.digitalocean.com",
		} {
			_, err := h.from("two", script)
			require.Error(t, err, what)
		}
		require.NotEmpty(t, h.must("getent hosts api.digitalocean.com"), "the host itself knows the name")
	})

	routes := base64.StdEncoding.EncodeToString([]byte("http: {services: {it: {loadBalancer: {servers: [{url: \"http://@IP@:8080\"}]}}}}"))
	step("a container's routes come and go with it", func(t *testing.T) {
		h.must("echo '# written by cert renew' | sudo tee /data/edge/dynamic/certificate.yml")
		h.must("docker run -d --name routed --restart always --network one --label odooops.routes=" + routes + " echo /echo 8080")
		h.eventually("cat /data/edge/dynamic/routed.yml", "# by edge-routes, from the container of this name\n"+
			"http: {services: {it: {loadBalancer: {servers: [{url: \"http://"+h.address("routed")+":8080\"}]}}}}")
		h.must("docker stop -t 0 routed")
		h.eventually("ls /data/edge/dynamic", "certificate.yml")
		h.must("docker start routed")
		h.eventually("ls /data/edge/dynamic", "certificate.yml\nrouted.yml")
		h.must("docker run -d --name brief --network one --label odooops.routes=" + routes + " echo /echo 8080")
		h.eventually("ls /data/edge/dynamic", "brief.yml\ncertificate.yml\nrouted.yml")
		h.must("docker rm -f brief && docker run -d --name certificate --network one --label odooops.routes=" + routes + " echo /echo 8080")
		h.must("sudo systemctl restart edge-routes && docker rm -f certificate")
		h.eventually("ls /data/edge/dynamic", "certificate.yml\nrouted.yml")
		require.Equal(t, "# written by cert renew", h.must("cat /data/edge/dynamic/certificate.yml"), "what is not a container's stays")
	})

	step("a full volume stops the preview that fills it, and nobody else", func(t *testing.T) {
		// calm's filestore is a layer over a template's.
		h.must("sudo mkdir -p /data/templates/one/filestore/filestore/odoo/ab")
		layer := "/var/lib/docker/volumes/calm-data/_data"
		for _, stack := range []string{"calm", "greedy"} {
			labels := " --label odooops.kind=preview --label odooops.stack=" + stack
			h.must("docker volume create" + labels + " " + stack + "-data")
			h.must("sudo mkdir -p /data/docker-volumes/" + stack + "-data/_data/{work,upper/filestore/odoo}")
			filestore := ""
			if stack == "calm" {
				h.must("docker volume create" + labels + " --driver local -o type=overlay -o device=overlay " +
					"-o o=lowerdir=/data/templates/one/filestore,upperdir=" + layer + "/upper,workdir=" + layer + "/work calm-filestore")
				filestore = " -v calm-filestore:/filestore"
			}
			h.must(inside + "-d --name " + stack + labels + " --network one -v " + stack + "-data:/data" + filestore + " empty /usr/bin/sleep infinity")
		}
		h.must("docker exec calm /usr/bin/test -d /filestore/filestore/odoo/ab")
		// All that is left but some MB, in one system call.
		h.must("docker exec greedy /usr/bin/fallocate -l $(($(stat -f -c '%a * %S' /data) - (16 << 20))) /data/one")
		h.eventually("docker inspect -f {{.State.Status}} greedy", "paused")
		h.must("docker exec calm /usr/bin/fallocate -l 100M /filestore/filestore/odoo/ab/upload")
		require.Equal(t, "running", h.must("docker inspect -f {{.State.Status}} calm"))
		h.must("sudo rm /data/docker-volumes/greedy-data/_data/one")
		h.eventually("docker inspect -f {{.State.Status}} greedy", "running")
		h.must("docker pause greedy && docker rm -f greedy calm && docker volume rm calm-filestore greedy-data calm-data")
	})

	step("after a reboot everything is back", func(t *testing.T) {
		before := h.must("cat /proc/sys/kernel/random/boot_id; stat -c %Y /proc/1")
		_, _ = h.try("sudo systemctl reboot")
		patiently(t, 60*time.Second, func() error {
			if h.must("cat /proc/sys/kernel/random/boot_id; stat -c %Y /proc/1") == before {
				return errors.New("it still runs")
			}
			return nil
		})
		h.eventually("docker inspect -f {{.State.Status}} echo-one routed", "running\nrunning")
		h.eventually("grep -c http://"+h.address("routed")+":8080 /data/edge/dynamic/routed.yml", "1")
		require.Equal(t, "kept", h.must("sudo cat /var/lib/docker/volumes/kept/_data/file"))
		require.Regexp(t, `counter packets`, h.must("sudo nft list table inet odooops_inside"))
	})

	step("a host that is replaced finds the previews' volumes", func(t *testing.T) {
		h.must("sudo systemctl stop docker.socket docker.service data-reserve.service data-volume.service")
		require.NoError(t, l.DetachVolume(t.Context(), 1, h.volume))
		require.NoError(t, l.Destroy(t.Context(), 1))
		h.spec.ID = 2
		require.NoError(t, l.AttachVolume(t.Context(), 2, h.volume))
		h.up()
		require.Equal(t, "kept", h.must("docker volume ls --filter label=odooops.stack=kept --format '{{.Name}}'"))
		require.Equal(t, "kept", h.must("sudo cat /var/lib/docker/volumes/kept/_data/file"))
		h.eventually("ls /data/edge/dynamic", "certificate.yml")
	})
}

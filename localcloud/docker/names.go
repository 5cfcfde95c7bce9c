package docker

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/moby/moby/client"
)

const (
	labelCloud   = "odooops.localcloud"         // the instance
	labelDroplet = "odooops.localcloud.droplet" // the droplet's id
)

func (m *Machines) prefix() string        { return "odooops-" + m.cfg.Instance }
func (m *Machines) publicNetwork() string { return m.prefix() + "-public" }

func (m *Machines) containerName(id int, hostname string) string {
	return fmt.Sprintf("%s-%d-%s", m.prefix(), id, hostname)
}

// dockerRoot is the volume that holds the machine's own /var/lib/docker:
// overlayfs can't lie on the overlayfs of its container.
func (m *Machines) dockerRoot(id int) string { return fmt.Sprintf("%s-%d-docker", m.prefix(), id) }

func (m *Machines) labels(extra ...string) map[string]string {
	l := map[string]string{labelCloud: m.cfg.Instance}
	for i := 0; i+1 < len(extra); i += 2 {
		l[extra[i]] = extra[i+1]
	}
	return l
}

// mine filters by the cloud's label, and by key=value pairs if given.
func (m *Machines) mine(extra ...string) client.Filters {
	f := client.Filters{}.Add("label", labelCloud+"="+m.cfg.Instance)
	for _, e := range extra {
		f = f.Add("label", e)
	}
	return f
}

func dropletLabel(id int) string { return labelDroplet + "=" + strconv.Itoa(id) }

// machineImage is the image that stands for a droplet image such as debian-13-x64.
func machineImage(slug string) string {
	return "odooops/machine:" + strings.TrimSuffix(slug, "-x64")
}

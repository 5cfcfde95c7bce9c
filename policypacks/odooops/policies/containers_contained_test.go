package policies

import (
	"testing"

	"github.com/odooops/odooops/policypacks/odooops/policy/policytest"
)

func mounting(from any, readOnly bool, command ...string) policytest.Resource {
	return aContainer(policytest.Props{
		"command": command, "volumes": []any{policytest.Props{"hostPath": from, "containerPath": "/x", "readOnly": readOnly}},
	})
}

func TestAContainerInItsContainerIsAllowed(t *testing.T) {
	policytest.Case{}.Allows(t, containersContained(), mounting("/data/production/current", false, "odoo"))
	policytest.Case{}.Allows(t, containersContained(), mounting("/proc", true, "otelcol"))
	policytest.Case{}.Allows(t, containersContained(), mounting("/run/docker.sock", true, dockerReader))
	edge := aContainer(policytest.Props{"networkMode": "host"})
	edge.Name = "preview-host-edge"
	policytest.Case{Stack: "preview-host", Kind: "preview-host"}.Allows(t, containersContained(), edge)
}

func TestAContainerWithTheHostIsRefused(t *testing.T) {
	for what, changes := range map[string]policytest.Props{
		"privileged":       {"privileged": true},
		"networkMode":      {"networkMode": "host"},
		"pidMode":          {"pidMode": "host"},
		"CAP_SYS_ADMIN":    {"capabilities": policytest.Props{"adds": []string{"CAP_SYS_ADMIN"}}},
		"security profile": {"securityOpts": []string{"seccomp=unconfined"}},
		"devices":          {"devices": []any{policytest.Props{"hostPath": "/dev/sda"}}},
	} {
		policytest.Case{}.Denies(t, containersContained(), what, aContainer(changes))
	}
	edge := aContainer(policytest.Props{"networkMode": "host"})
	edge.Name = "staging-edge"
	rehearsal.Denies(t, containersContained(), "networkMode", edge)
}

func TestDockersSocketIsForTheReaderAlone(t *testing.T) {
	for _, from := range []string{"/var/run/docker.sock", "/run/docker.sock", "/run", "/var/run/", "/", "/run/containerd/containerd.sock"} {
		policytest.Case{}.Denies(t, containersContained(), "docker-read", mounting(from, true, "traefik"))
	}
	policytest.Case{}.Denies(t, containersContained(), "docker-read", mounting("/run/docker.sock", false, dockerReader))
	policytest.Case{}.Denies(t, containersContained(), "docker-read", mounting("/run", true, dockerReader))
	policytest.Case{}.Denies(t, containersContained(), "docker-read", mounting("/run/docker.sock", true, dockerReader, "--all"))
}

func TestAMountOrModeThatIsNotKnownYetIsWaitedFor(t *testing.T) {
	policytest.Case{}.Waits(t, containersContained(), "volumes[0].hostPath", mounting(policytest.Unknown, true))
	policytest.Case{}.Waits(t, containersContained(), "privileged", aContainer(policytest.Props{"privileged": policytest.Unknown}))
	policytest.Case{}.Waits(t, containersContained(), "networkMode", aContainer(policytest.Props{"networkMode": policytest.Unknown}))
}

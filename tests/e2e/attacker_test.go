package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/odooops/odooops/ops/hostscript"
	"github.com/odooops/odooops/tests/checkout"
)

// try is one thing that an attacker does: a function of testdata/attacks.py.
type try struct {
	Verb string   `json:"verb"`
	Args []string `json:"args"`
}

func do(verb string, args ...string) try { return try{verb, args} }

// connects are tries to reach ports of an address.
func connects(address string, ports ...int) []try {
	var tries []try
	for _, port := range ports {
		tries = append(tries, do("connect", address, fmt.Sprint(port)))
	}
	return tries
}

// place is where tries are made, as root: a container, or a machine.
type place struct {
	name string
	ssh  []string // of ssh, up to the command
	exec string   // before the program
}

// machineOf is the machine behind an ssh config, or the bastion before it.
func machineOf(stack, host string) place {
	return place{name: host + " of " + stack, ssh: []string{"-F", ".odooops/ssh/" + stack + "/config", host}, exec: "sudo -n "}
}

// in is a container of the machine. Root in it is who a pull request's image
// can be.
func (p place) in(container string) place {
	return place{name: container, ssh: p.ssh, exec: "docker exec -i -u root " + container + " "}
}

type outcome struct {
	Reached bool
	Seen    string
}

// tries makes them, and says how each went.
func (p place) tries(t *testing.T, c *checkout.Checkout, secrets []string, tries ...try) []outcome {
	t.Helper()
	program, err := os.ReadFile("testdata/attacks.py")
	require.NoError(t, err)
	request, err := json.Marshal(map[string]any{"tries": tries, "secrets": secrets})
	require.NoError(t, err)
	cmd := c.Command("ssh", append(slices.Clone(p.ssh), p.exec+"python3 -c "+hostscript.Quote(string(program)))...)
	var stdout, stderr bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(request), &stdout, &stderr
	require.NoError(t, cmd.Run(), "the attacks can't be tried from %s: %s", p.name, stderr.String())
	var outcomes []outcome
	checkout.Decode(t, stdout.String(), &outcomes)
	require.Len(t, outcomes, len(tries), p.name)
	return outcomes
}

// refused says that nothing of it works from a place.
func (p place) refused(t *testing.T, c *checkout.Checkout, what string, tries ...try) {
	t.Helper()
	for i, o := range p.tries(t, c, nil, tries...) {
		assert.False(t, o.Reached, "%s: %s %q from %s worked: %s", what, tries[i].Verb, tries[i].Args, p.name, o.Seen)
		t.Logf("%s: %s %q from %s: %s", what, tries[i].Verb, tries[i].Args, p.name, o.Seen)
	}
}

// works is the control: the same program sees it work where it is allowed.
func (p place) works(t *testing.T, c *checkout.Checkout, what string, tries ...try) []outcome {
	t.Helper()
	outcomes := p.tries(t, c, nil, tries...)
	for i, o := range outcomes {
		assert.True(t, o.Reached, "control of %s: %s %q from %s should work, or its refusal proves nothing: %s",
			what, tries[i].Verb, tries[i].Args, p.name, o.Seen)
	}
	return outcomes
}

// TestAttacksTellWhatWorksFromWhatDoesNot makes the tries that need no machine
// on this computer: as root, where they work, and as root with a container's
// rights, where they do not.
func TestAttacksTellWhatWorksFromWhatDoesNot(t *testing.T) {
	program, err := os.ReadFile("testdata/attacks.py")
	require.NoError(t, err)
	secret := t.TempDir() + "/secret"
	require.NoError(t, os.WriteFile(secret, nil, 0o600))
	tries := []try{
		do("mount"), do("unshare", "mnt"), do("mknod"), do("packet"), do("processes", "attacked"), do("trace", "attacked"), do("setuid"), do("capabilities"),
		// Nobody takes these away.
		do("trace_child"), do("own_unix"), do("read", secret),
	}
	const taken = 8
	sleep, err := exec.LookPath("sleep")
	require.NoError(t, err)
	name := t.TempDir() + "/attacked"
	require.NoError(t, os.Symlink(sleep, name))
	victim := exec.Command(name, "60")
	require.NoError(t, victim.Start())
	defer func() { _ = victim.Process.Kill(); _ = victim.Wait() }()

	request, err := json.Marshal(map[string]any{"tries": tries})
	require.NoError(t, err)
	for how, command := range map[string][]string{
		"free": nil,
		"held": {"unshare", "--pid", "--fork", "--net", "--mount", "--mount-proc", "setpriv", "--no-new-privs",
			"--bounding-set", "-all,+chown,+dac_override,+fowner,+setgid,+setuid"},
	} {
		command = append(slices.Clone(command), "python3", "-c", string(program))
		cmd := exec.Command(command[0], command[1:]...)
		cmd.Stdin = bytes.NewReader(request)
		out, err := cmd.Output()
		require.NoError(t, err, how)
		var outcomes []outcome
		checkout.Decode(t, string(out), &outcomes)
		require.Len(t, outcomes, len(tries))
		for i, o := range outcomes {
			assert.Equal(t, how == "free" || i >= taken, o.Reached, "%s: %s %q: %s", how, tries[i].Verb, tries[i].Args, o.Seen)
		}
	}
}

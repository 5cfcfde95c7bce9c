package workspace

import (
	"os/exec"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const locked = "error: the stack is currently locked by 1 lock(s). Either wait for the other process(es) to end or delete the lock file with `pulumi cancel`.\n" +
	"  file:///x/.pulumi/locks/organization/odooops/production/1.json: created by ann@laptop (pid 4711) at 2026-11-21T22:10:00Z"

func TestLockSaysWhoAndHowToClearIt(t *testing.T) {
	l, is := findLock(locked)
	require.True(t, is)
	assert.Equal(t, Lock{User: "ann", Host: "laptop", PID: 4711, At: "2026-11-21T22:10:00Z"}, l)
	err := l.fault("production")
	assert.ErrorContains(t, err, "ann on laptop (pid 4711) since 2026-11-21T22:10:00Z")
	assert.ErrorContains(t, err, "odooops up production --cancel")
}

func TestOtherErrorsAreNoLock(t *testing.T) {
	_, is := findLock("error: something else")
	assert.False(t, is)
}

func TestALockOfAnotherComputerIsNeverCalledDead(t *testing.T) {
	assert.Equal(t, unknown, holderOf(Lock{Host: "elsewhere", PID: 1}, "here"))
}

func TestALockWhoseProcessIsGoneIsDead(t *testing.T) {
	cmd := exec.Command("true")
	require.NoError(t, cmd.Run())
	assert.Equal(t, dead, holderOf(Lock{Host: "here", PID: cmd.Process.Pid}, "here"))
	// A process number that was given to something else is no holder either.
	assert.Equal(t, dead, holderOf(Lock{Host: "here", PID: 1}, "here"))
}

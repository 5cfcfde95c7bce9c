// Package git asks the program git: it knows the user's credentials, every
// kind of remote and every kind of checkout.
package git

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"

	"github.com/odooops/odooops/ops/fault"
)

// Run runs git in dir and gives what it prints. It never asks for a password,
// and a hook's own variables (GIT_DIR and its like) don't reach it: they would
// turn every question into one about the repository of the hook.
func Run(ctx context.Context, dir string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "git", append([]string{"-C", dir}, args...)...)
	cmd.Env = []string{"GIT_TERMINAL_PROMPT=0", "LC_ALL=C"}
	for _, v := range os.Environ() {
		name, _, _ := strings.Cut(v, "=")
		switch name {
		case "GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_COMMON_DIR", "GIT_PREFIX",
			"GIT_NAMESPACE", "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_TERMINAL_PROMPT", "LC_ALL", "LANGUAGE":
		default:
			cmd.Env = append(cmd.Env, v)
		}
	}
	var out, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &stderr
	err := cmd.Run()
	switch {
	case err == nil:
		return out.String(), nil
	case errors.Is(err, exec.ErrNotFound):
		return "", fault.Newf("run git", "install git and run this again", "there is no git on PATH")
	case ctx.Err() != nil:
		return "", ctx.Err()
	}
	said := strings.TrimSpace(stderr.String())
	if said == "" {
		said = err.Error()
	}
	return "", fmt.Errorf("git %s in %s: %s", args[0], dir, said)
}

// Line is git's answer of one line.
func Line(ctx context.Context, dir string, args ...string) (string, error) {
	out, err := Run(ctx, dir, args...)
	return strings.TrimSpace(out), err
}

package docker

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// freezers is where cgroup v1 has them; v2 needs none of this.
const freezers = "/sys/fs/cgroup/freezer"

// thaw lets the paused containers of a machine go on, again and again until
// ctx ends. With cgroup v1 not even a power cut ends a process that is frozen,
// and the machine would hang in its stop for ever.
func thaw(ctx context.Context, pid int) {
	root := freezerOf(pid)
	if root == "" {
		return
	}
	for {
		_ = filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.Name() != "freezer.state" {
				return nil // cgroups come and go
			}
			if state, err := os.ReadFile(path); err == nil && !bytes.HasPrefix(state, []byte("THAWED")) {
				_ = os.WriteFile(path, []byte("THAWED"), 0)
			}
			return nil
		})
		select {
		case <-ctx.Done():
			return
		case <-time.After(time.Second):
		}
	}
}

// freezerOf is the folder of a process's freezer; empty without cgroup v1.
func freezerOf(pid int) string {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/cgroup", pid))
	if err != nil {
		return ""
	}
	lines := bufio.NewScanner(bytes.NewReader(text))
	for lines.Scan() {
		// 6:freezer:/docker/8d4c…
		if parts := strings.SplitN(lines.Text(), ":", 3); len(parts) == 3 && parts[1] == "freezer" && strings.Contains(parts[2], "/docker/") {
			return filepath.Join(freezers, parts[2])
		}
	}
	return ""
}

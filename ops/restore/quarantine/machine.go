package quarantine

import (
	"context"
	"fmt"
	"io"
	"strings"
)

// The directories on the machine's volume.
const (
	Raw        = "raw"        // the restored cluster: production's data
	RawFiles   = "rawfiles"   // what was fetched of production's file store
	Clean      = "clean"      // a new cluster: masked rows only
	CleanFiles = "cleanfiles" // its file store
)

// Where a container is.
const (
	Nowhere = "none"
	// Inside is a network of the containers alone; a server is called by its role.
	Inside = "inside"
	// Out reaches the repositories' addresses, by HTTPS, and nothing else.
	Out = "out"
)

// Machine runs containers in a quarantine.
type Machine interface {
	// Prepare makes directories, networks and images ready. What an earlier
	// run left stays when it was for the same work, and is removed when not.
	Prepare(ctx context.Context, s Settings, say func(string)) error
	// Pull gets an image, when it is missing.
	Pull(ctx context.Context, image, registryToken string, say func(string)) error
	// Run runs a container to its end, or starts a detached one. The error of
	// one that failed is an *ExitError, and the output is there all the same.
	Run(ctx context.Context, c Container, say func(string)) (Output, error)
	// Exec runs a command in a detached container.
	Exec(ctx context.Context, e Exec) (Output, error)
	// Stop ends detached containers cleanly. None is no error.
	Stop(ctx context.Context, roles ...string) error
	// Empty removes all that is in directories.
	Empty(ctx context.Context, dirs ...string) error
	// Own gives all that is in a directory to UID:GID.
	Own(ctx context.Context, dir, owner string) error
	// Pack writes directories under other names, as a tar through zstd.
	Pack(ctx context.Context, image string, dirs map[string]string, to io.Writer) error
	// Take keeps what is read as a file of a directory.
	Take(ctx context.Context, file string, from io.Reader) error
}

// Settings of the machine.
type Settings struct {
	// Work says what is done; other work than last time's begins anew.
	Work string `json:"work"`
	// Images are fetched when missing.
	Images []string `json:"images"`
	// RegistryToken reads them; empty reads without login.
	RegistryToken string `json:"registryToken"`
	// Endpoints are the repositories' host names, which Out reaches.
	Endpoints []string `json:"endpoints"`
}

// Mount of a directory of the machine's volume.
type Mount struct {
	Dir      string `json:"dir"`
	Path     string `json:"path"`
	ReadOnly bool   `json:"readOnly"`
}

// Container to run.
type Container struct {
	Role    string   `json:"role"`
	Image   string   `json:"image"`
	Command []string `json:"command"`
	// User is UID:GID; empty is root.
	User    string `json:"user"`
	Network string `json:"network"`
	// Files are put into /run/odooops, for root alone, and are in memory only.
	Files  map[string]string `json:"files"`
	Mounts []Mount           `json:"mounts"`
	Env    map[string]string `json:"env"`
	// Stdin is what the command reads; a detached one reads nothing.
	Stdin  string `json:"stdin"`
	Detach bool   `json:"detach"`
	// Quiet keeps its progress from being said: it is somebody else's log.
	Quiet bool `json:"quiet"`
	// ShmMB is the size of /dev/shm; 0 is Docker's 64.
	ShmMB int `json:"shmMb"`
}

// Exec in a detached container.
type Exec struct {
	Role    string   `json:"role"`
	Command []string `json:"command"`
	User    string   `json:"user"`
	Stdin   string   `json:"stdin"`
	// ToFile keeps the output in a file on the machine instead.
	ToFile string `json:"toFile"`
	// FromFile is read instead of Stdin.
	FromFile string `json:"fromFile"`
}

// Output of a command.
type Output struct {
	Code   int    `json:"code"`
	Stdout string `json:"stdout"`
	// Tail is the last of its stderr.
	Tail []string `json:"tail"`
}

// ExitError is a command that failed.
type ExitError struct {
	Role string
	Output
}

func (e *ExitError) Error() string {
	if len(e.Tail) == 0 {
		return fmt.Sprintf("%s ended with exit code %d", e.Role, e.Code)
	}
	return strings.Join(e.Tail, "\n")
}

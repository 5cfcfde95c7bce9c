package pr

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/odooops/odooops/components/sshaccess"
	"github.com/odooops/odooops/ops/backend"
	"github.com/odooops/odooops/ops/fault"
	"github.com/odooops/odooops/ops/index"
	"github.com/odooops/odooops/ops/previewhost"
	"github.com/odooops/odooops/ops/project"
	"github.com/odooops/odooops/ops/workspace"
	"github.com/odooops/odooops/stacks/config"
)

// Shop is all that the previews of a zone have in common.
type Shop struct {
	Project *project.Project
	Env     map[string]string // of engine and cloud, for the zone
	Backend *backend.Backend
	// Pattern is Pulumi.preview.yaml, decrypted.
	Pattern map[string]string
	// HostStack is the shared host's; its outputs are empty while it has none.
	HostStack string
	Host      config.PreviewHostOutputs
	// Login is how to get to the host.
	Login sshaccess.Access
	// OperatorKey is the zone's; RegistryToken reads images, and may be empty.
	OperatorKey, RegistryToken string
	On                         previewhost.Host
	// Recorded: nothing boots, so nothing answers.
	Recorded bool
	Roots    *x509.CertPool
	EdgePort string // of the sites; empty is 443
	Repair   workspace.Repairer
	Progress *workspace.Lines
	Say      func(string)
	Now      func() time.Time
}

// Folder is where the engine works for a stack: nothing of a preview lies in
// the checkout's root, and two previews never share a file.
func (s *Shop) Folder(stack string) string { return s.Project.Private("previews", stack) }

// prepare makes the folder: the project's file, and what reaches the host. A
// destroy from an empty clone needs it as much as an up.
func (s *Shop) prepare(stack string) error {
	dir, err := s.Project.MakePrivate("previews", stack)
	if err != nil {
		return err
	}
	content, err := os.ReadFile(filepath.Join(s.Project.Root, "Pulumi.yaml"))
	if err != nil {
		return fmt.Errorf("prepare the folder of %s: %w", stack, err)
	}
	file := filepath.Join(dir, "Pulumi.yaml")
	if old, err := os.ReadFile(file); err != nil || string(old) != string(content) {
		if err := os.WriteFile(file, content, 0o600); err != nil {
			return fmt.Errorf("prepare the folder of %s: %w", stack, err)
		}
	}
	if s.Host.HostID == "" {
		return nil
	}
	return sshaccess.WriteClientFiles(filepath.Join(dir, config.SSHDir(s.HostStack)), s.Login)
}

// forget removes the folder, and the one above it when it was the last.
func (s *Shop) forget(stack string) error {
	if err := os.RemoveAll(s.Folder(stack)); err != nil {
		return err
	}
	_ = os.Remove(filepath.Dir(s.Folder(stack)))
	return nil
}

// open opens the preview's stack in its folder. A program runs in this
// process, which therefore has to be in that folder. made says that the stack
// was not there before.
func (s *Shop) open(ctx context.Context, stack string, program pulumi.RunFunc, create bool) (st *workspace.Stack, made bool, err error) {
	if err := s.prepare(stack); err != nil {
		return nil, false, err
	}
	o := workspace.Options{
		Project: s.Project, Stack: stack, Program: program, Env: s.Env,
		Progress: s.Progress, Create: create, Unknown: create, WorkDir: s.Folder(stack),
	}
	st, err = workspace.Open(ctx, o)
	if err != nil && create && strings.Contains(err.Error(), "already exists") {
		// Somebody made it between our look and our making: it is theirs.
		o.Unknown = false
		st, err = workspace.Open(ctx, o)
		return st, false, err
	}
	return st, create, err
}

// state is what the backend has of a preview. One that a killed run tore is
// mended first, which opening does: there is no other command for a preview.
func (s *Shop) state(ctx context.Context, stack string) (*apitype.DeploymentV3, error) {
	known, err := s.Backend.State(ctx, stack)
	if !errors.Is(err, backend.ErrTorn) {
		return known, err
	}
	if _, _, err := s.open(ctx, stack, nil, false); err != nil {
		return nil, err
	}
	return s.Backend.State(ctx, stack)
}

// reach writes what reaches a droplet of the preview's own.
func (s *Shop) reach(stack string, out config.OdooOutputs) error {
	return sshaccess.WriteClientFiles(filepath.Join(s.Folder(stack), config.SSHDir(stack)), out.Access(s.OperatorKey))
}

// host is the shared one, when it is there.
func (s *Shop) host() (previewhost.Host, error) {
	if s.Host.HostID == "" {
		return nil, fault.Newf("reach the preview host", "run odooops up "+s.HostStack, "the stack %s is not there", s.HostStack)
	}
	return s.On, nil
}

// busy says of a lock what to do about it with the commands of previews.
func busy(number int, verb string, err error) error {
	if !errors.Is(err, workspace.ErrLocked) {
		return err
	}
	var f *fault.Fault
	cause := err
	if errors.As(err, &f) {
		cause = f.Cause
	}
	return fault.New(fmt.Sprintf("pr %s --number %d", verb, number),
		fmt.Sprintf("wait for it; or, when you know that it is dead, run odooops pr %s --number %d --cancel", verb, number), cause)
}

// moved are the docker resources of a stack whose host was replaced since they
// were made. They are dropped from the state without dialling a host that is
// gone; the volumes are on the data volume and are found again by name.
func moved(st workspace.State, tags map[string]string, host string) []string {
	old := tags[index.HostID]
	if old == "" || host == "" || old == host {
		return nil
	}
	var urns []string
	for _, r := range st.Resources {
		if strings.HasPrefix(string(r.Type), "docker:index/") {
			urns = append(urns, string(r.URN))
		}
	}
	return urns
}

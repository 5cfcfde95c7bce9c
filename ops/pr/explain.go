package pr

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/odooops/odooops/ops/fault"
	"github.com/odooops/odooops/ops/workspace"
)

// explain keeps what the preview's containers said when an update failed: the
// next run, or the sweep, takes them away.
func (s *Shop) explain(ctx context.Context, stack string, cause error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 20*time.Second)
	defer cancel()
	if s.Host.HostID == "" || s.Recorded || errors.Is(cause, workspace.ErrLocked) {
		return cause // of a lock the containers say nothing
	}
	text, err := s.On.Logs(ctx, stack)
	if err != nil || text == "" {
		return cause
	}
	dir, err := s.Project.MakePrivate("logs")
	if err != nil {
		return cause
	}
	file := filepath.Join(dir, stack+"-"+s.Now().UTC().Format("20060102T150405Z")+".log")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		return cause
	}
	var f *fault.Fault
	if errors.As(cause, &f) {
		return fault.New(f.What, fmt.Sprintf("read %s (all that its containers said); %s", file, f.Next), f.Cause)
	}
	return fmt.Errorf("%w; all that its containers said is in %s", cause, file)
}

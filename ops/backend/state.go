package backend

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"github.com/odooops/odooops/ops/fault"
)

// ErrTorn says that a state is no whole file.
var ErrTorn = errors.New("its file is torn")

// beingWritten is how often a state that is no whole file is read again.
const beingWritten = 10

// State is a stack's as the engine last wrote it, secrets encrypted; nil where
// there is no such stack. To ask the engine for it costs three starts of the
// CLI, and the passphrase of the zone: this costs neither, so that one can look
// at fifty previews at once, and from the other zone.
func (b *Backend) State(ctx context.Context, stack string) (*apitype.DeploymentV3, error) {
	what := "read the state of " + stack
	text, err := b.files.read(ctx, stacksDir+stack+".json")
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fault.New(what, "", err)
	}
	var file struct {
		Version    int `json:"version"`
		Checkpoint struct {
			Latest *apitype.DeploymentV3 `json:"latest"`
		} `json:"checkpoint"`
	}
	for attempt := 0; ; attempt++ {
		err := json.Unmarshal(text, &file)
		if err == nil {
			break
		}
		if attempt == beingWritten {
			return nil, fault.New(what, "a run that was killed may have torn it: odooops up mends that", fmt.Errorf("%w: %w", ErrTorn, err))
		}
		// A folder's state is written in place: it may be whole in a moment.
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
		if text, err = b.files.read(ctx, stacksDir+stack+".json"); errors.Is(err, fs.ErrNotExist) {
			return nil, nil
		} else if err != nil {
			return nil, fault.New(what, "", err)
		}
	}
	// Without anything in it, a new stack's file has no version yet.
	empty := file.Version == 0 && file.Checkpoint.Latest == nil
	if !empty && file.Version != stateVersion && file.Version != stateVersionFeatures {
		return nil, fault.Newf(what, "use the pulumi of make tools", "its file is of version %d, not %d", file.Version, stateVersion)
	}
	if file.Checkpoint.Latest == nil {
		return &apitype.DeploymentV3{}, nil // made, and never updated
	}
	return file.Checkpoint.Latest, nil
}

// The engine's formats that this code knows. The second is the first with a
// list of what else a reader must know to write it, such as replaceWith.
const (
	stateVersion         = 3
	stateVersionFeatures = 4
)

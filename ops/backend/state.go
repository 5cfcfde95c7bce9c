package backend

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"github.com/odooops/odooops/ops/fault"
)

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
	if err := json.Unmarshal(text, &file); err != nil {
		return nil, fault.New(what, "a run that was killed may have torn it: odooops up mends that", err)
	}
	if file.Version != stateVersion && file.Version != stateVersionFeatures {
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

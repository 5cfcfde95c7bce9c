package pr

import (
	"context"
	"fmt"

	"github.com/odooops/odooops/ops/fault"
	"github.com/odooops/odooops/stacks/config"
)

// Config is what a preview that is there was made with. No file holds it: the
// pattern and the state do.
func (s *Shop) Config(ctx context.Context, number int) (map[string]string, error) {
	b, err := s.look(ctx, config.PreviewStack(number), UpOptions{Number: number, DryRun: true})
	if err != nil {
		return nil, err
	}
	if b.new {
		return nil, fault.Newf(fmt.Sprintf("config of preview %d", number),
			fmt.Sprintf("run odooops pr up --number %d, or odooops pr list", number), "there is no such preview")
	}
	b.values["template"], b.values["templateImage"] = b.old.Template, b.old.TemplateImage
	return b.values, nil
}

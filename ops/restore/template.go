package restore

import (
	"context"
	"io"
	"strings"
	"time"

	"github.com/odooops/odooops/ops/fault"
	"github.com/odooops/odooops/ops/previewhost"
)

// Template is the previews' as a target: a new one beside those that are there.
type Template struct {
	Host previewhost.Host
	// ID of the new one.
	ID            string
	Own           Identity
	Image         Images
	RegistryToken string
	Now           func() time.Time
}

// Name of the target.
func (*Template) Name() string { return "template" }

// Identity is nobody's: each preview gets its own.
func (t *Template) Identity() Identity { return t.Own }

// Images that previews run.
func (t *Template) Images() Images { return t.Image }

// Check that the host answers.
func (t *Template) Check(ctx context.Context) error {
	if t.Host == nil {
		return fault.Newf("publish a template", "run odooops up preview-host", "the previews' host is not there")
	}
	_, err := t.Host.Templates(ctx)
	return err
}

// Publish makes the template. It is complete with its last file: from then on
// previews find it.
func (t *Template) Publish(ctx context.Context, p Publication, say func(string)) (string, error) {
	of := previewhost.Arrival{
		Template: previewhost.Template{
			ID: t.ID, Created: t.Now().UTC().Truncate(time.Second), Source: "masked", Modules: p.Modules,
			Images: map[string]string{"odoo": t.Image.Odoo, "postgres": t.Image.Postgres},
		},
		Bytes: p.Bytes, RegistryToken: t.RegistryToken,
	}
	err := stream(ctx, p.Stream, func(ctx context.Context, r io.Reader) error {
		out, err := t.Host.Receive(ctx, of, r, say)
		if len(out.Retired) > 0 {
			say("retired: " + strings.Join(out.Retired, ", "))
		}
		return err
	})
	return t.ID, err
}

// Switch is nobody's: the next preview takes the newest.
func (*Template) Switch(context.Context, string, func(string)) error { return nil }

// Answer was asked in the quarantine: nobody serves a template.
func (*Template) Answer(context.Context, string, func(string)) error { return nil }

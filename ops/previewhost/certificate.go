package previewhost

import (
	"context"

	"github.com/odooops/odooops/ops/cert"
)

// Edge is the certificate's place on the host. Core's operator may log in
// there; the host's own zone has no token to get a certificate with.
type Edge struct{ Host *SSH }

var _ cert.Place = Edge{}

// Current reads the chain that is served.
func (e Edge) Current(ctx context.Context) (string, error) {
	answer, err := e.Host.ask(ctx, "certificate", question{"current", nil}, nil)
	if err != nil {
		return "", err
	}
	return decode[string](answer["cert"])
}

// Install puts a new one in its place.
func (e Edge) Install(ctx context.Context, c cert.Certificate) error {
	_, err := e.Host.ask(ctx, "certificate", question{"install", c}, nil)
	return err
}

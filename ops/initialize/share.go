package initialize

import (
	"context"
	"fmt"

	"github.com/odooops/odooops/components/edge"
	"github.com/odooops/odooops/stacks/config"
)

// share tells each zone the public keys of the other: the platform's bastion
// lets the previews' operator pass, the previews' host lets core's operator
// in, and the observability host knows the previews' token by its hash. They stand in the files in plain, so that neither zone needs the other's
// passphrase ever after.
func (r *run) share(ctx context.Context) error {
	for _, host := range r.in(config.Previews) {
		if r.files[host].Plain("kind") != config.KindPreviewHost {
			continue
		}
		platform := r.bastionOf(host)
		if platform == "" {
			r.Say(fmt.Sprintf("no platform has the bastion of %s (odooops:bastionName): its keys are not told to it", host))
			continue
		}
		if err := r.tell(ctx, platform, "sshOperatorKey", host, "coreOperatorKey"); err != nil {
			return err
		}
		if err := r.tell(ctx, platform, "bastionHostKey", host, "bastionHostKey"); err != nil {
			return err
		}
		if err := r.tell(ctx, host, "sshOperatorKey", platform, "previewsOperatorKey"); err != nil {
			return err
		}
		if err := r.tellHash(ctx, host, "telemetryToken", platform, "previewsTelemetryHash"); err != nil {
			return err
		}
	}
	return nil
}

// bastionOf is the platform whose bastion the previews' host is reached through.
func (r *run) bastionOf(host string) string {
	name := r.files[host].Plain("bastionName")
	if name == "" {
		name = "platform-bastion"
	}
	for _, stack := range r.in(config.Core) {
		if r.files[stack].Plain("kind") == config.KindPlatform && stack+"-bastion" == name {
			return stack
		}
	}
	return ""
}

// tell writes the public half of one file's secret key into another file.
func (r *run) tell(ctx context.Context, from, secret, to, key string) error {
	return r.derive(ctx, from, secret, to, key, config.PublicKey)
}

// tellHash does so with what a password hashes to.
func (r *run) tellHash(ctx context.Context, from, secret, to, key string) error {
	return r.derive(ctx, from, secret, to, key, func(password string) (string, error) { return edge.Hash(password), nil })
}

// derive writes what may be known of one file's secret into another file. When
// the secret's zone is not open, what the other file says stays.
func (r *run) derive(ctx context.Context, from, secret, to, key string, public func(string) (string, error)) error {
	pass, open := r.pass[r.zoneOf(from)]
	if !open {
		return nil
	}
	values, err := r.files[from].Values(ctx, pass)
	if err != nil {
		return err
	}
	value, err := public(values[secret])
	if err != nil {
		return fmt.Errorf("public half of %s of %s: %w", secret, from, err)
	}
	return r.set(to, key, value)
}

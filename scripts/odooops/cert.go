package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/digitalocean/godo"
	"github.com/spf13/cobra"

	"github.com/odooops/odooops/ops/cert"
	"github.com/odooops/odooops/ops/cloud"
	"github.com/odooops/odooops/ops/fault"
	"github.com/odooops/odooops/ops/previewhost"
	"github.com/odooops/odooops/stacks/config"
)

func (a *app) certCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "cert", Short: "The previews' wildcard certificate"}
	cmd.AddCommand(a.certRenew())
	return cmd
}

type certFlags struct {
	staging, force, dryRun bool
	email                  string
}

func (a *app) certRenew() *cobra.Command {
	var f certFlags
	cmd := &cobra.Command{
		Use:   "renew",
		Short: "Get the previews' wildcard certificate, when it is due, and put it on their host",
		Long: "Get the previews' wildcard certificate, when the one that is served has less than 30\n" +
			"days left, and put it on their host. It works in core: it needs a token that may write\n" +
			"DNS, core's operator key and the platform's state.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if f.dryRun {
				_, err := a.renewCertificate(cmd.Context(), f)
				return err
			}
			return a.record(cmd.Context(), "cert renew", "", func() (map[string]any, error) {
				r, err := a.renewCertificate(cmd.Context(), f)
				return map[string]any{"renewed": r.Renewed, "why": r.Why, "expires": r.Expires}, err
			})
		},
	}
	cmd.Flags().BoolVar(&f.staging, "staging-ca", false, "from the authority for trying out, which no browser believes")
	cmd.Flags().BoolVar(&f.force, "force", false, "also when it is not due")
	cmd.Flags().StringVar(&f.email, "email", "", "address of the account with the authority")
	cmd.Flags().BoolVar(&f.dryRun, "dry-run", false, "say whether it is due, change nothing")
	return cmd
}

func (a *app) renewCertificate(ctx context.Context, f certFlags) (cert.Result, error) {
	host, err := a.previewHostStack()
	if err != nil {
		return cert.Result{}, err
	}
	values, err := a.checked(ctx, host)
	if err != nil {
		return cert.Result{}, err
	}
	h, err := config.ParsePreviewHost(values)
	if err != nil {
		return cert.Result{}, err
	}
	get, err := a.cloudGetter()
	if err != nil {
		return cert.Result{}, err
	}
	do, err := cloud.DigitalOcean(get)
	if err != nil {
		return cert.Result{}, err
	}
	place, closePlace, err := a.certificatePlace(ctx, do, get, host, h)
	if err != nil {
		return cert.Result{}, err
	}
	defer closePlace()
	r, err := cert.Renew(ctx, cert.Options{
		Zone: h.Domain, Domain: h.Subdomain + "." + h.Domain, Cloud: do, Place: place,
		Authority: a.authority(get, f), Roots: a.roots(), Staging: f.staging, Force: f.force,
		DryRun: f.dryRun, Now: time.Now(), Say: a.sayLine,
	})
	if err != nil {
		return r, err
	}
	return r, a.emit(r, func(w io.Writer) {
		verb := "left as it is"
		switch {
		case r.Renewed:
			verb = "renewed"
		case f.dryRun:
			verb = "looked at"
		}
		fmt.Fprintf(w, "%s %s: %s; issued by %s, until %s\n", r.Domains[0], verb, r.Why, dash(r.Issuer), r.Expires.UTC().Format(time.DateOnly))
	})
}

// authority is Let's Encrypt, or what the local cloud has for it.
func (a *app) authority(get cloud.Getter, f certFlags) cert.ACME {
	directory, name := cert.Production, "production"
	local := get("ODOOOPS_LOCAL_ACME")
	if f.staging {
		directory, name = cert.Staging, "staging"
		local = get("ODOOOPS_LOCAL_ACME_STAGING")
	}
	token := get("DIGITALOCEAN_TOKEN")
	if token == "" {
		token = get("DIGITALOCEAN_ACCESS_TOKEN")
	}
	c := cert.ACME{Directory: directory, Email: f.email, API: get("DIGITALOCEAN_API_URL"), Token: token}
	if local != "" {
		name = "local-" + name
		c.Directory, c.Resolver, c.Client = local, get("ODOOOPS_LOCAL_DNS"), &http.Client{
			Timeout:   time.Minute,
			Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: a.roots(), MinVersion: tls.VersionTLS12}},
		}
	}
	c.AccountFile = a.project.Private("acme", name+".json")
	return c
}

// previewHostStack is the stack that previews are on.
func (a *app) previewHostStack() (string, error) {
	for _, stack := range a.project.Stacks() {
		if kind, err := a.project.Kind(stack); err == nil && kind == config.KindPreviewHost {
			return stack, nil
		}
	}
	return "", fault.Usage("cert renew", "bring Pulumi.preview-host.yaml back from version control", "no stack is of kind %s", config.KindPreviewHost)
}

// certificatePlace reaches the host with core's own key, by what the cloud and
// the platform say of it: not by the previews' state.
func (a *app) certificatePlace(ctx context.Context, do *godo.Client, get cloud.Getter, host string, h *config.PreviewHost) (cert.Place, func(), error) {
	nothing := func() {}
	if get("ODOOOPS_LOCAL_MACHINES") == "none" {
		dir := a.project.Private("edge", host)
		a.say("records only: the certificate is kept in %s", dir)
		return cert.Folder(dir), nothing, nil
	}
	droplets, _, err := do.Droplets.ListByName(ctx, host, nil)
	if err != nil {
		return nil, nothing, fmt.Errorf("look for the droplet %s: %w", host, err)
	}
	if len(droplets) != 1 {
		return nil, nothing, fault.Newf("cert renew", "run odooops up "+host, "there are %d droplets called %s", len(droplets), host)
	}
	address, err := droplets[0].PrivateIPv4()
	if err != nil {
		return nil, nothing, err
	}
	key, bastion, err := a.wayIn(ctx)
	if err != nil {
		return nil, nothing, err
	}
	hostKey, err := config.PublicKey(h.HostKey)
	if err != nil {
		return nil, nothing, err
	}
	ssh := &previewhost.SSH{Access: bastion.Through(key, address, hostKey)}
	return previewhost.Edge{Host: ssh}, func() { _ = ssh.Close() }, nil
}

// wayIn is the platform's bastion, and core's operator key.
func (a *app) wayIn(ctx context.Context) (key string, bastion config.Bastion, err error) {
	for _, stack := range a.project.Stacks() {
		kind, err := a.project.Kind(stack)
		if err != nil || kind != config.KindPlatform {
			continue
		}
		st, exists, err := a.state(ctx, stack)
		if err != nil {
			return "", bastion, err
		}
		if !exists {
			return "", bastion, fault.Newf("cert renew", "run odooops up "+stack, "the platform is not there")
		}
		out, err := config.DecodePlatform(st.Outputs())
		if err != nil {
			return "", bastion, err
		}
		values, err := a.values(ctx, stack)
		return values["sshOperatorKey"], out.Bastion, err
	}
	return "", bastion, fault.Usage("cert renew", "bring Pulumi.platform.yaml back from version control", "no stack is of kind %s", config.KindPlatform)
}

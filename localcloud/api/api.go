// Package api serves the DigitalOcean API over the records of the local
// cloud: same routes, same wire format, same refusals. It must not run
// anything itself: what a change means for machines is the business of Effects.
package api

import (
	"context"
	"log/slog"
	"net/http"
	"net/netip"
	"time"

	"github.com/digitalocean/godo"

	"github.com/odooops/odooops/localcloud/records"
)

// Effects make records real. Every call is idempotent and reads what it needs
// from the records. A nil Effects means records only: everything is done at once.
type Effects interface {
	// DropletUp boots a droplet with its volumes, addresses and firewall.
	DropletUp(ctx context.Context, id int) error
	// DropletDown stops it.
	DropletDown(ctx context.Context, id int, graceful bool) error
	// DropletGone removes it.
	DropletGone(ctx context.Context, id int) error
	VolumeAttached(ctx context.Context, droplet int, v godo.Volume) error
	VolumeDetached(ctx context.Context, droplet int, v godo.Volume) error
	VolumeGone(ctx context.Context, v godo.Volume) error
	// AddressesChanged routes the droplet's reserved addresses.
	AddressesChanged(ctx context.Context, droplet int) error
	// FirewallsChanged applies all firewalls to all droplets.
	FirewallsChanged(ctx context.Context) error
	VPCUp(ctx context.Context, id string) error
	VPCGone(ctx context.Context, id string) error
}

// Config is what an API needs.
type Config struct {
	Store *records.Store
	// Effects may be nil: records only.
	Effects Effects
	// Public is the subnet public addresses come from; Gateway is never given out.
	Public  netip.Prefix
	Gateway netip.Addr
	Log     *slog.Logger
	Now     func() time.Time
	// Storage by cloud: spaces and aws.
	Storage map[string]Storage
}

// API is the server. Handler serves machines and users, Local only this computer.
type API struct {
	Config
	faults  faults
	context context.Context // ends with the cloud; effects outlive requests
	mux     *http.ServeMux
	local   *http.ServeMux
}

// New makes the API. Effects that a request started go on until ctx ends.
func New(ctx context.Context, c Config) *API {
	a := &API{Config: c, context: ctx, mux: http.NewServeMux(), local: http.NewServeMux()}
	a.account()
	a.droplets()
	a.dropletActions()
	a.actions()
	a.volumes()
	a.reservedIPs()
	a.vpcs()
	a.firewalls()
	a.keys()
	a.domains()
	a.tags()
	a.projects()
	a.spacesKeys()
	a.uptime()
	a.monitoring()
	a.mux.HandleFunc("/", a.unknown)
	a.localRoutes()
	return a
}

// Handler serves /v2 to whoever has the token.
func (a *API) Handler() http.Handler {
	return a.authenticated(a.faults.before(a.mux))
}

// LocalHandler serves /v2 and, without a token, /_local: only for loopback.
func (a *API) LocalHandler() http.Handler {
	m := http.NewServeMux()
	m.Handle("/_local/", a.local)
	m.Handle("/", a.Handler())
	return m
}

package localcloud

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/odooops/odooops/localcloud/api"
	"github.com/odooops/odooops/localcloud/iam"
	"github.com/odooops/odooops/localcloud/records"
	"github.com/odooops/odooops/localcloud/spaces"
	"github.com/odooops/odooops/localcloud/trust"
)

// Cloud is a running local cloud.
type Cloud struct {
	config    Config
	store     *records.Store
	effects   *effects // nil: records only
	api       *api.API
	spaces    *spaces.Server
	aws       *spaces.Server
	iam       *iam.Server
	registry  http.Handler
	issuers   issuers
	authority *trust.Authority

	cancel  context.CancelFunc
	servers sync.WaitGroup
	closing sync.Once
	closers []func() error
	// where each server really listens, by the name of its Config field
	addresses map[string]string
}

// Start opens the records, serves, and makes the machines true to the records
// again. Everything stops when ctx ends or Close is called; machines go on.
func Start(ctx context.Context, config Config) (_ *Cloud, err error) {
	config = config.withDefaults()
	if config.Dir == "" {
		return nil, errors.New("start the local cloud: Config.Dir is empty; it is where the cloud keeps its records")
	}
	if config.Images == "" {
		config.Images = filepath.Join(config.Dir, "registry")
	}
	if err := os.MkdirAll(config.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("start the local cloud: %w", err)
	}
	ctx, cancel := context.WithCancel(ctx)
	c := &Cloud{config: config, cancel: cancel, addresses: map[string]string{}}
	defer func() {
		if err != nil {
			_ = c.Close() // the error that matters is the first
		}
	}()
	steps := []func(context.Context) error{
		c.lock, c.openRecords, c.openSpaces, c.openAWS, c.openTrust, c.network,
		c.serveDNS, c.serveAPI, c.serveSpaces, c.serveAWS, c.serveRegistry, c.serveACME, c.serveGateway, c.serveFront,
		c.resume,
	}
	for _, step := range steps {
		if err := step(ctx); err != nil {
			return nil, err
		}
	}
	context.AfterFunc(ctx, func() { _ = c.Close() })
	return c, nil
}

// Close stops serving. Records, data and machines stay as they are.
func (c *Cloud) Close() error {
	var failed error
	c.closing.Do(func() {
		c.cancel()
		for i := len(c.closers) - 1; i >= 0; i-- {
			failed = errors.Join(failed, c.closers[i]())
		}
		c.servers.Wait()
	})
	return failed
}

func (c *Cloud) openRecords(context.Context) error {
	var err error
	if c.store, err = records.Open(filepath.Join(c.config.Dir, "records.json")); err != nil {
		return err
	}
	if c.config.Machines != nil {
		c.effects = &effects{store: c.store, machines: c.config.Machines}
	}
	return c.store.Update(func(s *records.State) error {
		if s.Account.AWSAccount == "" {
			s.Account.AWSAccount, s.Account.AWSAccessKey, s.Account.AWSSecretKey = awsAccount, iam.NewAccessKey(), iam.NewSecret()
		}
		if s.Account.Token != "" {
			return nil
		}
		newAccount(&s.Account)
		p := api.DefaultProject(c.config.Now())
		p.OwnerUUID = s.Account.UUID
		s.Projects[p.ID] = p
		return nil
	})
}

func newAccount(a *records.Account) {
	a.UUID, a.Token = uuid.NewString(), api.NewToken()
	a.SpacesAccessKey, a.SpacesSecretKey = api.NewSpacesAccessKey(), api.NewSpacesSecret()
}

func (c *Cloud) network(ctx context.Context) error {
	if c.config.Machines == nil {
		return nil
	}
	if err := c.config.Machines.Up(ctx, c.config.Network); err != nil {
		return fmt.Errorf("bring up the public network %s: %w", c.config.Network.Subnet, err)
	}
	return nil
}

func (c *Cloud) serveAPI(ctx context.Context) error {
	ac := api.Config{
		Store: c.store, Public: c.config.Network.Subnet, Gateway: c.config.Network.Gateway,
		Log: c.config.Log, Now: c.config.Now, Storage: c.storages(),
	}
	if c.effects != nil { // not a nil *effects in the interface
		ac.Effects = c.effects
	}
	c.api = api.New(ctx, ac)
	return c.serveHTTP("API", c.config.API, guarded(c.api.LocalHandler()))
}

// serveHTTP serves until the cloud closes.
func (c *Cloud) serveHTTP(name, address string, h http.Handler) error {
	l, err := c.listen(name, address)
	if err == nil {
		c.serve(name, l, h)
	}
	return err
}

// listen remembers where.
func (c *Cloud) listen(name, address string) (net.Listener, error) {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listen for %s: %w; is another local cloud running? try `odooops local stop`", name, err)
	}
	c.addresses[name] = l.Addr().String()
	return l, nil
}

func (c *Cloud) serve(name string, l net.Listener, h http.Handler) {
	srv := &http.Server{
		Handler: h, ReadHeaderTimeout: 30 * time.Second,
		ErrorLog: slog.NewLogLogger(c.config.Log.With("server", name).Handler(), slog.LevelDebug), // a client's broken handshake
	}
	c.servers.Go(func() {
		if err := srv.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			c.config.Log.Error("server stopped", "server", name, "error", err)
		}
	})
	c.closers = append(c.closers, func() error {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		if err := srv.Shutdown(ctx); err != nil {
			return srv.Close() // long uploads and websockets are cut
		}
		return nil
	})
}

package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"log/slog"
	"net"
	"net/http"
	"time"

	"golang.org/x/sync/errgroup"

	"example.com/keepsake/models"
	"example.com/keepsake/models/store"
	"example.com/keepsake/oauth"
	"example.com/keepsake/web/geoip"
)

// app is a server that listens and is ready to serve.
type app struct {
	settings *settings
	issuer   string
	listener net.Listener
	tenant   *loadedTenant
	summary  *models.ApplySummary
	store    *store.Store
	handler  http.Handler
	logger   *slog.Logger
	watch    *tenantWatch // nil: the tenant is read once
	closers  []func() error
	// drainTimeout is how long a stop waits for what is in flight.
	drainTimeout time.Duration
}

// newApp listens, reads every file that the settings name, opens the database and wires the handlers. What is wrong with
// the configuration comes back in one *configError, together with the problems that were found before; then nothing was
// made or changed.
func newApp(ctx context.Context, s *settings, problems *checker, h host) (*app, error) {
	a := &app{settings: s, drainTimeout: drainTimeout}
	in := a.inputs(ctx, problems, h)
	if err := problems.err(); err != nil {
		return nil, errors.Join(err, a.close())
	}
	a.logger = newLogger(h.stderr, s)
	if err := a.open(ctx, in); err != nil {
		return nil, errors.Join(err, a.close())
	}
	return a, nil
}

// inputs is what the settings point at, read.
type inputs struct {
	geo       *geoip.Reader
	untrusted *models.DenyList
	lookupEnv func(string) (string, bool)
}

// inputs reads as much as it can, so that its problems are reported with the others.
func (a *app) inputs(ctx context.Context, problems *checker, h host) inputs {
	s := a.settings
	if s.Listen != "" {
		a.listen(ctx, problems)
	}
	in := inputs{geo: openGeo(problems, s), untrusted: openUntrusted(problems, s), lookupEnv: h.lookupEnv}
	if in.geo != nil {
		a.closers = append(a.closers, in.geo.Close)
	}
	issuer := a.issuer
	if issuer == "" { // a problem that is reported already; the tenant is checked all the same
		issuer = "http://localhost/"
	}
	var errs []error
	a.tenant, errs = readTenant(ctx, s.Tenant, issuer, h.lookupEnv)
	if len(errs) == 0 {
		errs = s.Playground.furnish(a.tenant, issuer)
	}
	for _, err := range errs {
		problems.flag("tenant", "%v", err)
	}
	return in
}

// listen takes the address before anything is made or announced: who can't have it learns that first.
func (a *app) listen(ctx context.Context, problems *checker) {
	var lc net.ListenConfig
	listener, err := lc.Listen(ctx, "tcp", a.settings.Listen)
	if err != nil {
		problems.flag("listen", "%v", err)
		return
	}
	a.listener = listener
	a.closers = append(a.closers, func() error {
		if err := listener.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
			return fmt.Errorf("close the listener: %w", err)
		}
		return nil
	})
	// A name such as localhost is judged by what it stood for.
	if ip := listener.Addr().(*net.TCPAddr).IP; a.settings.Demo() && !ip.IsLoopback() && len(problems.problems) == 0 {
		problems.flag("tenant", "is required when listening on %s: the demo tenant has well-known passwords", listener.Addr())
	}
	a.issuer = a.settings.Issuer
	if a.issuer == "" {
		a.issuer = defaultIssuer(listener.Addr(), a.settings.Listen)
	}
}

// open makes the secret when there is none, opens the database, applies the tenant and wires the handlers.
func (a *app) open(ctx context.Context, in inputs) error {
	s := a.settings
	keyring, err := s.Secrets.keyring()
	if err != nil {
		return err
	}
	a.store, err = store.Open(ctx, store.Options{
		URL:          s.Database.url,
		Keyring:      keyring,
		Logger:       a.logger,
		LogRetention: s.LogRetention,
		MaxConns:     s.MaxConns,
		Now:          s.now(),
	})
	if err != nil {
		return err // it says what it was doing
	}
	a.closers = append(a.closers, a.store.Close)
	// Once, at the start: a predecessor of the secret can then be dropped as soon as the tokens made under it are gone.
	if err := a.store.Reseal(ctx); err != nil {
		return err
	}
	counters := newMetrics()
	limits := newLimits(s, counters, a.logger)
	if s.Watch {
		if err := a.startWatch(limits.hasher, in.lookupEnv); err != nil {
			return err
		}
	}
	if err := a.fill(ctx); err != nil {
		return err
	}
	tenant, err := a.store.Tenant(ctx)
	if err != nil {
		return fmt.Errorf("read the tenant: %w", err)
	}
	postLogin, err := newPostLogin(s, a.store, limits.requests, a.logger)
	if err != nil {
		return err
	}
	a.closers = append(a.closers, func() error {
		postLogin.Close()
		return nil
	})
	a.handler, err = newHandler(handlerOptions{
		Settings: s, Issuer: a.issuer, Tenant: tenant.ID, Store: a.store, Keyring: keyring, Geo: in.geo, Untrusted: in.untrusted, Logger: a.logger,
		Limits: limits, Counters: counters, Sender: newSender(s, a.listener.Addr(), a.logger), PostLogin: postLogin,
	})
	if err != nil {
		return fmt.Errorf("wire the handlers: %w", err)
	}
	return nil
}

// fill brings the keys and the tenant into the store. Either costs a first start a tenth of a second or more, so they are made at the same time.
func (a *app) fill(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		if err := a.settings.Playground.signingKeys(ctx, a.store); err != nil {
			return err
		}
		return ensureSigningKeys(ctx, a.store, a.settings.now()())
	})
	group.Go(func() (err error) {
		a.summary, err = a.tenant.apply(ctx, a.store, startHasher(a.settings))
		return err
	})
	return group.Wait()
}

// close closes what was opened, the last first. It may be called again.
func (a *app) close() error {
	var errs []error
	for len(a.closers) > 0 {
		last := len(a.closers) - 1
		errs = append(errs, a.closers[last]())
		a.closers = a.closers[:last]
	}
	return errors.Join(errs...)
}

// ensureSigningKeys makes the keys of a first start: one of each kind that an API may choose. The store keeps them sealed, and
// keeps only one of each kind when replicas start together.
func ensureSigningKeys(ctx context.Context, st *store.Store, now time.Time) error {
	have, err := st.SigningKeys(ctx)
	if err != nil {
		return fmt.Errorf("read the signing keys: %w", err)
	}
	signs := map[string]bool{}
	for _, key := range have {
		if key.RetiredAt.IsZero() {
			signs[key.Alg] = true
		}
	}
	var made []models.SigningKey
	for _, alg := range []string{models.RS256, models.ES256} {
		if signs[alg] {
			continue
		}
		key, err := oauth.GenerateSigningKey(alg, now)
		if err != nil {
			return fmt.Errorf("make a signing key: %w", err)
		}
		made = append(made, key)
	}
	if len(made) == 0 {
		return nil
	}
	if err := st.CreateSigningKeys(ctx, made); err != nil {
		return fmt.Errorf("store the signing keys: %w", err)
	}
	return nil
}

func baseContext(ctx context.Context) func(net.Listener) context.Context {
	return func(net.Listener) context.Context { return ctx }
}

// httpErrorLog takes net/http's own complaints (a TLS client on a plain port, a peer that went away): they are about peers.
func httpErrorLog(logger *slog.Logger) *log.Logger {
	return slog.NewLogLogger(logger.Handler(), slog.LevelDebug)
}

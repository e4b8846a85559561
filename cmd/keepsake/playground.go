package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"time"

	"example.com/keepsake/models"
	"example.com/keepsake/models/password"
	"example.com/keepsake/models/store"
	"example.com/keepsake/models/tenant"
	"example.com/keepsake/oauth"
	"example.com/keepsake/workbench/scenario"
)

// playground is what makes a server one for scenarios: it serves the author's tenant, and whoever plays knows everybody's password.
// Its zero pointer is any other server.
type playground struct {
	shared *playgroundShared
	dir    string            // of the scenario file
	bind   []scenario.Action // nil: what the tenant binds
}

// playgroundShared is what all servers of a run share: what takes long to make, and what its command line says.
type playgroundShared struct {
	actions  actionFlags
	makeKeys func() ([]models.SigningKey, error)
	makeHash func() (string, error)
}

// What everybody has on a playground. They open nothing else.
const (
	playgroundSecret   = "the-secret-of-every-client-on-a-playground"
	playgroundPassword = "the-password-of-every-user-on-a-playground"
	playgroundMachine  = "keepsake-playground-machine"
)

// playgroundCost is of a hash that protects nothing.
var playgroundCost = password.Cost{Memory: 8, Passes: 1, Lanes: 1}

func newPlaygroundShared(flags actionFlags) *playgroundShared {
	return &playgroundShared{
		actions: flags,
		makeKeys: sync.OnceValues(func() ([]models.SigningKey, error) {
			var keys []models.SigningKey
			for _, alg := range []string{models.RS256, models.ES256} {
				key, err := oauth.GenerateSigningKey(alg, time.Unix(0, 0))
				if err != nil {
					return nil, fmt.Errorf("make a signing key: %w", err)
				}
				keys = append(keys, key)
			}
			return keys, nil
		}),
		makeHash: sync.OnceValues(func() (string, error) {
			return password.NewHasher(password.Options{Cost: playgroundCost}).Hash(context.Background(), playgroundPassword)
		}),
	}
}

// hashing is how passwords are hashed.
func (p *playground) hashing() password.Options {
	if p == nil {
		return password.Options{}
	}
	return password.Options{Cost: playgroundCost}
}

// signingKeys stores the keys that all playgrounds share.
func (p *playground) signingKeys(ctx context.Context, st *store.Store) error {
	if p == nil {
		return nil
	}
	keys, err := p.shared.makeKeys()
	if err != nil {
		return err
	}
	if err := st.CreateSigningKeys(ctx, keys); err != nil {
		return fmt.Errorf("store the signing keys: %w", err)
	}
	return nil
}

// furnish gives every client and user of the tenant a secret that is known, adds a machine for the Management API, and binds
// the Actions that are asked for.
func (p *playground) furnish(t *loadedTenant, issuer string) []error {
	if p == nil {
		return nil
	}
	c := t.Config
	c.Tenant.Demo = false
	for i := range c.Clients {
		client := &c.Clients[i]
		if client.TokenEndpointAuthMethod != models.AuthMethodNone {
			client.TokenEndpointAuthMethod, client.SecretHash, client.PublicKeys = models.AuthMethodSecretPost, models.HashSecret(playgroundSecret), nil
		}
	}
	hash, err := p.shared.makeHash()
	if err != nil {
		return []error{fmt.Errorf("hash a password: %w", err)}
	}
	for i := range c.Users {
		c.Users[i].PasswordHash = hash
	}
	clear(t.Passwords)
	p.addMachine(c, issuer)
	return p.bindActions(c)
}

func (p *playground) addMachine(c *models.TenantConfig, issuer string) {
	api := tenant.ManagementAPI(issuer)
	grant := models.ClientGrant{ClientID: playgroundMachine, Audience: api.Identifier}
	for _, s := range api.Scopes {
		grant.Scopes = append(grant.Scopes, s.Value)
	}
	c.Clients = append(c.Clients, models.Client{
		ID: playgroundMachine, Name: "Keepsake playground", SecretHash: models.HashSecret(playgroundSecret), AppType: "non_interactive",
		TokenEndpointAuthMethod: models.AuthMethodSecretPost, GrantTypes: []string{models.GrantClientCredentials}, FirstParty: true,
		OrganizationUsage: "deny", IDTokenAlg: models.RS256, IDTokenLifetime: models.DefaultIDTokenLifetime,
	})
	c.ClientGrants = append(c.ClientGrants, grant)
}

// bindActions replaces the tenant's bindings.
func (p *playground) bindActions(c *models.TenantConfig) (errs []error) {
	if p.bind == nil {
		return nil
	}
	c.PostLogin = []models.Binding{}
	for _, want := range p.bind {
		i, err := p.find(c, want)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		a := &c.Actions[i]
		a.Deployed = true
		if len(want.Secrets) > 0 {
			secrets := make(map[string]string)
			maps.Copy(secrets, a.Secrets)
			maps.Copy(secrets, want.Secrets)
			a.Secrets = secrets
		}
		c.PostLogin = append(c.PostLogin, models.Binding{ActionName: a.Name, DisplayName: a.Name})
	}
	return errs
}

// find returns the place of an Action: one of the tenant's, or a file, which becomes one.
func (p *playground) find(c *models.TenantConfig, want scenario.Action) (int, error) {
	if want.File == "" {
		i := slices.IndexFunc(c.Actions, func(a models.Action) bool { return a.Name == want.Name })
		if i < 0 {
			return 0, fmt.Errorf("the tenant has no Action %q", want.Name)
		}
		return i, nil
	}
	file := filepath.Join(p.dir, want.File)
	code, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, fmt.Errorf("there is no file %s", file)
	}
	if err != nil {
		return 0, fmt.Errorf("read the Action: %w", err)
	}
	name := want.Name
	if name == "" {
		name = filepath.ToSlash(want.File)
	}
	i := slices.IndexFunc(c.Actions, func(a models.Action) bool { return a.Name == name })
	if i < 0 {
		i = len(c.Actions)
		c.Actions = append(c.Actions, models.Action{
			ID: "act_playground_" + strconv.Itoa(i), Name: name, Runtime: "node22", Triggers: []models.ActionTrigger{{ID: models.TriggerPostLogin, Version: "v3"}},
		})
	}
	c.Actions[i].Code, c.Actions[i].File = string(code), file
	return i, errors.Join(bundleActions(c.Actions[i:i+1], filepath.Dir(file))...)
}

// defaultFlags are the flags of a server that was given none.
func defaultFlags(ctx context.Context) (serveFlags, error) {
	var c cli
	parser, err := newParser(ctx, &c, host{stdout: io.Discard, stderr: io.Discard, lookupEnv: func(string) (string, bool) { return "", false }}, func(int) {})
	if err == nil {
		_, err = parser.Parse([]string{"serve"})
	}
	if err != nil {
		return serveFlags{}, fmt.Errorf("read the flags' defaults: %w", err)
	}
	return c.Serve.serveFlags, nil
}

// start starts a server for one scenario. It lives in a temporary folder.
func (p *playgroundShared) start(ctx context.Context, s scenario.Setup, h host) (*scenario.Server, error) {
	path := s.Tenant
	if path == "" {
		path = findUp(s.Dir)
	}
	dir, err := os.MkdirTemp("", "keepsake-test-")
	if err != nil {
		return nil, fmt.Errorf("make a folder: %w", err)
	}
	flags, err := defaultFlags(ctx)
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	flags.Listen, flags.DatabaseURL, flags.Tenant = "127.0.0.1:0", "sqlite:"+filepath.Join(dir, "keepsake.db"), path
	flags.actionFlags = p.actions
	flags.LogRetention, flags.ActionLogLimit, flags.LogLevel = "3650d", strconv.Itoa(16<<10), "error"
	problems := &checker{what: "the server"}
	settings := flags.settings(func(string) (string, bool) { return "", false }, problems)
	begin := s.Start
	if begin.IsZero() {
		begin = time.Now()
	}
	settings.Clock = newManualClock(begin)
	settings.Playground = &playground{shared: p, dir: s.Dir, bind: s.Actions}
	// What an Action does wrong is told with the scenario; the server's own log would only say it again.
	a, err := newApp(ctx, settings, problems, host{stdout: io.Discard, stderr: io.Discard, lookupEnv: h.lookupEnv})
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	serving, cancel := context.WithCancel(ctx)
	done := make(chan error, 1)
	go func() { done <- a.serve(serving) }()
	return &scenario.Server{
		Issuer: a.issuer, Config: a.tenant.Config, Secret: playgroundSecret, Password: playgroundPassword, Machine: playgroundMachine,
		Store: a.store, Now: settings.Clock.Now,
		Advance: func(d time.Duration) error {
			_, err := settings.Clock.Advance(d)
			return err
		},
		Stop: func() error {
			cancel()
			return errors.Join(<-done, os.RemoveAll(dir))
		},
	}, nil
}

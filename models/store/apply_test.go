package store_test

import (
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp/cmpopts"

	"example.com/keepsake/models"
	"example.com/keepsake/models/store"
	"example.com/keepsake/models/store/storetest"
)

// tenant returns a configuration in which things name each other by name.
func tenant() *models.TenantConfig {
	return &models.TenantConfig{
		HasTenant: true,
		Tenant:    models.Tenant{ID: "acme", FriendlyName: "Acme", DefaultDirectory: "db"},
		Clients: []models.Client{
			{Name: "App", AppType: "regular_web", TokenEndpointAuthMethod: models.AuthMethodSecretPost, SecretHash: models.HashSecret("secret"),
				GrantTypes: []string{models.GrantAuthorizationCode}, DefaultOrganization: "acme", Metadata: map[string]string{"k": "v"},
				RefreshToken: models.RefreshTokenPolicy{Rotating: true, Lifetime: time.Hour}},
			{ID: "fixed", Name: "SPA", TokenEndpointAuthMethod: models.AuthMethodNone},
		},
		ResourceServers: []models.ResourceServer{{Identifier: "https://api", Name: "API", Scopes: []models.Scope{{Value: "read:notes"}}}},
		ClientGrants:    []models.ClientGrant{{ClientID: "App", Audience: "https://api", Scopes: []string{"read:notes"}}},
		Connections:     []models.Connection{{Name: "db", Strategy: models.StrategyDatabase, EnabledClients: []string{"App", "fixed", "nobody"}}},
		Organizations:   []models.Organization{{Name: "acme", DisplayName: "Acme Corp", Metadata: map[string]string{"tier": "gold"}}},
		Roles:           []models.Role{{Name: "editor", Permissions: []models.Permission{{Audience: "https://api", Name: "read:notes"}}}},
		Actions: []models.Action{
			{Name: "one", Code: "1", Deployed: true, Secrets: map[string]string{"KEY": "hush-hush"}},
			{Name: "two", Code: "2", Deployed: true},
			{Name: "draft", Code: "3"},
		},
		PostLogin: []models.Binding{{ActionName: "two", DisplayName: "Second first"}, {ActionName: "draft"}, {ActionName: "one"}},
		Users: []models.User{
			{ID: "auth0|carol", Connection: "db", Email: "carol@example.com", PasswordHash: "$argon2id$x", RoleIDs: []string{"editor"},
				AppMetadata: map[string]any{"n": 1}},
			{Connection: "db", Email: "dave@example.com"},
		},
		Members: []models.Membership{{OrganizationID: "acme", UserID: "auth0|carol", RoleIDs: []string{"editor"}}, {OrganizationID: "acme", UserID: "dave@example.com"}},
	}
}

func TestApplyCreatesEverything(t *testing.T) {
	each(t, func(t *testing.T, s fixture) {
		ctx := t.Context()
		summary := get(s.Apply(ctx, tenant()))(t)
		wantEqual(t, "summary", summary.Sections, []models.SectionSummary{
			{Name: "tenant", Created: 1}, {Name: "clients", Created: 2}, {Name: "resourceServers", Created: 1}, {Name: "clientGrants", Created: 1},
			{Name: "databases", Created: 1}, {Name: "organizations", Created: 1}, {Name: "roles", Created: 1}, {Name: "actions", Created: 3},
			{Name: "triggers", Created: 3}, {Name: "users", Created: 2},
		})
		acme := get(s.Organization(ctx, "acme"))(t)
		wantEqual(t, "by id", get(s.Organization(ctx, acme.ID))(t), acme)
		db := get(s.Connection(ctx, "db"))(t)
		if len(db.EnabledClients) != 3 || db.EnabledClients[1] != "fixed" || db.EnabledClients[2] != "nobody" {
			t.Fatalf("enabled clients = %q", db.EnabledClients)
		}
		app := get(s.Client(ctx, db.EnabledClients[0]))(t)
		want := tenant().Clients[0]
		want.ID, want.DefaultOrganization, want.CreatedAt, want.UpdatedAt = app.ID, acme.ID, start, start
		wantEqual(t, "client", app, &want)
		if len(app.ID) != 32 {
			t.Errorf("client id %q", app.ID)
		}
		grant := get(s.ClientGrant(ctx, app.ID, "https://api"))(t)
		wantEqual(t, "scopes", grant.Scopes, []string{"read:notes"})
		wantEqual(t, "API", get(s.ResourceServer(ctx, "https://api"))(t), &tenant().ResourceServers[0], cmpopts.IgnoreFields(models.ResourceServer{}, "ID"))
		carol := get(s.User(ctx, "auth0|carol"))(t)
		roles := get(s.Roles(ctx, append([]string{"rol_unknown"}, carol.RoleIDs...)))(t)
		if len(roles) != 1 || roles[0].Name != "editor" {
			t.Errorf("roles = %v", roles)
		}
		wantEqual(t, "membership", get(s.Membership(ctx, acme.ID, carol.ID))(t), &models.Membership{OrganizationID: acme.ID, UserID: carol.ID, RoleIDs: carol.RoleIDs})
		dave := get(s.UserByLogin(ctx, "db", "dave@example.com"))(t)
		get(s.Membership(ctx, acme.ID, dave.ID))(t)
		if !strings.HasPrefix(dave.ID, "auth0|") {
			t.Errorf("user id %q", dave.ID)
		}
		settings := get(s.Tenant(ctx))(t)
		if settings.ID != "acme" || settings.OAuthErrors != models.OAuthErrorsAuth0 || settings.SessionLifetimeHours != models.DefaultSessionLifetimeHours {
			t.Errorf("tenant = %+v", settings)
		}
		bound := get(s.PostLoginActions(ctx))(t).Actions
		if len(bound) != 2 || bound[0].Action.Name != "two" || bound[0].DisplayName != "Second first" || bound[1].Action.Name != "one" ||
			bound[1].DisplayName != "one" || bound[1].Action.Secrets["KEY"] != "hush-hush" || bound[1].Action.Version != 1 {
			t.Errorf("bound actions = %+v", bound)
		}
	})
}

func TestApplyAgainChangesNothing(t *testing.T) {
	each(t, func(t *testing.T, s fixture) {
		first := get(s.Apply(t.Context(), tenant()))(t)
		before := get(s.PostLoginActions(t.Context()))(t)
		s.clock.advance(time.Hour)
		again := get(s.Apply(t.Context(), tenant()))(t)
		for i, section := range again.Sections {
			want := models.SectionSummary{Name: first.Sections[i].Name, Unchanged: first.Sections[i].Created}
			wantEqual(t, "section", section, want)
		}
		if after := get(s.PostLoginActions(t.Context()))(t); after != before {
			t.Error("the bound actions are another pointer")
		}
		if empty := get(s.Apply(t.Context(), &models.TenantConfig{}))(t); len(empty.Sections) != 0 {
			t.Errorf("an empty document did %v", empty.Sections)
		}
	})
}

func TestApplyUpdates(t *testing.T) {
	each(t, func(t *testing.T, s fixture) {
		ctx := t.Context()
		get(s.Apply(ctx, tenant()))(t)
		id := get(s.Connection(ctx, "db"))(t).EnabledClients[0]
		create(t, s.Store, func() *models.Session { x := session("sess_1"); x.UserID = "auth0|carol"; return x }())
		must(t, s.ApplyEffects(ctx, models.LoginEffects{UserID: "auth0|carol", AppMetadata: map[string]any{"by_action": true}}))
		s.clock.advance(time.Hour)

		c := tenant()
		c.Clients[0].SecretHash, c.Clients[0].LogoURI = nil, "https://logo"
		c.Users[0].PasswordHash, c.Users[0].AppMetadata, c.Users[0].Name = "", map[string]any{"n": 2}, "Carol"
		c.Organizations[0].DisplayName = "Acme Inc"
		c.Tenant.FriendlyName = "New"
		c.ClientGrants[0].Scopes = nil
		c.Members[0].RoleIDs = nil
		summary := get(s.Apply(ctx, c))(t)
		for _, section := range summary.Sections {
			want := map[string]int{"tenant": 1, "clients": 1, "clientGrants": 1, "organizations": 1, "users": 1}[section.Name]
			if section.Updated != want || section.Created != 0 {
				t.Errorf("%+v, want %d updated", section, want)
			}
		}
		app := get(s.Client(ctx, id))(t)
		if app.LogoURI != "https://logo" || string(app.SecretHash) != string(models.HashSecret("secret")) || !app.UpdatedAt.Equal(s.clock.now()) || !app.CreatedAt.Equal(start) {
			t.Errorf("client = %+v", app)
		}
		carol := get(s.User(ctx, "auth0|carol"))(t)
		if carol.LoginsCount != 1 || carol.PasswordHash != "$argon2id$x" || carol.Name != "Carol" || carol.LastIP == "" {
			t.Errorf("user = %+v", carol)
		}
		wantEqual(t, "app_metadata", carol.AppMetadata, map[string]any{"n": 2.0, "by_action": true})
		acme := get(s.Organization(ctx, "acme"))(t)
		if m := get(s.Membership(ctx, acme.ID, carol.ID))(t); len(m.RoleIDs) != 0 || acme.DisplayName != "Acme Inc" {
			t.Errorf("membership %+v of %+v", m, acme)
		}
		if get(s.Tenant(ctx))(t).FriendlyName != "New" {
			t.Error("the tenant is the old one")
		}
	})
}

func TestActionVersions(t *testing.T) {
	tests := []struct {
		name   string
		change func(*models.Action)
		want   int64
	}{
		{"nothing", func(*models.Action) {}, 1},
		{"the file that it came from", func(a *models.Action) { a.File = "other.js" }, 1},
		{"the code", func(a *models.Action) { a.Code = "other" }, 2},
		{"a secret", func(a *models.Action) { a.Secrets = map[string]string{"KEY": "other"} }, 2},
		{"a dependency", func(a *models.Action) { a.Dependencies = []models.Dependency{{Name: "lodash", Version: "4"}} }, 2},
		{"that it is deployed", func(a *models.Action) { a.Deployed = false }, 2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			each(t, func(t *testing.T, s fixture) {
				want := tt.want
				get(s.Apply(t.Context(), tenant()))(t)
				before := get(s.PostLoginActions(t.Context()))(t)
				c := &models.TenantConfig{Actions: tenant().Actions[:1]}
				tt.change(&c.Actions[0])
				get(s.Apply(t.Context(), c))(t)
				after := get(s.PostLoginActions(t.Context()))(t)
				if !c.Actions[0].Deployed { // it does not run: deploy it again to see its version
					if len(after.Actions) != 1 {
						t.Fatalf("%d actions run, want 1", len(after.Actions))
					}
					c.Actions[0].Deployed = true
					get(s.Apply(t.Context(), c))(t)
					after = get(s.PostLoginActions(t.Context()))(t)
					want++
				}
				if got := after.Actions[1].Action.Version; got != want {
					t.Errorf("version = %d, want %d", got, want)
				}
				if tt.name != "nothing" && after == before {
					t.Error("the bound actions are the same pointer")
				}
			})
		})
	}
}

func TestBindings(t *testing.T) {
	each(t, func(t *testing.T, s fixture) {
		ctx := t.Context()
		get(s.Apply(ctx, tenant()))(t)
		before := get(s.PostLoginActions(ctx))(t).Actions
		bind := func(names ...string) models.SectionSummary {
			c := &models.TenantConfig{PostLogin: []models.Binding{}}
			for _, n := range names {
				c.PostLogin = append(c.PostLogin, models.Binding{ActionName: n})
			}
			return get(s.Apply(ctx, c))(t).Sections[0]
		}
		wantEqual(t, "summary", bind("one", "two"), models.SectionSummary{Name: "triggers", Updated: 2})
		after := get(s.PostLoginActions(ctx))(t).Actions
		if len(after) != 2 || after[0].BindingID != before[1].BindingID || after[1].BindingID != before[0].BindingID {
			t.Errorf("bindings %+v, before %+v", after, before)
		}
		bind()
		if n := len(get(s.PostLoginActions(ctx))(t).Actions); n != 0 {
			t.Errorf("%d actions after unbinding all", n)
		}
		_, err := s.Apply(ctx, &models.TenantConfig{PostLogin: slices.Repeat([]models.Binding{{ActionName: "one"}}, models.MaxBoundActions+1)})
		wantInvalid(t, err)
	})
}

func wantInvalid(t *testing.T, err error) {
	t.Helper()
	if invalid := new(models.InvalidError); !errors.As(err, &invalid) {
		t.Errorf("error = %v, want an InvalidError", err)
	}
}

func TestApplyRefusesUnknownReferences(t *testing.T) {
	tests := map[string]func(*models.TenantConfig){
		"a grant's client":              func(c *models.TenantConfig) { c.ClientGrants[0].ClientID = "nobody" },
		"a grant's API":                 func(c *models.TenantConfig) { c.ClientGrants[0].Audience = "https://nothing" },
		"a client's organization":       func(c *models.TenantConfig) { c.Clients[0].DefaultOrganization = "nothing" },
		"a bound action":                func(c *models.TenantConfig) { c.PostLogin[0].ActionName = "nothing" },
		"a user's role":                 func(c *models.TenantConfig) { c.Users[0].RoleIDs = []string{"nothing"} },
		"a membership's organization":   func(c *models.TenantConfig) { c.Members[0].OrganizationID = "nothing" },
		"a membership's user":           func(c *models.TenantConfig) { c.Members[0].UserID = "nobody" },
		"a role of a membership's user": func(c *models.TenantConfig) { c.Members[0].RoleIDs = []string{"nothing"} },
	}
	each(t, func(t *testing.T, s fixture) {
		for name, change := range tests {
			t.Run(name, func(t *testing.T) {
				c := tenant()
				change(c)
				_, err := s.Apply(t.Context(), c)
				wantInvalid(t, err)
				_, err = s.Client(t.Context(), "fixed")
				wantError(t, err, models.ErrNotFound) // all or nothing
			})
		}
	})
}

func TestApplyConflicts(t *testing.T) {
	each(t, func(t *testing.T, s fixture) {
		get(s.Apply(t.Context(), tenant()))(t)
		_, err := s.Apply(t.Context(), &models.TenantConfig{Clients: []models.Client{{ID: "another", Name: "App"}}})
		wantError(t, err, models.ErrConflict)
		_, err = s.Apply(t.Context(), &models.TenantConfig{Users: []models.User{{ID: "auth0|x", Connection: "db", Email: "CAROL@example.com"}}})
		wantError(t, err, models.ErrConflict)
	})
}

// Several replicas that start with one tenant.
func TestConcurrentApplies(t *testing.T) {
	each(t, func(t *testing.T, s fixture) {
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				if _, err := s.Apply(t.Context(), tenant()); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if db := get(s.Connection(t.Context(), "db"))(t); len(db.EnabledClients) != 3 {
			t.Errorf("enabled clients = %q", db.EnabledClients)
		}
	})
}

func TestSigningKeys(t *testing.T) {
	each(t, func(t *testing.T, s fixture) {
		ctx := t.Context()
		if keys := get(s.SigningKeys(ctx))(t); len(keys) != 0 {
			t.Fatalf("%d keys in an empty database", len(keys))
		}
		// A key that retires is not in the way of its successor.
		old := models.SigningKey{ID: "es-old", Alg: models.ES256, JWK: []byte(`{"d":"secret"}`), CreatedAt: start.Add(-time.Second), RetiredAt: start.Add(time.Hour)}
		must(t, s.CreateSigningKeys(ctx, []models.SigningKey{old}))
		var wg sync.WaitGroup
		for i := range 8 {
			wg.Go(func() {
				id := string(rune('a' + i))
				err := s.CreateSigningKeys(ctx, []models.SigningKey{
					{ID: "rs-" + id, Alg: models.RS256, JWK: []byte(`{"d":"secret"}`), CreatedAt: start},
					{ID: "es-" + id, Alg: models.ES256, JWK: []byte(`{"d":"secret"}`), CreatedAt: start.Add(time.Second)},
				})
				if err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		keys := get(s.SigningKeys(ctx))(t)
		if len(keys) != 3 || keys[0].Alg != models.ES256 || keys[1].Alg != models.RS256 || string(keys[0].JWK) != `{"d":"secret"}` ||
			!keys[0].RetiredAt.IsZero() || !keys[1].RetiredAt.IsZero() || keys[0].ID[3:] != keys[1].ID[3:] ||
			keys[2].ID != old.ID || !keys[2].RetiredAt.Equal(old.RetiredAt) {
			t.Errorf("keys = %+v", keys)
		}
	})
}

// What is sealed needs the secret that sealed it.
func TestSealedUnderAnotherSecret(t *testing.T) {
	t.Parallel()
	for name, url := range map[string]func(testing.TB) string{"sqlite": storetest.SQLiteURL, "postgres": storetest.PostgresURL} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			u := url(t)
			s := storetest.Open(t, u)
			get(s.Apply(t.Context(), tenant()))(t)
			must(t, s.CreateSigningKeys(t.Context(), []models.SigningKey{{ID: "k", Alg: models.RS256, JWK: []byte("secret"), CreatedAt: start}}))
			must(t, s.CreateLoginTransaction(t.Context(), suspendedLogin("login")))
			other := get(models.NewKeyring([]byte(strings.Repeat("o", models.MinSecretLength))))(t)
			stranger := storetest.Open(t, u, func(o *store.Options) { o.Keyring = other })
			if _, err := stranger.SigningKeys(t.Context()); err == nil {
				t.Error("signing keys were opened")
			}
			if _, err := stranger.PostLoginActions(t.Context()); err == nil {
				t.Error("secrets of actions were opened")
			}
			if _, err := stranger.LoginTransaction(t.Context(), "login", start); err == nil {
				t.Error("a suspended login was opened")
			}
			rotated := get(models.NewKeyring([]byte(strings.Repeat("o", models.MinSecretLength)), []byte(strings.Repeat("k", models.MinSecretLength))))(t)
			successor := storetest.Open(t, u, func(o *store.Options) { o.Keyring = rotated })
			get(successor.SigningKeys(t.Context()))(t)
			get(successor.PostLoginActions(t.Context()))(t)
			if err := stranger.Reseal(t.Context()); err == nil {
				t.Error("what is sealed under another secret was sealed anew")
			}
			must(t, successor.Reseal(t.Context()))
			heir := storetest.Open(t, u, func(o *store.Options) { o.Keyring = other }) // without the predecessor
			get(heir.SigningKeys(t.Context()))(t)
			get(heir.PostLoginActions(t.Context()))(t)
			wantEqual(t, "suspended login", get(heir.LoginTransaction(t.Context(), "login", start))(t).Suspended, suspendedLogin("login").Suspended)
		})
	}
}

// A database holds the demo tenant or another, never both: what a document leaves out stays.
func TestDemoTenantStaysAlone(t *testing.T) {
	t.Parallel()
	demo := func() *models.TenantConfig {
		c := tenant()
		c.HasTenant, c.Tenant.Demo = true, true
		return c
	}
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		get(s.Apply(t.Context(), demo()))(t)
		get(s.Apply(t.Context(), demo()))(t)
		var invalid *models.InvalidError
		if _, err := s.Apply(t.Context(), tenant()); !errors.As(err, &invalid) {
			t.Errorf("a tenant on top of the demo: %v", err)
		}
	})
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		get(s.Apply(t.Context(), tenant()))(t)
		var invalid *models.InvalidError
		if _, err := s.Apply(t.Context(), demo()); !errors.As(err, &invalid) {
			t.Errorf("the demo on top of a tenant: %v", err)
		}
	})
}

// A document has all the organizations of the users in it.
func TestLeavingAnOrganization(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		c := tenant()
		get(s.Apply(t.Context(), c))(t)
		if len(c.Members) == 0 {
			t.Fatal("the tenant of the tests has no members")
		}
		member := c.Members[0]
		org := get(s.Organization(t.Context(), member.OrganizationID))(t)
		users := c.Users
		get(s.Membership(t.Context(), org.ID, "auth0|carol"))(t)
		c.Users, c.Members = nil, nil
		get(s.Apply(t.Context(), c))(t)
		get(s.Membership(t.Context(), org.ID, "auth0|carol"))(t) // a document without users changes none
		c.Users = users
		get(s.Apply(t.Context(), c))(t)
		if _, err := s.Membership(t.Context(), org.ID, "auth0|carol"); !errors.Is(err, models.ErrNotFound) {
			t.Errorf("membership after leaving: %v", err)
		}
	})
}

// What a document implies for the tenant counts as long as nobody has described one.
func TestImpliedTenantSettings(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		get(s.Apply(t.Context(), &models.TenantConfig{Tenant: models.Tenant{DefaultDirectory: "Users"}}))(t)
		if got := get(s.Tenant(t.Context()))(t); got.DefaultDirectory != "Users" {
			t.Errorf("default directory %q", got.DefaultDirectory)
		}
		get(s.Apply(t.Context(), &models.TenantConfig{Tenant: models.Tenant{DefaultDirectory: "Others"}}))(t)
		if got := get(s.Tenant(t.Context()))(t); got.DefaultDirectory != "Users" {
			t.Errorf("a document without a tenant changed it: %q", got.DefaultDirectory)
		}
	})
}

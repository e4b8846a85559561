package oauth

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/mux"

	"example.com/keepsake/hooks"
	"example.com/keepsake/models"
)

// benchConfig is the tests' tenant in memory, as the store's caches answer. What a refresh does not ask for is not there.
type benchConfig struct {
	Config
	tenant *models.TenantConfig
	keys   []models.SigningKey
}

func (c *benchConfig) Tenant(context.Context) (*models.Tenant, error) { return &c.tenant.Tenant, nil }

func (c *benchConfig) Client(_ context.Context, id string) (*models.Client, error) {
	return findIn(c.tenant.Clients, func(v *models.Client) bool { return v.ID == id })
}

func (c *benchConfig) ResourceServer(_ context.Context, identifier string) (*models.ResourceServer, error) {
	return findIn(c.tenant.ResourceServers, func(v *models.ResourceServer) bool { return v.Identifier == identifier })
}

func (c *benchConfig) Connection(_ context.Context, name string) (*models.Connection, error) {
	return findIn(c.tenant.Connections, func(v *models.Connection) bool { return v.Name == name })
}

func (c *benchConfig) Roles(context.Context, []string) ([]models.Role, error) {
	return c.tenant.Roles[:1], nil
}

func (c *benchConfig) SigningKeys(context.Context) ([]models.SigningKey, error) { return c.keys, nil }

func findIn[T any](list []T, is func(*T) bool) (*T, error) {
	for i := range list {
		if is(&list[i]) {
			return &list[i], nil
		}
	}
	return nil, models.ErrNotFound
}

// benchGrants has one family and keeps of an exchange what the next one needs.
type benchGrants struct {
	Grants
	family models.RefreshGrant
}

func (g *benchGrants) RefreshGrant(context.Context, string, models.GrantExtent) (*models.RefreshGrant, error) {
	grant := g.family
	return &grant, nil
}

func (g *benchGrants) Exchange(_ context.Context, x *models.Exchange) error {
	g.family.Token.Generation, g.family.Token.SecretHash = x.NewGeneration, x.SecretHash
	return nil
}

func (g *benchGrants) RevokeRefreshTokens(context.Context, models.RefreshTokenFilter, time.Time, ...*models.LogEvent) (int, error) {
	return 0, nil
}

type benchChain struct{ chain hooks.Chain }

func (c *benchChain) Chain(context.Context) (*hooks.Chain, error) { return &c.chain, nil }

// benchServer is a Server with everything in memory, a session of a refresh exchange, and the family's current token.
func benchServer(b *testing.B, chain ...hooks.Hook) (*Server, *Session, string) {
	b.Helper()
	keyring, err := models.NewKeyring(bytes.Repeat([]byte("k"), models.MinSecretLength))
	if err != nil {
		b.Fatal(err)
	}
	tenant, now := tenantConfig(), time.Now().UTC()
	id := models.NewID(models.PrefixRefreshToken, now)
	token, err := newRefreshTokenStrategy(keyring).mint(id, 0)
	if err != nil {
		b.Fatal(err)
	}
	scopes := []string{"offline_access", "read:notes"}
	grants := &benchGrants{family: models.RefreshGrant{
		User: &tenant.Users[0],
		Token: models.RefreshToken{
			ID: id, UserID: testUser, ClientID: clientSPA, SessionID: "sess_1", Connection: "Users", Audience: testAPI, Scopes: scopes,
			AuthTime: now, AuthMethods: []models.AuthMethod{{Name: "pwd", Timestamp: now}}, CreatedAt: now, ExpiresAt: now.Add(time.Hour),
			IdleExpiresAt: now.Add(time.Hour), Rotating: true, SecretHash: models.HashSecret(token), RotatedAt: now,
			Metadata: models.Metadata{"initial_ip": "192.0.2.10", "initial_country": "US"},
		},
	}}
	s, err := New(Options{
		Issuer: testIssuer, Config: &benchConfig{tenant: tenant, keys: testKeys()}, Grants: grants, PostLogin: &benchChain{hooks.Chain{Hooks: chain}},
		Keyring: keyring,
	})
	if err != nil {
		b.Fatal(err)
	}
	family := grants.family.Token
	return s, &Session{
		GrantType: models.GrantRefreshToken, Client: &tenant.Clients[0], User: &tenant.Users[0], Connection: &tenant.Connections[0],
		API: &tenant.ResourceServers[0], SessionID: "sess_1", Granted: scopes, Scopes: scopes, RefreshToken: &family, logID: models.NewLogID(now),
	}, token
}

// BenchmarkRefresh is a whole refresh exchange, HTTP included, but for the network and the database.
func BenchmarkRefresh(b *testing.B) {
	set := hooks.Func("set", func(_ context.Context, _ *hooks.Event, api *hooks.API) error {
		return api.RefreshToken.SetMetadata("last_country", "DE")
	})
	for name, chain := range map[string][]hooks.Hook{"no hook": nil, "a hook in Go": {set}} {
		b.Run(name, func(b *testing.B) {
			s, _, token := benchServer(b, chain...)
			router := mux.NewRouter()
			s.Routes(router)
			ctx := models.WithOrigin(b.Context(), models.Origin{IP: "192.0.2.10", ASN: "AS64496", UserAgent: "bench/1", Geo: &models.Geo{CountryCode: "US"}})
			b.ReportAllocs()
			for b.Loop() {
				r := httptest.NewRequestWithContext(ctx, http.MethodPost, "/oauth/token",
					strings.NewReader("grant_type=refresh_token&client_id="+clientSPA+"&refresh_token="+token))
				r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
				w := httptest.NewRecorder()
				router.ServeHTTP(w, r)
				_, rest, found := strings.Cut(w.Body.String(), `"refresh_token":"`)
				if !found {
					b.Fatalf("%d %s", w.Code, w.Body)
				}
				token, _, _ = strings.Cut(rest, `"`)
			}
		})
	}
}

func BenchmarkRefreshTokenMint(b *testing.B) {
	s, session, _ := benchServer(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.refreshTokens.mint(session.RefreshToken.ID, 7); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkRefreshTokenParse(b *testing.B) {
	s, _, token := benchServer(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, _, ok := s.refreshTokens.parse(token); !ok {
			b.Fatal("the token is not ours")
		}
	}
}

// BenchmarkMintAccessToken is claims and signature.
func BenchmarkMintAccessToken(b *testing.B) {
	for _, alg := range []string{models.ES256, models.RS256} {
		b.Run(alg, func(b *testing.B) {
			s, session, _ := benchServer(b)
			api := *session.API
			api.SigningAlg = alg
			session.API = &api
			b.ReportAllocs()
			for b.Loop() {
				if _, err := s.mintAccessToken(b.Context(), session, time.Now(), time.Hour); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkEventFor(b *testing.B) {
	s, session, _ := benchServer(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.eventFor(b.Context(), session); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkExchangeLog(b *testing.B) {
	s, session, _ := benchServer(b)
	b.ReportAllocs()
	for b.Loop() {
		s.exchangeLog(b.Context(), session)
	}
}

package store_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/keepsake/models"
	"example.com/keepsake/models/store"
	"example.com/keepsake/models/store/storetest"
)

func TestMain(m *testing.M) { storetest.Main(m) }

// start is when the tests' clocks begin.
var start = time.Date(2026, time.August, 1, 10, 0, 0, 0, time.UTC)

// clock is a clock that tests move.
type clock struct{ offset atomic.Int64 }

func (c *clock) now() time.Time          { return start.Add(time.Duration(c.offset.Load())) }
func (c *clock) advance(d time.Duration) { c.offset.Add(int64(d)) }

// fixture is a store with a clock, and what most tests need in it.
type fixture struct {
	*store.Store
	clock *clock
}

// each runs f over both databases, each fresh and with the people of seed in it.
func each(t *testing.T, f func(t *testing.T, s fixture)) {
	t.Helper()
	t.Parallel()
	for name, open := range map[string]func(testing.TB, ...storetest.Option) *store.Store{
		"sqlite": storetest.SQLite, "postgres": storetest.Postgres,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := &clock{}
			s := fixture{open(t, at(c)), c}
			seed(t, s.Store)
			f(t, s)
		})
	}
}

// seed makes two users.
func seed(t testing.TB, s *store.Store) {
	t.Helper()
	_, err := s.Apply(t.Context(), &models.TenantConfig{Users: []models.User{
		{ID: "auth0|alice", Connection: "db", Email: "Alice@Example.com", Username: "alice", Name: "Alice", PasswordHash: "$argon2id$alice",
			AppMetadata: map[string]any{"plan": "free", "nested": map[string]any{"a": 1.0, "b": 2.0}}, UserMetadata: map[string]any{"lang": "en"}},
		{ID: "auth0|bob", Connection: "db", Email: "bob@example.com", Blocked: true},
	}})
	if err != nil {
		t.Fatalf("seed: %v", err)
	}
}

// token returns a live rotating token of alice, generation 0.
func token(id string) *models.RefreshToken {
	return &models.RefreshToken{
		ID: id, UserID: "auth0|alice", ClientID: "client", SessionID: "sess_1", OrganizationID: "org_1", Connection: "db",
		Audience: "https://api.example.com", Scopes: []string{"openid", "offline_access"}, AuthTime: start,
		AuthMethods: []models.AuthMethod{{Name: "pwd", Timestamp: start}},
		Device:      models.NewDevice(models.Origin{IP: "192.0.2.1", ASN: "AS64496", UserAgent: "curl/8"}),
		CreatedAt:   start, ExpiresAt: start.Add(30 * 24 * time.Hour), IdleExpiresAt: start.Add(15 * 24 * time.Hour),
		Rotating: true, SecretHash: models.HashSecret(id), RotatedAt: start, Metadata: models.Metadata{},
	}
}

// issue stores a token.
func issue(t testing.TB, s *store.Store, tokens ...*models.RefreshToken) {
	t.Helper()
	for _, token := range tokens {
		if err := s.Issue(t.Context(), &models.Issuance{Token: token, At: token.CreatedAt}); err != nil {
			t.Fatalf("issue %s: %v", token.ID, err)
		}
	}
}

// session returns a live session of alice.
func session(id string) *models.Session {
	return &models.Session{
		ID: id, SecretHash: models.HashSecret(id), UserID: "auth0|alice", Connection: "db", CreatedAt: start, UpdatedAt: start,
		AuthenticatedAt: start, LastInteractedAt: start, ExpiresAt: start.Add(7 * 24 * time.Hour), IdleExpiresAt: start.Add(24 * time.Hour),
		Device: models.NewDevice(models.Origin{IP: "192.0.2.1", UserAgent: "curl/8"}), Clients: []string{"client"},
		Methods: []models.AuthMethod{{Name: "pwd", Timestamp: start}}, Cookie: models.CookiePersistent, Metadata: models.Metadata{},
	}
}

func create(t testing.TB, s *store.Store, sessions ...*models.Session) {
	t.Helper()
	for _, one := range sessions {
		if err := s.CreateSession(t.Context(), one, ""); err != nil {
			t.Fatalf("create session %s: %v", one.ID, err)
		}
	}
}

// event returns a log event of a moment.
func event(id string, logType models.LogType) *models.LogEvent {
	return &models.LogEvent{ID: id, Date: start, Type: logType, UserID: "auth0|alice", ClientID: "client"}
}

// must fails the test on an error.
func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// get fails the test on an error, else returns the value.
func get[T any](v T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		must(t, err)
		return v
	}
}

// wantError fails the test unless err is the one that is wanted.
func wantError(t testing.TB, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("error = %v, want %v", err, want)
	}
}

func wantEqual(t testing.TB, what string, got, want any, options ...cmp.Option) {
	t.Helper()
	if diff := cmp.Diff(want, got, options...); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func hasLog(t testing.TB, s *store.Store, id string) bool {
	t.Helper()
	_, err := s.Log(context.WithoutCancel(t.Context()), id)
	if err != nil && !errors.Is(err, models.ErrNotFound) {
		t.Fatal(err)
	}
	return err == nil
}

// at has a store use a clock.
func at(c *clock) storetest.Option { return func(o *store.Options) { o.Now = c.now } }

// oneConnection lets a store have one, so that what it prepares is prepared once.
func oneConnection(o *store.Options) { o.MaxConns = 1 }

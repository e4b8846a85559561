package store_test

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"example.com/keepsake/models"
)

// code returns an authorization code of alice.
func code(secret string) *models.AuthorizationCode {
	return &models.AuthorizationCode{
		Hash: models.HashSecret(secret), ClientID: "client", UserID: "auth0|alice", SessionID: "sess_1", Connection: "db",
		RedirectURI: "http://localhost:3000/callback?a=b&c=<d>", Scopes: []string{"openid"}, Audience: "https://api.example.com",
		OrganizationID: "org_1", Nonce: "n", CodeChallenge: "c", AuthTime: start, SendAuthTime: true,
		AuthMethods: []models.AuthMethod{{Name: "pwd", Timestamp: start}}, Device: models.NewDevice(models.Origin{IP: "192.0.2.1"}),
		RefreshTokenID: "rt_1",
		Decision: models.Decision{
			AccessTokenClaims: map[string]any{"https://example.com/n": 1.5}, IDTokenClaims: map[string]any{"a": []any{"b"}},
			Metadata: models.MetadataDelta{Set: map[string]string{"k": "v"}}, ExpiresAt: start.Add(time.Hour),
		},
		CreatedAt: start, ExpiresAt: start.Add(models.AuthorizationCodeLifetime),
	}
}

func TestAuthorizationCode(t *testing.T) {
	each(t, func(t *testing.T, s fixture) {
		create(t, s.Store, session("sess_1"))
		want := code("secret")
		effects := models.LoginEffects{UserID: "auth0|alice", UserMetadata: map[string]any{"lang": nil, "tz": "UTC"}}
		must(t, s.CreateAuthorizationCode(t.Context(), want, effects, event("900s", models.LogLogin)))
		g := get(s.CodeGrant(t.Context(), want.Hash))(t)
		wantEqual(t, "code", &g.Code, want)
		wantEqual(t, "user_metadata", g.User.UserMetadata, map[string]any{"tz": "UTC"})
		if !hasLog(t, s.Store, "900s") {
			t.Error("the log event is missing")
		}

		t.Run("a duplicate is a conflict and writes nothing", func(t *testing.T) {
			err := s.CreateAuthorizationCode(t.Context(), want, models.LoginEffects{UserID: "auth0|alice", CountLogin: true}, event("900t", models.LogLogin))
			wantError(t, err, models.ErrConflict)
			if u := get(s.User(t.Context(), "auth0|alice"))(t); hasLog(t, s.Store, "900t") || u.LoginsCount != 1 {
				t.Errorf("something was written: logins %d", u.LoginsCount)
			}
		})
		t.Run("a code of a user who is gone", func(t *testing.T) {
			c := code("other")
			c.UserID = "auth0|gone"
			must(t, s.CreateAuthorizationCode(t.Context(), c, models.LoginEffects{}))
			if g := get(s.CodeGrant(t.Context(), c.Hash))(t); g.User != nil {
				t.Errorf("user = %v, want none", g.User)
			}
		})
		_, err := s.CodeGrant(t.Context(), models.HashSecret("unknown"))
		wantError(t, err, models.ErrNotFound)
	})
}

func TestIssueFromACode(t *testing.T) {
	each(t, func(t *testing.T, s fixture) {
		create(t, s.Store, session("sess_1"))
		must(t, s.CreateAuthorizationCode(t.Context(), code("secret"), models.LoginEffects{}))
		i := &models.Issuance{
			CodeHash: models.HashSecret("secret"), Token: token("rt_1"), At: start.Add(time.Second),
			Effects: models.LoginEffects{UserID: "auth0|alice", AppMetadata: map[string]any{"plan": "pro"}},
			Logs:    []*models.LogEvent{event("900a", models.LogCodeExchange)},
		}
		must(t, s.Issue(t.Context(), i))
		wantEqual(t, "token", get(s.RefreshToken(t.Context(), "rt_1"))(t), i.Token)
		g := get(s.CodeGrant(t.Context(), i.CodeHash))(t)
		if !g.Code.UsedAt.Equal(i.At) || g.User.AppMetadata["plan"] != "pro" || !hasLog(t, s.Store, "900a") {
			t.Errorf("used at %v, app_metadata %v", g.Code.UsedAt, g.User.AppMetadata)
		}

		t.Run("a second use writes nothing", func(t *testing.T) {
			again := *i
			again.Token = token("rt_2")
			again.Effects.AppMetadata = map[string]any{"plan": "stolen"}
			again.Logs = []*models.LogEvent{event("900b", models.LogCodeExchange)}
			wantError(t, s.Issue(t.Context(), &again), models.ErrUsed)
			_, err := s.RefreshToken(t.Context(), "rt_2")
			wantError(t, err, models.ErrNotFound)
			if u := get(s.User(t.Context(), "auth0|alice"))(t); u.AppMetadata["plan"] != "pro" || hasLog(t, s.Store, "900b") {
				t.Error("something was written")
			}
		})
		t.Run("an unknown code", func(t *testing.T) {
			wantError(t, s.Issue(t.Context(), &models.Issuance{CodeHash: models.HashSecret("x"), At: start}), models.ErrUsed)
		})
	})
}

func TestIssueVariants(t *testing.T) {
	each(t, func(t *testing.T, s fixture) {
		create(t, s.Store, session("sess_1"))
		for n := range 8 {
			withCode, withToken, withEffects := n&1 != 0, n&2 != 0, n&4 != 0
			name := fmt.Sprintf("code %t, token %t, effects %t", withCode, withToken, withEffects)
			i := &models.Issuance{At: start, Logs: []*models.LogEvent{event(fmt.Sprint("900", n), models.LogPasswordExchange)}}
			id := fmt.Sprint("rt_", n)
			if withCode {
				must(t, s.CreateAuthorizationCode(t.Context(), code(id), models.LoginEffects{}))
				i.CodeHash = models.HashSecret(id)
			}
			if withToken {
				i.Token = token(id)
			}
			if withEffects {
				i.Effects = models.LoginEffects{SessionID: "sess_1", SessionMetadata: models.MetadataDelta{Set: map[string]string{id: "v"}}}
			}
			if err := s.Issue(t.Context(), i); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			_, err := s.RefreshToken(t.Context(), id)
			if withToken != (err == nil) {
				t.Errorf("%s: token: %v", name, err)
			}
			_, marked := get(s.Session(t.Context(), "sess_1"))(t).Metadata[id]
			if marked != withEffects || !hasLog(t, s.Store, i.Logs[0].ID) {
				t.Errorf("%s: effects %t, log %t", name, marked, hasLog(t, s.Store, i.Logs[0].ID))
			}
		}
	})
}

func TestIssueRefusals(t *testing.T) {
	each(t, func(t *testing.T, s fixture) {
		issue(t, s.Store, token("rt_1"))
		wantError(t, s.Issue(t.Context(), &models.Issuance{Token: token("rt_1"), At: start}), models.ErrConflict)
		bad := token("rt_2")
		bad.Metadata = models.Metadata{"not a key": "v"}
		wantError(t, s.Issue(t.Context(), &models.Issuance{Token: bad, At: start}), models.ErrMetadataKeyCharset)
	})
}

func TestConcurrentIssuesOfOneCodeHaveOneWinner(t *testing.T) {
	each(t, func(t *testing.T, s fixture) {
		must(t, s.CreateAuthorizationCode(t.Context(), code("secret"), models.LoginEffects{}))
		var won atomic.Int64
		var wg sync.WaitGroup
		for i := range 32 {
			wg.Go(func() {
				err := s.Issue(t.Context(), &models.Issuance{CodeHash: models.HashSecret("secret"), Token: token(fmt.Sprint("rt_", i)), At: start})
				switch {
				case err == nil:
					won.Add(1)
				case !errors.Is(err, models.ErrUsed):
					t.Error(err)
				}
			})
		}
		wg.Wait()
		n := get(s.CountRefreshTokens(t.Context(), models.RefreshTokenFilter{UserID: "auth0|alice"}))(t)
		if won.Load() != 1 || n != 1 {
			t.Errorf("%d won and %d tokens, want 1 and 1", won.Load(), n)
		}
	})
}

func TestIssueRemovesTheOldestBeyondTheLimit(t *testing.T) {
	each(t, func(t *testing.T, s fixture) {
		add := func(n int, change func(*models.RefreshToken)) {
			x := token(fmt.Sprintf("rt_%04d", n))
			x.CreatedAt = start.Add(time.Duration(n) * time.Second)
			if change != nil {
				change(x)
			}
			issue(t, s.Store, x)
		}
		ofAlice := models.RefreshTokenFilter{UserID: "auth0|alice", ClientID: "client"}
		for n := range models.MaxRefreshTokens {
			add(n, nil)
		}
		add(9000, func(x *models.RefreshToken) { x.ClientID = "another" })
		cleanups := models.LogFilter{Type: models.LogResourceCleanup}
		if n := get(s.CountLogs(t.Context(), cleanups))(t); n != 0 {
			t.Fatalf("%d removals at the limit", n)
		}
		add(models.MaxRefreshTokens, nil)
		if n := get(s.CountRefreshTokens(t.Context(), ofAlice))(t); n != models.MaxRefreshTokens {
			t.Errorf("%d tokens, want %d", n, models.MaxRefreshTokens)
		}
		_, err := s.RefreshToken(t.Context(), "rt_0000")
		wantError(t, err, models.ErrNotFound)
		get(s.RefreshToken(t.Context(), "rt_0001"))(t)
		get(s.RefreshToken(t.Context(), "rt_9000"))(t)
		events := get(s.Logs(t.Context(), cleanups, 0, 10, false))(t)
		if len(events) != 1 {
			t.Fatalf("%d log events, want 1", len(events))
		}
		wantEqual(t, "details", events[0].Details, map[string]any{"resource": "refresh_tokens", "start": 201.0, "removedCount": 1.0, "endCount": 200.0})

		t.Run("a dead token makes room", func(t *testing.T) {
			must(t, s.RevokeRefreshToken(t.Context(), "rt_0100", start))
			add(models.MaxRefreshTokens+1, nil)
			get(s.RefreshToken(t.Context(), "rt_0001"))(t)
		})
	})
}

package oauth

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/keepsake/hooks"
	"example.com/keepsake/models"
	"example.com/keepsake/models/store"
	"example.com/keepsake/models/store/storetest"
)

// The two bodies that SDKs compare byte for byte (contract 5.3).
const (
	bodyInvalid = `{"error":"invalid_grant","error_description":"Unknown or invalid refresh token."}`
	bodyReuse   = `{"error":"invalid_grant","error_description":"Unsuccessful Refresh Token exchange, reused refresh token detected"}`
)

func (s *server) wantBody(a answer, status int, body string) {
	s.t.Helper()
	if a.status != status || strings.TrimSpace(a.text) != body {
		s.t.Errorf("got %d %s\nwant %d %s", a.status, a.text, status, body)
	}
}

func (s *server) wantToken(a answer) string {
	s.t.Helper()
	if a.status != http.StatusOK || a.str("refresh_token") == "" {
		s.t.Fatalf("got %d %s, want tokens", a.status, a.text)
	}
	return a.str("refresh_token")
}

func each(t *testing.T, test func(t *testing.T, s *server)) {
	t.Helper()
	t.Parallel()
	storetest.Each(t, func(t *testing.T, st *store.Store) { test(t, newServer(t, st)) })
}

func TestRefreshRotatesAndKeepsTheID(t *testing.T) {
	each(t, func(t *testing.T, s *server) {
		login := s.passwordLogin(clientSPA)
		id := login.str("refresh_token_id")
		if !strings.HasPrefix(id, "rt_") || len(id) > 30 {
			t.Fatalf("refresh_token_id %q", id)
		}
		s.clock.advance(time.Minute)
		first := s.wantToken(login)
		a := s.refresh(first)
		second := s.wantToken(a)
		if second == first || a.str("refresh_token_id") != id {
			t.Errorf("token not rotated, or another id: %s", a.text)
		}
		if a.header.Get("Cache-Control") != "no-store" || a.str("token_type") != "Bearer" || a.body["expires_in"] != float64(3600) {
			t.Errorf("response %v %s", a.header, a.text)
		}
		claims := s.claims(a.str("access_token"))
		want := map[string]any{
			"iss": testIssuer, "sub": testUser, "azp": clientSPA, "gty": "refresh_token", "scope": "openid profile email offline_access read:notes write:notes",
			"aud": []any{testAPI, testIssuer + "userinfo"}, "iat": float64(s.clock.Now().Unix()), "exp": float64(s.clock.Now().Add(time.Hour).Unix()), "jti": claims["jti"],
		}
		if d := cmp.Diff(want, claims); d != "" {
			t.Errorf("access token claims (-want +got):\n%s", d)
		}
		row := s.stored(id).Token
		if row.Generation != 1 || !row.LastExchangedAt.Equal(s.clock.Now()) || !row.IdleExpiresAt.Equal(s.clock.Now().Add(models.DefaultIdleTokenLifetime)) {
			t.Errorf("row after the exchange: %+v", row)
		}
		logs := s.logged(models.LogRefresh)
		if len(logs) != 1 || logs[0].Details["familyId"] != id || fmt.Sprint(logs[0].Details["tokenCounter"]) != "1" {
			t.Errorf("sertft: %+v", logs)
		}
	})
}

func TestReuseRevokesTheFamilyOnce(t *testing.T) {
	each(t, func(t *testing.T, s *server) {
		login := s.passwordLogin(clientSPA)
		first := s.wantToken(login)
		second := s.wantToken(s.refresh(first))
		s.wantBody(s.refresh(first), http.StatusForbidden, bodyReuse)
		// From then on every token of the family gets the general answer.
		s.wantBody(s.refresh(first), http.StatusForbidden, bodyInvalid)
		s.wantBody(s.refresh(second), http.StatusForbidden, bodyInvalid)
		logs := s.logged(models.LogRefreshTokenReused)
		if len(logs) != 1 {
			t.Fatalf("%d ferrt events, want 1", len(logs))
		}
		want := map[string]any{"familyId": login.str("refresh_token_id"), "tokenCounter": float64(1), "latestCounter": float64(2)}
		if d := cmp.Diff(want, logs[0].Details); d != "" || logs[0].Description != "Unsuccessful Refresh Token exchange, reused refresh token detected" {
			t.Errorf("ferrt %q (-want +got):\n%s", logs[0].Description, d)
		}
		if e := logs[0]; e.Audience != testAPI || e.Connection != "Users" || e.UserID != testUser {
			t.Errorf("ferrt says too little of the token: %+v", e)
		}
	})
}

func TestLeewayForgivesTheTokenBeforeAndNoOther(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		s := newServer(t, st, func(c *models.TenantConfig) { c.Clients[0].RefreshToken.Leeway = 10 * time.Second })
		first := s.wantToken(s.passwordLogin(clientSPA))
		second := s.wantToken(s.refresh(first))
		s.clock.advance(9 * time.Second)
		third := s.wantToken(s.refresh(first)) // the answer was lost: the client tries again
		if third == second {
			t.Error("the overlap gave the same token again")
		}
		s.wantToken(s.refresh(second)) // one behind the newest, inside the leeway
		s.wantBody(s.refresh(first), http.StatusForbidden, bodyReuse)

		again := s.wantToken(s.passwordLogin(clientSPA))
		s.wantToken(s.refresh(again))
		s.clock.advance(10 * time.Second)
		s.wantBody(s.refresh(again), http.StatusForbidden, bodyReuse)
	})
}

func TestWhatIsNoTokenOfThisClientChangesNothing(t *testing.T) {
	each(t, func(t *testing.T, s *server) {
		login := s.passwordLogin(clientSPA)
		first := s.wantToken(login)
		used, current := first, s.wantToken(s.refresh(first))
		flip := func(token string, i int) string {
			b := []byte(token)
			if b[i] == 'A' {
				b[i] = 'B'
			} else {
				b[i] = 'A'
			}
			return string(b)
		}
		web := []string{"grant_type", "refresh_token", "client_id", clientWeb, "client_secret", testSecret, "refresh_token"}
		for name, a := range map[string]answer{
			"garbage":                                s.refresh("garbage"),
			"another server's":                       s.refresh("v1.MXk3b2w"),
			"empty body after the prefix":            s.refresh("ksrt_"),
			"forged MAC on a used token":             s.refresh(flip(used, len(used)-3)),
			"forged family":                          s.refresh(flip(current, 6)),
			"forged generation":                      s.refresh(flip(current, 5+23)),
			"a used token presented by a stranger":   s.token(append(web, used)...),
			"the live token presented by a stranger": s.token(append(web, current)...),
		} {
			if a.status != http.StatusForbidden || strings.TrimSpace(a.text) != bodyInvalid {
				t.Errorf("%s: %d %s", name, a.status, a.text)
			}
		}
		s.wantToken(s.refresh(current))
	})
}

func TestExpiry(t *testing.T) {
	each(t, func(t *testing.T, s *server) {
		idle := s.wantToken(s.passwordLogin(clientSPA))
		s.clock.advance(models.DefaultIdleTokenLifetime)
		s.wantBody(s.refresh(idle), http.StatusForbidden, bodyInvalid)

		token := s.wantToken(s.passwordLogin(clientSPA))
		for range 2 { // used within the idle lifetime again and again, it still ends at the absolute one
			s.clock.advance(models.DefaultIdleTokenLifetime - time.Second)
			token = s.wantToken(s.refresh(token))
		}
		s.clock.advance(2 * time.Second)
		s.wantBody(s.refresh(token), http.StatusForbidden, bodyInvalid)
	})
}

func TestNonRotatingClientKeepsItsToken(t *testing.T) {
	each(t, func(t *testing.T, s *server) {
		token := s.wantToken(s.passwordLogin(clientKeep))
		for range 3 {
			a := s.token("grant_type", "refresh_token", "client_id", clientKeep, "client_secret", testSecret, "refresh_token", token)
			if a.status != http.StatusOK || a.body["refresh_token"] != nil {
				t.Fatalf("%d %s", a.status, a.text)
			}
		}
	})
}

func TestScopeNarrowsTheAccessTokenOnly(t *testing.T) {
	each(t, func(t *testing.T, s *server) {
		login := s.passwordLogin(clientSPA)
		a := s.refresh(s.wantToken(login), "scope", "read:notes admin:everything")
		if a.str("scope") != "read:notes" || a.body["id_token"] != nil {
			t.Errorf("narrowed: %s", a.text)
		}
		if got := s.claims(a.str("access_token")); got["scope"] != "read:notes" || got["aud"] != testAPI {
			t.Errorf("narrowed claims: %v", got)
		}
		a = s.refresh(s.wantToken(a))
		if a.str("scope") != "openid profile email offline_access read:notes write:notes" {
			t.Errorf("the grant itself was narrowed: %s", a.text)
		}
	})
}

func TestDeniedExchangeConsumesNothing(t *testing.T) {
	each(t, func(t *testing.T, s *server) {
		login := s.passwordLogin(clientSPA)
		token, id := s.wantToken(login), login.str("refresh_token_id")
		s.hook(func(_ *hooks.Event, api *hooks.API) error {
			if err := api.User.SetAppMetadata("denied", true); err != nil {
				return err
			}
			api.Access.Deny("not today")
			return api.RefreshToken.SetMetadata("k", "v")
		})
		s.wantBody(s.refresh(token), http.StatusForbidden, `{"error":"access_denied","error_description":"not today"}`)
		grant := s.stored(id)
		if len(grant.Token.Metadata) != 0 || grant.User.AppMetadata["denied"] != true {
			t.Errorf("after a denial: metadata %v, app_metadata %v", grant.Token.Metadata, grant.User.AppMetadata)
		}
		if logs := s.logged(models.LogFailedRefresh); len(logs) != 1 || logs[0].Description != "not today" || logs[0].Execution == nil {
			t.Errorf("fertft: %+v", logs)
		}
		s.hook(func(*hooks.Event, *hooks.API) error { return errors.New("boom") })
		s.wantBody(s.refresh(token), http.StatusForbidden, `{"error":"access_denied","error_description":"boom"}`)
		if logs := s.logged(models.LogActionFailed); len(logs) != 1 || logs[0].Details["error_class"] != "action_error" {
			t.Errorf("actions_execution_failed: %+v", logs)
		}
		s.hooks = nil
		s.wantToken(s.refresh(token))
	})
}

func TestRevokeByHook(t *testing.T) {
	each(t, func(t *testing.T, s *server) {
		login := s.passwordLogin(clientSPA)
		token := s.wantToken(login)
		s.hook(func(_ *hooks.Event, api *hooks.API) error {
			return api.RefreshToken.Revoke("Suspicious country change detected")
		})
		s.wantBody(s.refresh(token), http.StatusForbidden, `{"error":"access_denied","error_description":"Suspicious country change detected"}`)
		s.hooks = nil
		s.wantBody(s.refresh(token), http.StatusForbidden, bodyInvalid)
		if logs := s.logged(models.LogRefreshTokenRevoked); len(logs) != 1 || logs[0].Details["credential_id"] != login.str("refresh_token_id") {
			t.Errorf("srrt: %+v", logs)
		}
	})
}

func TestMetadataLivesWithTheToken(t *testing.T) {
	each(t, func(t *testing.T, s *server) {
		s.hook(func(e *hooks.Event, api *hooks.API) error {
			if e.RefreshToken == nil {
				return api.RefreshToken.SetMetadata("deviceName", "Auth0's iPhone")
			}
			if err := api.RefreshToken.SetMetadata("seen", e.RefreshToken.Metadata["deviceName"]); err != nil {
				return err
			}
			if e.RefreshToken.Metadata["seen"] == "" {
				return errors.New("a change is not visible at once")
			}
			return nil
		})
		login := s.passwordLogin(clientSPA)
		id, token := login.str("refresh_token_id"), s.wantToken(login)
		if d := cmp.Diff(models.Metadata{"deviceName": "Auth0's iPhone"}, s.stored(id).Token.Metadata); d != "" {
			t.Errorf("after the login (-want +got):\n%s", d)
		}
		for range 3 {
			token = s.wantToken(s.refresh(token))
		}
		if d := cmp.Diff(models.Metadata{"deviceName": "Auth0's iPhone", "seen": "Auth0's iPhone"}, s.stored(id).Token.Metadata); d != "" {
			t.Errorf("after exchanges (-want +got):\n%s", d)
		}
		s.hook(func(_ *hooks.Event, api *hooks.API) error { return api.RefreshToken.EvictMetadata() })
		s.wantToken(s.refresh(token))
		if got := s.stored(id).Token.Metadata; len(got) != 0 {
			t.Errorf("after evict: %v", got)
		}
	})
}

func TestHookShortensLifetimes(t *testing.T) {
	each(t, func(t *testing.T, s *server) {
		s.hook(func(_ *hooks.Event, api *hooks.API) error {
			now := s.clock.Now()
			if err := api.RefreshToken.SetExpiresAt(float64(now.Add(time.Hour).UnixMilli())); err != nil {
				return err
			}
			return api.RefreshToken.SetIdleExpiresAt(float64(now.Add(365 * 24 * time.Hour).UnixMilli()))
		})
		login := s.passwordLogin(clientSPA)
		row, now := s.stored(login.str("refresh_token_id")).Token, s.clock.Now()
		if !row.ExpiresAt.Equal(now.Add(time.Hour)) || !row.IdleExpiresAt.Equal(now.Add(models.DefaultTokenLifetime)) {
			t.Errorf("expires %v idle %v", row.ExpiresAt, row.IdleExpiresAt)
		}
		if logs := s.logged(models.LogWarning); len(logs) != 1 {
			t.Errorf("%d w events for the clamped expiry, want 1", len(logs))
		}
		s.hooks = nil
		s.clock.advance(time.Hour)
		s.wantBody(s.refresh(s.wantToken(login)), http.StatusForbidden, bodyInvalid)
	})
}

func TestConcurrentExchangesOfOneToken(t *testing.T) {
	each(t, func(t *testing.T, s *server) {
		login := s.passwordLogin(clientSPA)
		token := s.wantToken(login)
		const racers = 64
		answers := make([]answer, racers)
		var wg sync.WaitGroup
		for i := range racers {
			wg.Go(func() { answers[i] = s.refresh(token) })
		}
		wg.Wait()
		var won, reuse, invalid int
		winner := ""
		for _, a := range answers {
			switch text := strings.TrimSpace(a.text); {
			case a.status == http.StatusOK:
				won++
				winner = a.str("refresh_token")
			case a.status == http.StatusForbidden && text == bodyReuse:
				reuse++
			case a.status == http.StatusForbidden && text == bodyInvalid:
				invalid++
			default:
				t.Errorf("undocumented answer: %d %s", a.status, text)
			}
		}
		if won != 1 || reuse != 1 || invalid != racers-2 {
			t.Errorf("%d won, %d found reuse, %d were refused; want 1, 1, %d", won, reuse, invalid, racers-2)
		}
		// Contract 5.6: with leeway 0 the second presentation is reuse, and the family is gone, the winner's token too.
		s.wantBody(s.refresh(winner), http.StatusForbidden, bodyInvalid)
		if n := len(s.logged(models.LogRefreshTokenReused)); n != 1 {
			t.Errorf("%d ferrt events, want 1", n)
		}
	})
}

func TestEnablingRotationRetiresTheNonRotatingTokens(t *testing.T) {
	each(t, func(t *testing.T, s *server) {
		keep := func(token string) answer {
			return s.token("grant_type", "refresh_token", "client_id", clientKeep, "client_secret", testSecret, "refresh_token", token)
		}
		one, two := s.wantToken(s.passwordLogin(clientKeep)), s.wantToken(s.passwordLogin(clientKeep))
		config := tenantConfig()
		config.Clients[2].RefreshToken.Rotating = true
		if _, err := s.store.Apply(t.Context(), config); err != nil {
			t.Fatal(err)
		}
		rotated := s.wantToken(keep(one))
		s.wantBody(keep(two), http.StatusForbidden, bodyInvalid)

		config.Clients[2].RefreshToken.Rotating, config.Clients[2].RefreshToken.Leeway = false, 10*time.Second
		if _, err := s.store.Apply(t.Context(), config); err != nil {
			t.Fatal(err)
		}
		s.wantToken(keep(rotated))         // the last exchange of a rotating token gives one to keep,
		kept := s.wantToken(keep(rotated)) // also to a client that lost the answer and tries again
		s.clock.advance(time.Minute)
		if a := keep(kept); a.status != http.StatusOK || a.body["refresh_token"] != nil {
			t.Errorf("%d %s", a.status, a.text)
		}
	})
}

func TestUserGone(t *testing.T) {
	each(t, func(t *testing.T, s *server) {
		token := s.wantToken(s.passwordLogin(clientSPA))
		config := tenantConfig()
		config.Users[0].Blocked = true
		if _, err := s.store.Apply(t.Context(), config); err != nil {
			t.Fatal(err)
		}
		s.wantBody(s.refresh(token), http.StatusForbidden, `{"error":"unauthorized","error_description":"user is blocked"}`)
	})
}

// losing loses the race for a token once, and finds its user deleted when it looks again.
type losing struct {
	Grants
	lost bool
}

func (l *losing) Exchange(ctx context.Context, x *models.Exchange) error {
	if !l.lost {
		l.lost = true
		return models.ErrConflict
	}
	return l.Grants.Exchange(ctx, x)
}

func (l *losing) RefreshGrant(ctx context.Context, id string, extent models.GrantExtent) (*models.RefreshGrant, error) {
	g, err := l.Grants.RefreshGrant(ctx, id, extent)
	if err == nil && l.lost {
		g.User = nil
	}
	return g, err
}

func TestUserGoneWhileTheExchangeWasTriedAgain(t *testing.T) {
	each(t, func(t *testing.T, s *server) {
		token := s.wantToken(s.passwordLogin(clientSPA))
		s.grants = &losing{Grants: s.grants}
		s.wantBody(s.refresh(token), http.StatusForbidden,
			`{"error":"invalid_grant","error_description":"The refresh_token was generated for a user who doesn't exist anymore."}`)
	})
}

func TestOldestTokensMakeRoom(t *testing.T) {
	each(t, func(t *testing.T, s *server) {
		login := s.passwordLogin(clientSPA)
		first, id := s.wantToken(login), login.str("refresh_token_id")
		row := s.stored(id).Token
		for range models.MaxRefreshTokens - 1 {
			s.clock.advance(time.Millisecond)
			next := row
			next.ID = models.NewID(models.PrefixRefreshToken, s.clock.Now())
			next.CreatedAt = s.clock.Now()
			if err := s.store.Issue(t.Context(), &models.Issuance{Token: &next, At: s.clock.Now()}); err != nil {
				t.Fatal(err)
			}
		}
		if n := len(s.logged(models.LogResourceCleanup)); n != 0 {
			t.Fatalf("cleanup after %d tokens", models.MaxRefreshTokens)
		}
		s.clock.advance(time.Millisecond)
		s.passwordLogin(clientSPA)
		s.wantBody(s.refresh(first), http.StatusForbidden, bodyInvalid)
		if n := len(s.logged(models.LogResourceCleanup)); n != 1 {
			t.Errorf("%d resource_cleanup events, want 1", n)
		}
		n, err := s.store.CountRefreshTokens(t.Context(), models.RefreshTokenFilter{UserID: testUser, ClientID: clientSPA})
		if err != nil || n != models.MaxRefreshTokens {
			t.Errorf("%d tokens, %v", n, err)
		}
	})
}

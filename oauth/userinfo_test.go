package oauth

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/keepsake/models"
)

// fewPeople is the part of People that these files need.
type fewPeople struct {
	People
	users map[string]*models.User
	err   error // what every lookup of a user fails with

	ended  []string
	logs   []*models.LogEvent
	endErr error
}

func (p *fewPeople) User(_ context.Context, id string) (*models.User, error) {
	if p.err != nil {
		return nil, p.err
	}
	return lookUp(p.users, id)
}

func (p *fewPeople) EndSession(_ context.Context, id string, logs ...*models.LogEvent) error {
	if p.endErr != nil {
		return p.endErr
	}
	p.ended, p.logs = append(p.ended, id), append(p.logs, logs...)
	return nil
}

func ada() *models.User {
	return &models.User{
		ID: "auth0|1", Connection: "users", Email: "ada@example.com", EmailVerified: true, PhoneNumber: "+4930123456",
		Name: "Ada Lovelace", GivenName: "Ada", FamilyName: "Lovelace", Nickname: "ada", Picture: "https://example.com/ada.png",
		PasswordHash: "$argon2id$secret", AppMetadata: map[string]any{"plan": "hidden"}, LastIP: "203.0.113.9",
		CreatedAt: keyTime.Add(-48 * time.Hour), UpdatedAt: time.Date(2026, 3, 13, 10, 0, 0, 123456789, time.FixedZone("CET", 3600)),
	}
}

func TestProfileClaims(t *testing.T) {
	t.Parallel()
	profile := map[string]any{
		"name": "Ada Lovelace", "given_name": "Ada", "family_name": "Lovelace", "nickname": "ada",
		"picture": "https://example.com/ada.png", "updated_at": "2026-03-13T09:00:00.123Z",
	}
	everything := map[string]any{"email": "ada@example.com", "email_verified": true, "phone_number": "+4930123456", "phone_number_verified": false}
	for name, v := range profile {
		everything[name] = v
	}
	for _, row := range []struct {
		name   string
		user   *models.User
		scopes string
		want   map[string]any
	}{
		{"openid alone says nothing", ada(), "openid", map[string]any{}},
		{"profile", ada(), "openid profile", profile},
		{"email", ada(), "email", map[string]any{"email": "ada@example.com", "email_verified": true}},
		{"phone", ada(), "phone", map[string]any{"phone_number": "+4930123456", "phone_number_verified": false}},
		{"all, among scopes of an API", ada(), "openid read:notes phone email profile offline_access", everything},
		{"scopes are case-sensitive", ada(), "Profile EMAIL", map[string]any{}},
		{"what the user does not have is left out", &models.User{ID: "auth0|2"}, "profile email phone", map[string]any{}},
		{"a user who never changed", &models.User{CreatedAt: keyTime}, "profile", map[string]any{"updated_at": "2026-03-14T09:26:53.000Z"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(row.want, profileClaims(row.user, strings.Fields(row.scopes))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestUserinfo(t *testing.T) {
	t.Parallel()
	realm := `Bearer realm="` + keyIssuer + `"`
	invalidChallenge := realm + `, error="invalid_token", error_description="The access token is invalid or has expired."`
	invalidBody := `{"error":"invalid_token","error_description":"The access token is invalid or has expired."}`
	userinfo := keyIssuer + "userinfo"
	for _, row := range []struct {
		name      string
		claims    map[string]any // changes; nil: no token is sent
		people    *fewPeople
		status    int
		body      string
		challenge string
	}{
		{
			"by scope", map[string]any{"aud": userinfo, "scope": "openid email"}, nil,
			http.StatusOK, `{"email":"ada@example.com","email_verified":true,"sub":"auth0|1"}`, "",
		}, {
			"a token for an API and /userinfo", map[string]any{"scope": "openid"}, nil,
			http.StatusOK, `{"sub":"auth0|1"}`, "",
		}, {
			"custom claims, of which none is the subject",
			map[string]any{"aud": userinfo, "scope": "openid email", claimIDTokenClaims: map[string]any{
				"https://example.com/tier": "<gold>", "email": "other@example.com", "sub": "auth0|2",
			}}, nil,
			http.StatusOK, `{"email":"other@example.com","email_verified":true,"https://example.com/tier":"<gold>","sub":"auth0|1"}`, "",
		}, {
			"no token", nil, nil,
			http.StatusUnauthorized, `{"error":"invalid_token","error_description":"This endpoint needs an access token."}`, realm,
		}, {
			"a token for an API alone", map[string]any{"aud": keyAudience}, nil,
			http.StatusUnauthorized, invalidBody, invalidChallenge,
		}, {
			"expired", map[string]any{"exp": keyTime.Unix()}, nil,
			http.StatusUnauthorized, invalidBody, invalidChallenge,
		}, {
			"without openid", map[string]any{"scope": "profile email"}, nil,
			http.StatusForbidden, `{"error":"insufficient_scope","error_description":"The access token lacks the scope openid."}`,
			realm + `, error="insufficient_scope", error_description="The access token lacks the scope openid.", scope="openid"`,
		}, {
			"a user who is gone", map[string]any{"sub": "auth0|9"}, nil,
			http.StatusUnauthorized, invalidBody, invalidChallenge,
		}, {
			"a user who is blocked", map[string]any{}, &fewPeople{users: map[string]*models.User{"auth0|1": {ID: "auth0|1", Blocked: true}}},
			http.StatusUnauthorized, invalidBody, invalidChallenge,
		}, {
			"a database that is down", map[string]any{}, &fewPeople{err: errors.New("dial tcp 10.0.0.7")},
			http.StatusInternalServerError, `{"error":"server_error","error_description":"` + errInternal.Description + `"}`, "",
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			s := keyServer(withKeys(rsaTestKey()))
			s.people = &fewPeople{users: map[string]*models.User{"auth0|1": ada()}}
			if row.people != nil {
				s.people = row.people
			}
			for _, method := range []string{http.MethodGet, http.MethodPost} {
				r := httptest.NewRequest(method, "/userinfo", nil)
				if row.claims != nil {
					r.Header.Set("Authorization", "Bearer "+mustSign(t, s.keys, models.RS256, typJWT, accessClaims(row.claims)))
				}
				w := httptest.NewRecorder()
				s.serveUserinfo(w, r)
				if w.Code != row.status || strings.TrimSpace(w.Body.String()) != row.body {
					t.Errorf("%s: %d %s, want %d %s", method, w.Code, w.Body, row.status, row.body)
				}
				if got := w.Header().Get("WWW-Authenticate"); got != row.challenge {
					t.Errorf("%s: WWW-Authenticate %q, want %q", method, got, row.challenge)
				}
				if got := w.Header().Get("Cache-Control"); got != "no-store" {
					t.Errorf("%s: Cache-Control %q", method, got)
				}
			}
		})
	}
}

func TestUserinfoTokenElsewhere(t *testing.T) {
	t.Parallel()
	s := keyServer(withKeys(rsaTestKey()))
	s.people = &fewPeople{users: map[string]*models.User{"auth0|1": ada()}}
	token := mustSign(t, s.keys, models.RS256, typJWT, accessClaims(nil))

	r := httptest.NewRequest(http.MethodPost, "/userinfo", strings.NewReader("access_token="+token))
	r.Header.Set("Content-Type", typeForm)
	w := httptest.NewRecorder()
	s.serveUserinfo(w, r)
	if w.Code != http.StatusUnauthorized {
		t.Errorf("in the body: %d %s", w.Code, w.Body)
	}

	w = httptest.NewRecorder()
	s.serveUserinfo(w, httptest.NewRequest(http.MethodGet, "/userinfo?access_token="+token, nil))
	var body errorBody
	if err := json.Unmarshal(w.Body.Bytes(), &body); err != nil {
		t.Fatal(err)
	}
	if w.Code != http.StatusBadRequest || body.Error != "invalid_request" || strings.Contains(w.Body.String(), token) {
		t.Errorf("in the query: %d %s", w.Code, w.Body)
	}
}

package mgmt

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/keepsake/models"
)

const fullSession = `{"id":"sess_1","user_id":"auth0|ann","created_at":"2026-08-02T08:00:00.123Z","updated_at":"2026-08-02T08:00:00.123Z",` +
	`"authenticated_at":"2026-08-02T08:00:00.123Z","idle_expires_at":"2026-08-05T08:00:00.123Z","expires_at":"2026-08-09T08:00:00.123Z","last_interacted_at":"2026-08-02T08:00:00.123Z",` +
	`"device":{"initial_ip":"13.33.86.47","initial_asn":"AS13335","initial_user_agent":"curl/7.64.1","last_ip":"13.33.86.48","last_asn":"AS13336","last_user_agent":"curl/8.0"},` +
	`"clients":[{"client_id":"cli_app"}],` +
	`"authentication":{"methods":[{"name":"pwd","timestamp":"2026-08-02T08:00:00.123Z"},{"name":"mfa","timestamp":"2026-08-02T08:00:00.123Z","type":"otp"}]},` +
	`"cookie":{"mode":"non-persistent"},"session_metadata":%s}`

// sessions checks which sessions are still there, and which refresh tokens.
func sessions(want []string, tokens ...string) func(*testing.T, *world, *recorder) {
	return func(t *testing.T, w *world, rec *recorder) {
		var got []string
		for id := range w.store.session {
			got = append(got, id)
		}
		slices.Sort(got)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("sessions left (-want +got):\n%s", diff)
		}
		left(tokens...)(t, w, rec)
	}
}

func TestSessions(t *testing.T) {
	t.Parallel()
	path := root + "/sessions/sess_1"
	all := sessions([]string{"sess_1", "sess_2", "sess_3"}, "rt_bob", "rt_full", "rt_plain")
	gone := failure(404, "The session does not exist.", "")
	run(t, []scenario{
		{name: "get", method: "GET", path: path, status: 200, want: fmt.Sprintf(fullSession, `{"device":"kitchen"}`), schema: "GetSessionResponseContent"},
		{name: "get a bare one", method: "GET", path: root + "/sessions/sess_2", status: 200, schema: "GetSessionResponseContent", contains: []string{`"clients":[]`, `"methods":[]`, `"expires_at":null`, `"session_metadata":{}`}},
		{name: "get some fields", method: "GET", path: path + "?fields=id,cookie", status: 200, want: `{"cookie":{"mode":"non-persistent"},"id":"sess_1"}`},
		{name: "get none", method: "GET", path: root + "/sessions/sess_x", status: 404, want: gone},

		{name: "patch", method: "PATCH", path: path, body: `{"session_metadata":{"a":"b"}}`, status: 200, want: fmt.Sprintf(fullSession, `{"a":"b"}`), schema: "UpdateSessionResponseContent", writes: 1},
		{name: "patch with null", method: "PATCH", path: path, body: `{"session_metadata":null}`, status: 200, want: fmt.Sprintf(fullSession, `{}`), writes: 1},
		{name: "patch none", method: "PATCH", path: root + "/sessions/sess_x", body: `{"session_metadata":{}}`, status: 404, want: gone},
		{name: "patch with a token's member", method: "PATCH", path: path, body: `{"refresh_token_metadata":{}}`, status: 400, want: failure(400, "Payload validation error: 'Additional properties not allowed: refresh_token_metadata'.", "invalid_body")},

		{name: "delete leaves the tokens", method: "DELETE", path: path, status: 202, want: `{}`, writes: 1, check: sessions([]string{"sess_2", "sess_3"}, "rt_bob", "rt_full", "rt_plain")},
		{name: "delete none", method: "DELETE", path: root + "/sessions/sess_x", status: 202, want: `{}`, check: all},
		{name: "revoke takes the tokens along", method: "POST", path: path + "/revoke", status: 202, want: `{}`, writes: 1, check: sessions([]string{"sess_2", "sess_3"}, "rt_bob", "rt_plain")},
		{name: "revoke with an empty object", method: "POST", path: path + "/revoke", body: `{}`, status: 202, want: `{}`, writes: 1},
		{name: "revoke with wishes", method: "POST", path: path + "/revoke", body: `{"preserve_refresh_tokens":true}`, status: 400, contains: []string{"Additional properties not allowed: preserve_refresh_tokens"}, check: all},
		{name: "revoke none", method: "POST", path: root + "/sessions/sess_x/revoke", status: 404, want: gone, check: all},
	})
}

func TestUserSessions(t *testing.T) {
	t.Parallel()
	path := root + "/users/auth0%7Cann/sessions"
	run(t, []scenario{
		{name: "list", method: "GET", path: path, status: 200, schema: "ListUserSessionsPaginatedResponseContent", contains: []string{fmt.Sprintf(fullSession, `{"device":"kitchen"}`)}, absent: []string{"sess_3", `"next"`, `"total"`}},
		{name: "list with totals", method: "GET", path: path + "?include_totals=true&fields=id", status: 200, want: `{"sessions":[{"id":"sess_1"},{"id":"sess_2"}],"total":2}`},
		{
			name: "list by pages", method: "GET", path: path + "?take=1&fields=id", status: 200, contains: []string{`[{"id":"sess_1"}]`},
			check: func(t *testing.T, w *world, rec *recorder) {
				next := decode(t, rec)["next"].(string)
				if got := w.do("GET", path+"?take=1&fields=id&from="+next, "").Body.String(); got != `{"sessions":[{"id":"sess_2"}]}` {
					t.Errorf("second page %s", got)
				}
			},
		},
		{name: "list nobody's", method: "GET", path: root + "/users/nobody/sessions", status: 404, want: failure(404, "User not found", "")},
		{name: "list from garbage", method: "GET", path: path + "?from=x", status: 400, contains: []string{"The checkpoint ID provided"}},
		{name: "delete", method: "DELETE", path: path, status: 202, want: `{}`, writes: 1, check: sessions([]string{"sess_3"}, "rt_bob", "rt_full", "rt_plain")},
		{name: "delete nobody's", method: "DELETE", path: root + "/users/nobody/sessions", status: 404, want: failure(404, "User not found", "")},
	})
}

func TestWritesAreLogged(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	rec := w.do("PATCH", root+"/sessions/sess%5F1", `{"session_metadata":{"a":"b"}}`, "Auth0-Client: eyJuYW1lIjoiZ28tYXV0aDAiLCJ2ZXJzaW9uIjoiMi4xNC4wIn0=")
	if rec.Code != 200 || len(w.store.events) != 1 {
		t.Fatalf("%d, %d events", rec.Code, len(w.store.events))
	}
	e := w.store.events[0]
	if e.Type != models.LogManagementAPI || e.Description != "Update session" || e.ClientID != "cli_admin" || e.ClientName != "Admin" || e.UserID != "" {
		t.Errorf("event %+v", e)
	}
	if diff := cmp.Diff(map[string]any{"name": "go-auth0", "version": "2.14.0"}, e.Auth0Client); diff != "" {
		t.Errorf("auth0_client (-want +got):\n%s", diff)
	}
	var auth any = map[string]any{
		"credentials": map[string]any{"jti": "jti-1", "scopes": w.claims(t).Scopes}, "strategy": "jwt", "user": map[string]any{},
	}
	want := map[string]any{
		"request": map[string]any{
			"auth": auth, "body": map[string]any{"session_metadata": models.Metadata{"a": "b"}}, "channel": "api", "ip": "192.0.2.10",
			"method": "PATCH", "path": "/api/v2/sessions/sess%5F1", "query": map[string]string{}, "userAgent": "test/1",
		},
		"response": map[string]any{"statusCode": 200, "body": map[string]any{"id": "sess_1", "session_metadata": models.Metadata{"a": "b"}}},
	}
	if diff := cmp.Diff(want, e.Details); diff != "" {
		t.Errorf("details (-want +got):\n%s", diff)
	}
	validate(t, "log_sapi", w.do("GET", root+"/logs/"+e.ID, "").Body.Bytes())
}

// claims is what verifier says of the bearer of everything.
func (w *world) claims(t *testing.T) *models.AccessTokenClaims {
	t.Helper()
	c, err := verifier{}.VerifyAccessToken(t.Context(), everything(), "")
	if err != nil {
		t.Fatal(err)
	}
	return c
}

package mgmt

import (
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/keepsake/models"
)

func TestAuth0ClientHeader(t *testing.T) {
	t.Parallel()
	sdk := map[string]any{"name": "auth0.js", "version": "9"}
	text := `{"name":"auth0.js","version":"9"}`
	rows := []struct {
		name, header string
		want         map[string]any
	}{
		{"none", "", nil},
		{"base64", base64.StdEncoding.EncodeToString([]byte(text)), sdk},
		{"base64url without padding", base64.RawURLEncoding.EncodeToString([]byte(text)), sdk},
		{"not base64", "{}", nil},
		{"not JSON", base64.StdEncoding.EncodeToString([]byte("name=x")), nil},
		{"a list", base64.StdEncoding.EncodeToString([]byte(`["x"]`)), nil},
		{"too long to be a name", base64.StdEncoding.EncodeToString([]byte(`{"name":"` + strings.Repeat("x", 2000) + `"}`)), nil},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(row.want, auth0Client(row.header)); diff != "" {
				t.Errorf("auth0_client (-want +got):\n%s", diff)
			}
		})
	}
}

func TestTwoAuthorizationHeadersAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := httptest.NewRequest(http.MethodGet, root+"/logs", nil)
	r.Header["Authorization"] = []string{"Bearer " + everything(), "Bearer " + everything()}
	rec := httptest.NewRecorder()
	w.handler.ServeHTTP(rec, r)
	if want := failure(401, "Bad HTTP authentication header format", "Bearer"); rec.Code != 401 || rec.Body.String() != want {
		t.Errorf("%d %s", rec.Code, rec.Body)
	}
}

// A write by a person's token names the person; a client that was deleted since has no name.
func TestWriterIsNamed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	delete(w.store.clients, "cli_admin")
	api := New(Options{Issuer: issuer, Directory: w.store})
	c := &request{
		route: route{summary: "Update session"}, http: httptest.NewRequest(http.MethodPatch, root+"/sessions/sess_1", nil), now: clock,
		claims: &models.AccessTokenClaims{ID: "jti-2", Subject: "auth0|ann", ClientID: "cli_admin"},
	}
	e, err := api.written(c, nil, nil, http.StatusOK)
	if err != nil {
		t.Fatal(err)
	}
	if e.UserID != "auth0|ann" || e.ClientID != "cli_admin" || e.ClientName != "" {
		t.Errorf("event %+v", e)
	}
	auth := e.Details["request"].(map[string]any)["auth"].(map[string]any)
	if diff := cmp.Diff(map[string]any{"user_id": "auth0|ann"}, auth["user"]); diff != "" {
		t.Errorf("user (-want +got):\n%s", diff)
	}
}

package mgmt

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/keepsake/models"
)

// left checks which refresh tokens are still there.
func left(want ...string) func(*testing.T, *world, *recorder) {
	return func(t *testing.T, w *world, _ *recorder) {
		var got []string
		for id := range w.store.tokens {
			got = append(got, id)
		}
		slices.Sort(got)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("tokens left (-want +got):\n%s", diff)
		}
	}
}

func TestRevokeRefreshTokens(t *testing.T) {
	t.Parallel()
	path := root + "/refresh-tokens/revoke"
	combination := failure(400, "Invalid combination of parameters.", "")
	body := func(what, property string) string {
		return failure(400, "Payload validation error: '"+what+"' on property "+property+".", "invalid_body")
	}
	ids := func(n int) string { return `{"ids":["` + strings.Repeat(`rt_x","`, n-1) + `rt_x"]}` }
	all := left("rt_bob", "rt_full", "rt_plain")
	rows := []scenario{
		{name: "ids", body: `{"ids":["rt_full","rt_none"]}`, status: 202, want: `{}`, writes: 1, check: left("rt_bob", "rt_plain")},
		{name: "a user", body: `{"user_id":"auth0|ann"}`, status: 202, want: `{}`, writes: 1, check: left("rt_bob")},
		{name: "a user and a client", body: `{"user_id":"auth0|ann","client_id":"cli_other"}`, status: 202, writes: 1, check: left("rt_bob", "rt_full")},
		{name: "a user, a client and an API", body: `{"user_id":"auth0|ann","client_id":"cli_app","audience":"https://api.example.com"}`, status: 202, writes: 1, check: left("rt_bob", "rt_plain")},
		{name: "a hundred ids", body: ids(100), status: 202, writes: 1, check: all},

		{name: "nothing", body: `{}`, status: 400, want: combination},
		{name: "a client alone", body: `{"client_id":"cli_app"}`, status: 400, want: combination},
		{name: "an API alone", body: `{"audience":"https://api.example.com"}`, status: 400, want: combination},
		{name: "an API of a user", body: `{"user_id":"auth0|ann","audience":"https://api.example.com"}`, status: 400, want: combination},
		{name: "a client and an API", body: `{"client_id":"cli_app","audience":"https://api.example.com"}`, status: 400, want: combination},
		{name: "ids and a user", body: `{"ids":["rt_full"],"user_id":"auth0|ann"}`, status: 400, want: combination},
		{name: "ids and an API", body: `{"ids":["rt_full"],"audience":"https://api.example.com"}`, status: 400, want: combination},

		{name: "nobody", body: `{"user_id":"auth0|nobody"}`, status: 400, want: failure(400, "User not found.", "")},
		{name: "no client", body: `{"user_id":"auth0|ann","client_id":"cli_none"}`, status: 400, want: failure(400, "Client not found.", "")},
		{name: "no API", body: `{"user_id":"auth0|ann","client_id":"cli_app","audience":"https://none"}`, status: 400, want: failure(400, "Resource server not found.", "")},

		{name: "no ids", body: `{"ids":[]}`, status: 400, want: body("Array is too short (0), minimum 1", "ids")},
		{name: "101 ids", body: ids(101), status: 400, want: body("Array is too long (101), maximum 100", "ids")},
		{name: "ids that are a string", body: `{"ids":"rt_full"}`, status: 400, want: body("Expected type array but found type string", "ids")},
		{name: "null ids", body: `{"ids":null,"user_id":"auth0|ann"}`, status: 400, want: body("Expected type array but found type null", "ids")},
		{name: "an id that is a number", body: `{"ids":["rt_full",7]}`, status: 400, want: body("Expected type string but found type integer", "ids[1]")},
		{name: "an empty id", body: `{"ids":[""]}`, status: 400, want: body("String is too short (0 chars), minimum 1", "ids[0]")},
		{name: "an id that is too long", body: `{"ids":["` + strings.Repeat("x", 31) + `"]}`, status: 400, want: body("String is too long (31 chars), maximum 30", "ids[0]")},
		{name: "an empty user", body: `{"user_id":""}`, status: 400, want: body("String is too short (0 chars), minimum 1", "user_id")},
		{name: "an empty client, which would be all", body: `{"user_id":"auth0|ann","client_id":""}`, status: 400, want: body("String is too short (0 chars), minimum 1", "client_id")},
		{name: "a user with a NUL", body: `{"user_id":"a\u0000"}`, status: 400, want: body("String must not contain null bytes", "user_id")},
		{name: "an unknown member", body: `{"user_id":"auth0|ann","session_id":"sess_1"}`, status: 400, want: failure(400, "Payload validation error: 'Additional properties not allowed: session_id'.", "invalid_body")},
	}
	for i := range rows {
		rows[i].method, rows[i].path = "POST", path
		if rows[i].check == nil {
			rows[i].check = all
		}
	}
	run(t, rows)
}

// However the members are combined, a body is refused or becomes a filter that selects by ids or by a user.
func TestRevocationNeverSelectsEverything(t *testing.T) {
	t.Parallel()
	parts := []string{`"ids":["rt_x"]`, `"user_id":"u"`, `"client_id":"c"`, `"audience":"a"`}
	accepted := 0
	for set := range 1 << len(parts) {
		var chosen []string
		for i, p := range parts {
			if set&(1<<i) != 0 {
				chosen = append(chosen, p)
			}
		}
		o, err := parseObject([]byte("{"+strings.Join(chosen, ",")+"}"), "ids", "user_id", "client_id", "audience")
		if err != nil {
			t.Fatal(err)
		}
		f, err := revocation(o)
		if err != nil {
			continue
		}
		accepted++
		if len(f.IDs) == 0 && f.UserID == "" {
			t.Errorf("%v selects %+v", chosen, f)
		}
	}
	if accepted != 4 {
		t.Errorf("%d combinations were accepted, want 4", accepted)
	}
}

func TestDeleteRefreshTokens(t *testing.T) {
	t.Parallel()
	run(t, []scenario{
		{name: "one", method: "DELETE", path: root + "/refresh-tokens/rt_full", status: 202, want: `{}`, writes: 1, check: left("rt_bob", "rt_plain")},
		{name: "one that is not there", method: "DELETE", path: root + "/refresh-tokens/rt_none", status: 202, want: `{}`, check: left("rt_bob", "rt_full", "rt_plain")},
		{name: "a user's", method: "DELETE", path: root + "/users/auth0%7Cann/refresh-tokens", status: 202, want: `{}`, writes: 1, check: left("rt_bob")},
		{name: "nobody's", method: "DELETE", path: root + "/users/auth0%7Cnobody/refresh-tokens", status: 404, want: failure(404, "User not found", ""), check: left("rt_bob", "rt_full", "rt_plain")},
	})
}

func TestRevocationIsLogged(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.do("DELETE", root+"/refresh-tokens/rt_full", "")
	if len(w.store.events) != 2 {
		t.Fatalf("%d events", len(w.store.events))
	}
	sapi, srrt := w.store.events[0], w.store.events[1]
	if sapi.Type != models.LogManagementAPI || srrt.Type != models.LogRefreshTokenRevoked || sapi.ID == srrt.ID {
		t.Fatalf("events %s %s", sapi.Type, srrt.Type)
	}
	if got := fmt.Sprint(srrt.ClientID, " ", srrt.ClientName, " ", srrt.UserID, " ", srrt.UserName, " ", srrt.Audience); got != "cli_app App auth0|ann ann@example.com https://api.example.com" {
		t.Errorf("srrt names %s", got)
	}
	want := map[string]any{
		"credential_id": "rt_full", "audience": "https://api.example.com", "session_id": "sess_1", "method": "DELETE",
		"originalUrl": "/api/v2/refresh-tokens/rt_full", "refresh_token": map[string]any{"access": "offline", "session_id": "sess_1"},
	}
	if diff := cmp.Diff(want, srrt.Details); diff != "" {
		t.Errorf("srrt details (-want +got):\n%s", diff)
	}
	for _, e := range w.store.events {
		rec := w.do("GET", root+"/logs/"+e.ID, "")
		validate(t, "log_"+string(e.Type), rec.Body.Bytes())
		validate(t, "GetLogResponseContent", rec.Body.Bytes())
	}
}

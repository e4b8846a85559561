package mgmt

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/gorilla/mux"
)

// example is a path of a route with something real in the place of the variable.
func example(rt route) string {
	id := map[string]string{"refresh-tokens": "rt_full", "sessions": "sess_1", "users": "auth0%7Cann", "logs": "900", "actions": "900"}
	noun := strings.Split(rt.path, "/")[1]
	return root + strings.ReplaceAll(rt.path, "{id}", id[noun])
}

func TestEveryRouteIsGuarded(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, rt := range routes() {
		name := rt.method + " " + rt.path
		if seen[name] {
			t.Errorf("%s is there twice", name)
		}
		seen[name] = true
		if len(rt.scopes) == 0 || slices.Contains(rt.scopes, "") {
			t.Errorf("%s has no scope", name)
			continue
		}
		if !strings.Contains(rt.refusal, rt.scopes[0]) {
			t.Errorf("%s: refusal %q does not name %s", name, rt.refusal, rt.scopes[0])
		}
		if verb, _, _ := strings.Cut(rt.scopes[0], ":"); (verb == "read") != (rt.method == http.MethodGet) {
			t.Errorf("%s is guarded by %s", name, rt.scopes[0])
		}
		if (rt.summary == "") != (rt.method == http.MethodGet) {
			t.Errorf("%s: summary %q: writes have one, reads don't", name, rt.summary)
		}
	}
}

// Nothing may be on the router but what the table has and the answer to everything else.
func TestRouterHoldsTheTableOnly(t *testing.T) {
	t.Parallel()
	known := map[string]bool{root: true, root + "/": true}
	for _, rt := range routes() {
		known[root+rt.path] = true
	}
	r := mux.NewRouter()
	New(Options{Issuer: issuer}).Routes(r)
	n := 0
	err := r.Walk(func(m *mux.Route, _ *mux.Router, _ []*mux.Route) error {
		n++
		path, err := m.GetPathTemplate()
		if err == nil && !known[path] {
			t.Errorf("%s is not in the table", path)
		}
		return err
	})
	if err != nil || n != len(known) {
		t.Errorf("walked %d routes of %d: %v", n, len(known), err)
	}
}

func TestAuthorityMatrix(t *testing.T) {
	t.Parallel()
	for _, rt := range routes() {
		refused := failure(403, rt.refusal, "insufficient_scope")
		rows := []struct {
			name, header string
			status       int
			want         string
			challenge    string
		}{
			{"no token", "", 401, failure(401, "Missing authentication", ""), ``},
			{"basic instead of bearer", "Basic dTpw", 401, failure(401, "Bad HTTP authentication header format", "Bearer"), `, error="invalid_request"`},
			{"bearer without a token", "Bearer ", 401, failure(401, "Bad HTTP authentication header format", "Bearer"), `, error="invalid_request"`},
			{"two words after bearer", "Bearer a b", 401, failure(401, "Bad HTTP authentication header format", "Bearer"), `, error="invalid_request"`},
			{"a token that does not verify", "Bearer x." + rt.scopes[0], 401, failure(401, "Invalid token.", ""), `, error="invalid_token"`},
			{"no scope at all", "Bearer " + token(), 403, refused, `, error="insufficient_scope", scope="` + strings.Join(rt.scopes, " ") + `"`},
			{"every scope but the route's", "Bearer " + allBut(rt.scopes), 403, refused, ""},
			{"a longer scope's prefix", "Bearer " + token(rt.scopes[0]+"x", strings.ToUpper(rt.scopes[0])), 403, refused, ""},
		}
		for _, scope := range rt.scopes {
			row := rows[0]
			row.name, row.header, row.status, row.want = "only "+scope, "Bearer "+token(scope), 0, ""
			if rt.every {
				row.status, row.want = 403, refused
			}
			rows = append(rows, row)
		}
		all := rows[0]
		all.name, all.header, all.status, all.want = "all of the route's", "bearer "+token(rt.scopes...), 0, ""
		rows = append(rows, all)
		for _, row := range rows {
			t.Run(rt.method+" "+rt.path+", "+row.name, func(t *testing.T) {
				t.Parallel()
				w := newWorld(t)
				rec := w.do(rt.method, example(rt), "", "Authorization:"+row.header)
				if row.status == 0 { // let in: whatever the handler says, it is not about authority
					if rec.Code == 401 || rec.Code == 403 {
						t.Errorf("refused: %d %s", rec.Code, rec.Body)
					}
					return
				}
				if rec.Code != row.status || rec.Body.String() != row.want {
					t.Errorf("got %d %s\nwant %d %s", rec.Code, rec.Body, row.status, row.want)
				}
				if got := rec.Header().Get("WWW-Authenticate"); !strings.HasPrefix(got, `Bearer realm="`+issuer+`api/v2/"`) || !strings.HasSuffix(got, row.challenge) {
					t.Errorf("WWW-Authenticate: %s", got)
				}
				if w.store.writes != 0 || len(w.store.events) != 0 {
					t.Error("a refused request changed something")
				}
			})
		}
	}
}

func allBut(scopes []string) string {
	var rest []string
	for _, rt := range routes() {
		for _, s := range rt.scopes {
			if !slices.Contains(scopes, s) {
				rest = append(rest, s)
			}
		}
	}
	return token(rest...)
}

func TestTokenForAnotherAudienceIsInvalid(t *testing.T) {
	t.Parallel()
	api := New(Options{Issuer: issuer, Verifier: verifier{audience: "https://api.example.com"}})
	r := mux.NewRouter().SkipClean(true).UseEncodedPath()
	api.Routes(r)
	w := &world{handler: r}
	for _, rt := range routes() {
		rec := w.do(rt.method, example(rt), "")
		if want := failure(401, "Invalid token.", ""); rec.Code != 401 || rec.Body.String() != want {
			t.Errorf("%s %s: %d %s", rt.method, rt.path, rec.Code, rec.Body)
		}
	}
}

func TestTokenIsNeverLogged(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.do("GET", root+"/logs?q=x", "", "Authorization: Bearer x.topsecret")
	w.do("GET", root+"/logs?q=nonsense", "")
	if log := w.log.String(); !strings.Contains(log, "signature does not match") || strings.Contains(log, "topsecret") || strings.Contains(log, everything()) {
		t.Errorf("server log:\n%s", log)
	}
}

func TestUnknownPathsAndMethods(t *testing.T) {
	t.Parallel()
	nowhere := failure(404, "Not Found", "")
	wrong := failure(405, "Method Not Allowed", "")
	allow := func(methods string) func(*testing.T, *world, *recorder) {
		return func(t *testing.T, _ *world, rec *recorder) {
			if got := rec.Header().Get("Allow"); got != methods {
				t.Errorf("Allow: %q, want %q", got, methods)
			}
		}
	}
	run(t, []scenario{
		{name: "the root", method: "GET", path: root, status: 404, want: nowhere},
		{name: "the root with a slash", method: "GET", path: root + "/", status: 404, want: nowhere},
		{name: "an unknown noun", method: "GET", path: root + "/widgets", status: 404, want: nowhere},
		{name: "an unknown path needs no token", method: "POST", path: root + "/widgets/1", headers: []string{"Authorization:"}, status: 404, want: nowhere},
		{name: "a trailing slash", method: "GET", path: root + "/logs/", status: 404, want: nowhere},
		{name: "a doubled slash", method: "GET", path: root + "//logs", status: 404, want: nowhere},
		{name: "dots lead nowhere", method: "GET", path: root + "/sessions/../logs", status: 404, want: nowhere},
		{name: "PUT on a token", method: "PUT", path: root + "/refresh-tokens/rt_full", status: 405, want: wrong, check: allow("DELETE, GET, PATCH")},
		{name: "POST on the list", method: "POST", path: root + "/refresh-tokens", status: 405, want: wrong, check: allow("GET")},
		{name: "GET on revoke is no token named revoke", method: "GET", path: root + "/refresh-tokens/revoke", status: 405, want: wrong, check: allow("POST")},
		{name: "DELETE on logs", method: "DELETE", path: root + "/logs", headers: []string{"Authorization:"}, status: 405, want: wrong, check: allow("GET")},
	})
}

func TestStrictPathsAndQueries(t *testing.T) {
	t.Parallel()
	run(t, []scenario{
		{name: "an unknown parameter", method: "GET", path: root + "/refresh-tokens?user_id=auth0%7Cann&device=x", status: 400, want: failure(400, "Query validation error: 'Additional properties not allowed: device'.", "invalid_query_string")},
		{name: "a parameter twice", method: "GET", path: root + "/refresh-tokens?user_id=a&user_id=b", status: 400, want: failure(400, "Query validation error: 'Expected type string but found type array' on property user_id.", "invalid_query_string")},
		{name: "a broken escape", method: "GET", path: root + "/logs?q=%zz", status: 400, want: failure(400, "Invalid query string.", "invalid_query_string")},
		{name: "a NUL in a parameter", method: "GET", path: root + "/refresh-tokens?user_id=a%00", status: 400, contains: []string{"invalid_query_string"}},
		{name: "a NUL in the path", method: "GET", path: root + "/sessions/a%00", status: 400, contains: []string{"invalid_uri"}},
		{name: "broken UTF-8 in the path", method: "GET", path: root + "/sessions/%ff", status: 400, contains: []string{"invalid_uri"}},
		{name: "a slash inside an id stays inside", method: "GET", path: root + "/users/auth0%7Ca%2Fsessions/sessions", status: 404, want: failure(404, "User not found", "")},
		{name: "a parameter on a write", method: "DELETE", path: root + "/sessions/sess_1?force=true", status: 400, contains: []string{"Additional properties not allowed: force"}},
		{name: "an odd boolean", method: "GET", path: root + "/sessions/sess_1?fields=id&include_fields=yes", status: 400, want: failure(400, "Query validation error: 'Expected type boolean but found type string' on property include_fields.", "invalid_query_string")},
	})
}

func TestInternalErrorsSayNothing(t *testing.T) {
	t.Parallel()
	for _, rt := range routes() {
		t.Run(rt.method+" "+rt.path, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.store.broken = errBroken
			path, body := example(rt), ""
			switch rt.path {
			case "/refresh-tokens":
				path += "?user_id=auth0%7Cann"
			case "/refresh-tokens/revoke":
				body = `{"user_id":"auth0|ann"}`
			}
			if rt.method == http.MethodPatch {
				body = `{"` + strings.ReplaceAll(strings.Split(rt.path, "s/")[0][1:], "-", "_") + `_metadata":{}}`
			}
			rec := w.do(rt.method, path, body)
			if want := failure(500, "Internal Server Error", ""); rec.Code != 500 || rec.Body.String() != want {
				t.Errorf("got %d %s", rec.Code, rec.Body)
			}
			if !strings.Contains(w.log.String(), errBroken.Error()) || !strings.Contains(w.log.String(), `"level":"ERROR"`) {
				t.Errorf("the cause is not in the server log:\n%s", w.log)
			}
		})
	}
}

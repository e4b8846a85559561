package mgmt

import (
	"net/http"
	"slices"
	"strings"

	"github.com/gorilla/mux"
)

// root is where the API stands on the server.
const root = "/api/v2"

// route is one operation. The table below is the only way to put one on the router, so that none can be reached without
// a scope.
type route struct {
	method string
	path   string // below root; a variable's value arrives unescaped in request.id
	// scopes are what the bearer's token needs: one of them, or (every) all of them.
	scopes []string
	every  bool
	// refusal is the message of the 403. It differs from route to route for no reason that shows, and is kept to the
	// letter (contract 4.2, 4.3, 4.5).
	refusal string
	// query is the names of the query parameters; any other one is a 400.
	query []string
	// summary is what the log says about a write.
	summary string
	handle  func(*API, *request) (answer, error)
}

var (
	selecting = []string{"fields", "include_fields"}
	paging    = []string{"from", "take", "include_totals", "fields", "include_fields"}
)

// routes is the whole API. A literal path stands before the variable that would match it too.
func routes() []route {
	return []route{
		{
			method: http.MethodGet, path: "/refresh-tokens",
			scopes: []string{"read:refresh_tokens"}, refusal: "Insufficient scope, expected any of: read:refresh_tokens",
			query:  []string{"user_id", "client_id", "from", "take", "fields", "include_fields"},
			handle: (*API).listRefreshTokens,
		}, {
			method: http.MethodPost, path: "/refresh-tokens/revoke",
			scopes: []string{"delete:refresh_tokens"}, refusal: "Insufficient scope; expected: delete:refresh_tokens",
			summary: "Revoke refresh tokens", handle: (*API).revokeRefreshTokens,
		}, {
			// The second scope is the seed's: it asks for update:refresh_tokens for every call to this path.
			method: http.MethodGet, path: "/refresh-tokens/{id}",
			scopes: []string{"read:refresh_tokens", "update:refresh_tokens"}, refusal: "Insufficient scope, expected: read:refresh_tokens",
			query: selecting, handle: (*API).getRefreshToken,
		}, {
			method: http.MethodPatch, path: "/refresh-tokens/{id}",
			scopes: []string{"update:refresh_tokens"}, refusal: "Insufficient scope; expected: update:refresh_tokens.",
			summary: "Update a refresh token", handle: (*API).updateRefreshToken,
		}, {
			method: http.MethodDelete, path: "/refresh-tokens/{id}",
			scopes: []string{"delete:refresh_tokens"}, refusal: "Insufficient scope; expected: delete:refresh_tokens",
			summary: "Delete a refresh token", handle: (*API).deleteRefreshToken,
		}, {
			method: http.MethodGet, path: "/users/{id}/refresh-tokens",
			scopes: []string{"read:refresh_tokens"}, refusal: "Insufficient scope, expected: read:refresh_tokens",
			query: paging, handle: (*API).listUserRefreshTokens,
		}, {
			method: http.MethodDelete, path: "/users/{id}/refresh-tokens",
			scopes: []string{"delete:refresh_tokens"}, refusal: "Insufficient scope; expected: delete:refresh_tokens",
			summary: "Delete refresh tokens for a user", handle: (*API).deleteUserRefreshTokens,
		}, {
			method: http.MethodGet, path: "/sessions/{id}",
			scopes: []string{"read:sessions"}, refusal: "Insufficient scope, expected any of: read:sessions",
			query: selecting, handle: (*API).getSession,
		}, {
			method: http.MethodPatch, path: "/sessions/{id}",
			scopes: []string{"update:sessions"}, refusal: "Insufficient scope; expected: update:sessions.",
			summary: "Update session", handle: (*API).updateSession,
		}, {
			method: http.MethodDelete, path: "/sessions/{id}",
			scopes: []string{"delete:sessions"}, refusal: "Insufficient scope; expected: delete:sessions",
			summary: "Delete session", handle: (*API).deleteSession,
		}, {
			// It revokes refresh tokens as well, hence both.
			method: http.MethodPost, path: "/sessions/{id}/revoke",
			scopes: []string{"delete:sessions", "delete:refresh_tokens"}, every: true, refusal: "Insufficient scope; expected: delete:sessions",
			summary: "Revokes a session", handle: (*API).revokeSession,
		}, {
			method: http.MethodGet, path: "/users/{id}/sessions",
			scopes: []string{"read:sessions"}, refusal: "Insufficient scope, expected any of: read:sessions",
			query: paging, handle: (*API).listUserSessions,
		}, {
			method: http.MethodDelete, path: "/users/{id}/sessions",
			scopes: []string{"delete:sessions"}, refusal: "Insufficient scope; expected: delete:sessions",
			summary: "Delete sessions for user", handle: (*API).deleteUserSessions,
		}, {
			method: http.MethodGet, path: "/users/{id}/authentication-methods",
			scopes: []string{"read:authentication_methods"}, refusal: "Insufficient scope; expected: read:authentication_methods",
			handle: (*API).listAuthenticationMethods,
		}, {
			method: http.MethodDelete, path: "/users/{id}/authentication-methods",
			scopes: []string{"delete:authentication_methods"}, refusal: "Insufficient scope; expected: delete:authentication_methods",
			summary: "Delete all authentication methods for the given user", handle: (*API).deleteAuthenticationMethods,
		}, {
			method: http.MethodGet, path: "/logs",
			scopes: []string{"read:logs", "read:logs_users"}, refusal: "Insufficient scope; expected any of: read:logs, read:logs_users.",
			query:  []string{"page", "per_page", "sort", "fields", "include_fields", "include_totals", "from", "take", "q", "search"},
			handle: (*API).listLogs,
		}, {
			method: http.MethodGet, path: "/logs/{id}",
			scopes: []string{"read:logs", "read:logs_users"}, refusal: "Insufficient scope; expected any of: read:logs, read:logs_users.",
			query: selecting, handle: (*API).getLog,
		}, {
			method: http.MethodGet, path: "/actions/executions/{id}",
			scopes: []string{"read:actions"}, refusal: "Insufficient scope, expected: read:actions.",
			handle: (*API).getExecution,
		},
	}
}

// Routes registers everything below /api/v2, with an answer of its own for unknown paths and methods. The router must
// have been made with SkipClean(true) and UseEncodedPath(): ids such as auth0%7C1 depend on it.
func (a *API) Routes(r *mux.Router) {
	var paths []string
	methods := make(map[string]map[string]route)
	for _, rt := range routes() {
		if methods[rt.path] == nil {
			methods[rt.path] = make(map[string]route)
			paths = append(paths, rt.path)
		}
		methods[rt.path][rt.method] = rt
	}
	for _, p := range paths {
		r.Handle(root+p, a.dispatch(methods[p]))
	}
	unknown := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a.renderError(w, r, &apiError{status: http.StatusNotFound, message: "Not Found"})
	})
	r.Handle(root, unknown)
	r.PathPrefix(root + "/").Handler(unknown)
}

// dispatch serves one path: the route of the method, or 405 with the methods that there are (RFC 9110 15.5.6).
func (a *API) dispatch(methods map[string]route) http.Handler {
	var allowed []string
	for m := range methods {
		allowed = append(allowed, m)
	}
	slices.Sort(allowed)
	allow := strings.Join(allowed, ", ")
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		rt, ok := methods[r.Method]
		if !ok {
			w.Header().Set("Allow", allow)
			a.renderError(w, r, &apiError{status: http.StatusMethodNotAllowed, message: "Method Not Allowed"})
			return
		}
		a.serve(w, r, rt)
	})
}

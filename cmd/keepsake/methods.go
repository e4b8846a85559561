package main

import (
	"net/http"
	"strings"

	"github.com/gorilla/mux"
)

// methodNotAllowed answers a request for a path that is there, but not with this method. It names the methods that are, as a 405 must
// (RFC 9110 15.5.6); the router's own answer does not.
func methodNotAllowed(router *mux.Router) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var allowed []string
		for _, method := range []string{http.MethodDelete, http.MethodGet, http.MethodHead, http.MethodPatch, http.MethodPost, http.MethodPut} {
			probe, match := *r, mux.RouteMatch{}
			probe.Method = method
			if router.Match(&probe, &match) && match.MatchErr == nil {
				allowed = append(allowed, method)
			}
		}
		w.Header().Set("Allow", strings.Join(allowed, ", "))
		http.Error(w, http.StatusText(http.StatusMethodNotAllowed), http.StatusMethodNotAllowed)
	})
}

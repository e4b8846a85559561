package middleware

import (
	"net/http"
	"strings"
)

// CORSOptions says which paths scripts of other origins may call. A path that ends in "/" stands for all below it.
type CORSOptions struct {
	// Public may be read from every origin; nil: what tells of the server (DefaultPublicPaths).
	Public []string
	// Restricted may be called from the origins that Allow accepts; nil: what a single-page application calls
	// (DefaultRestrictedPaths).
	Restricted []string
	// Allow judges an Origin header, on every request that has one; nil: nobody. It must be fast, and must not take
	// "null", which any sandboxed page can send.
	Allow func(r *http.Request, origin string) bool
}

// DefaultPublicPaths returns the paths of discovery and keys.
func DefaultPublicPaths() []string { return []string{"/.well-known/"} }

// DefaultRestrictedPaths returns the paths that a single-page application calls.
func DefaultRestrictedPaths() []string {
	return []string{"/oauth/token", "/oauth/revoke", "/userinfo", "/mfa/"}
}

// AllowAll is an Allow for every origin. That is safe as far as CORS goes: these paths authenticate with what the caller
// sends, never with cookies, and credentials are not allowed.
func AllowAll(*http.Request, string) bool { return true }

// What the answers to a preflight say. Authorization must be named: "*" does not cover it (Fetch 3.3.5).
const (
	corsMethods = "GET, POST, DELETE, OPTIONS"
	corsHeaders = "Authorization, Content-Type, Auth0-Client, DPoP"
	corsExposed = "WWW-Authenticate, Retry-After"
	corsMaxAge  = "600"
)

// CORS lets scripts of other origins read the answers of some paths, never with cookies (no
// Access-Control-Allow-Credentials). It answers the preflight requests itself, so no route needs OPTIONS.
func CORS(o CORSOptions) func(http.Handler) http.Handler {
	if o.Public == nil {
		o.Public = DefaultPublicPaths()
	}
	if o.Restricted == nil {
		o.Restricted = DefaultRestrictedPaths()
	}
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			allowed, covered := o.allowed(w, r)
			if !covered {
				next.ServeHTTP(w, r)
				return
			}
			h := w.Header()
			if allowed != "" {
				h.Set("Access-Control-Allow-Origin", allowed)
				h.Set("Access-Control-Expose-Headers", corsExposed)
			}
			if r.Method != http.MethodOptions || r.Header.Get("Access-Control-Request-Method") == "" {
				next.ServeHTTP(w, r)
				return
			}
			if allowed != "" {
				h.Set("Access-Control-Allow-Methods", corsMethods)
				h.Set("Access-Control-Allow-Headers", corsHeaders)
				h.Set("Access-Control-Max-Age", corsMaxAge)
			}
			w.WriteHeader(http.StatusNoContent)
		})
	}
}

// allowed returns the value of Access-Control-Allow-Origin ("" for none), and whether the path is covered at all.
func (o *CORSOptions) allowed(w http.ResponseWriter, r *http.Request) (value string, covered bool) {
	if matches(o.Public, r.URL.Path) {
		return "*", true
	}
	if !matches(o.Restricted, r.URL.Path) {
		return "", false
	}
	w.Header().Add("Vary", "Origin") // a cache must not give one origin another one's answer
	origin := r.Header.Get("Origin")
	if origin == "" || origin == "null" || o.Allow == nil || !o.Allow(r, origin) {
		return "", true
	}
	return origin, true
}

func matches(paths []string, path string) bool {
	for _, p := range paths {
		if path == p || strings.HasSuffix(p, "/") && strings.HasPrefix(path, p) {
			return true
		}
	}
	return false
}

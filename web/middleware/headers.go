package middleware

import "net/http"

// SecurityHeadersOptions is what SecurityHeaders needs.
type SecurityHeadersOptions struct {
	// HTTPS says that the server is reached over https only: browsers are told so for two years (RFC 6797).
	HTTPS bool
}

// SecurityHeaders sets headers that are right for every answer that is not a page. A page sets its own over them.
func SecurityHeaders(o SecurityHeadersOptions) func(http.Handler) http.Handler {
	// The value slices are shared by all requests: full, so that an Add by a handler copies instead of writing into them.
	headers := []struct {
		name  string
		value []string
	}{
		{"Content-Security-Policy", []string{"default-src 'none'; frame-ancestors 'none'"}},
		{"X-Content-Type-Options", []string{"nosniff"}},
		{"X-Frame-Options", []string{"DENY"}},
		{"Referrer-Policy", []string{"no-referrer"}},
	}
	if o.HTTPS {
		headers = append(headers, struct {
			name  string
			value []string
		}{"Strict-Transport-Security", []string{"max-age=63072000"}})
	}
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			h := w.Header()
			for _, header := range headers {
				h[header.name] = header.value
			}
			next.ServeHTTP(w, r)
		})
	}
}

// BodyLimit cuts every request's body off at limit bytes: reading on is a *http.MaxBytesError. A handler that needs less
// sets a limit of its own inside.
func BodyLimit(limit int64) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Body != nil && r.Body != http.NoBody {
				r.Body = http.MaxBytesReader(w, r.Body, limit)
			}
			next.ServeHTTP(w, r)
		})
	}
}

package middleware

import (
	"net/http"
	"slices"
	"sync/atomic"

	"example.com/keepsake/models"
)

// LimitOptions configures Limit.
type LimitOptions struct {
	// Max is how many requests are served at once.
	Max int
	// Exempt are paths that are always served: those that say how the server is.
	Exempt []string
}

// busyBody is the answer to a request that is shed (RFC 6749 4.1.2.1 has the code).
const busyBody = `{"error":"temporarily_unavailable","error_description":"The server is too busy. Try again soon."}` + "\n"

// Limit answers 503 with Retry-After once too many requests are being served. A server that queues without end answers
// everybody late, and goes on doing so for those who have left; one that refuses at once answers the others in time, and is
// well again as soon as there is less to do.
func Limit(o LimitOptions) func(http.Handler) http.Handler {
	var serving atomic.Int64
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			defer serving.Add(-1)
			if serving.Add(1) > int64(o.Max) && !slices.Contains(o.Exempt, r.URL.Path) {
				h := w.Header()
				h.Set("Content-Type", "application/json; charset=utf-8")
				h.Set("Cache-Control", "no-store")
				h.Set("Retry-After", models.RetryAfter)
				w.WriteHeader(http.StatusServiceUnavailable)
				_, _ = w.Write([]byte(busyBody)) // the client may be gone
				return
			}
			next.ServeHTTP(w, r)
		})
	}
}

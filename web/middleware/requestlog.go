package middleware

import (
	"log/slog"
	"net/http"
	"slices"
	"time"

	"example.com/keepsake/models"
)

// RequestLogOptions is what RequestLog needs.
type RequestLogOptions struct {
	Logger *slog.Logger
	// Now is the clock; nil: time.Now.
	Now func() time.Time
	// Quiet are the paths whose requests are logged at debug level unless they fail with a 5xx: probes, scrapes.
	Quiet []string
}

// maxPath is how much of a path is logged, in bytes.
const maxPath = 512

// RequestLog logs one line for every request: method, path, status, bytes written, duration and the client's address.
// Never the query (codes, state, login hints), a header (tokens, cookies) or a body (passwords). It must run inside
// Origin, which knows the address.
func RequestLog(o RequestLogOptions) func(http.Handler) http.Handler {
	now := o.Now
	if now == nil {
		now = time.Now
	}
	// The handler gets its records directly: the logger would find out for each where in the source it was made.
	handler := o.Logger.Handler()
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			start := now()
			rec := &recorder{ResponseWriter: w}
			// Deferred, so that an aborted answer (http.ErrAbortHandler) is logged too.
			defer func() {
				level, status := slog.LevelInfo, rec.sent()
				switch {
				case status >= http.StatusInternalServerError:
					level = slog.LevelError
				case slices.Contains(o.Quiet, r.URL.Path):
					level = slog.LevelDebug
				}
				if !handler.Enabled(r.Context(), level) {
					return
				}
				end := now()
				record := slog.NewRecord(end, level, "request", 0)
				record.AddAttrs(
					slog.String("method", clean(r.Method, 32)),
					slog.String("path", clean(r.URL.Path, maxPath)),
					slog.Int("status", status),
					slog.Int64("bytes", rec.bytes),
					slog.Duration("duration", end.Sub(start)),
					slog.String("ip", models.OriginFrom(r.Context()).IP),
				)
				_ = handler.Handle(r.Context(), record) // a log that can't be written must not fail the request
			}()
			next.ServeHTTP(rec, r)
		})
	}
}

package middleware

import (
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
)

// Recover answers 500 when a handler panics, and logs the panic with its stack. An answer that had begun is cut off, so
// that the client sees that it is not whole. http.ErrAbortHandler passes through.
func Recover(logger *slog.Logger) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			rec := &recorder{ResponseWriter: w}
			defer func() {
				v := recover()
				if v == nil {
					return
				}
				if v == http.ErrAbortHandler {
					panic(v)
				}
				logger.ErrorContext(r.Context(), "handler panicked",
					slog.String("method", clean(r.Method, 32)), slog.String("path", clean(r.URL.Path, maxPath)),
					slog.String("panic", fmt.Sprint(v)), slog.String("stack", string(debug.Stack())))
				if rec.status != 0 {
					panic(http.ErrAbortHandler)
				}
				clear(w.Header()) // they were meant for another answer
				w.Header().Set("Cache-Control", "no-store")
				http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
			}()
			next.ServeHTTP(rec, r)
		})
	}
}

package middleware

import "net/http"

// Chain returns h inside the middlewares, the first outermost. The order that works is a Limiter's Limit, Origin, RequestLog (which logs
// what Origin found), Recover (so that the log has the 500), SecurityHeaders, CORS, BodyLimit.
func Chain(h http.Handler, middlewares ...func(http.Handler) http.Handler) http.Handler {
	for i := len(middlewares) - 1; i >= 0; i-- {
		h = middlewares[i](h)
	}
	return h
}

// Package middleware has what stands around every handler: who is asking (Origin), what is logged of a request
// (RequestLog), what happens when a handler panics (Recover), how much is done at once (Limiter), and the headers and limits that hold for all answers.
//
// It wraps the root handler from outside, because a router's own middleware does not run for its 404s. It knows nothing
// of OAuth, of the Management API or of the pages: which paths and origins a rule concerns is given to it.
//
// All of it is on the way of every token exchange: it allocates little and takes no locks.
package middleware

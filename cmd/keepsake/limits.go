package main

import (
	"log/slog"

	"example.com/keepsake/models/password"
	"example.com/keepsake/web/middleware"
)

// probePaths are served whatever the load, and not logged.
var probePaths = []string{"/healthz", "/readyz", "/metrics"}

// limits bound what the server does at once.
type limits struct {
	requests *middleware.Limiter
	hasher   *password.Hasher
}

// newLimits returns the limits of some settings. A login that waits for its turn to hash a password counts for nothing among
// the requests: many of them must not keep out those that have no password. It is the same with an Action that waits (newPostLogin).
func newLimits(s *settings, counters *metrics, logger *slog.Logger) limits {
	requests := middleware.NewLimiter(middleware.LimitOptions{Working: s.MaxRequests, Exempt: probePaths, Shed: counters.shed.Inc, Logger: logger})
	hashing := s.Playground.hashing()
	hashing.StepAside = requests.StepAside
	return limits{requests: requests, hasher: password.NewHasher(hashing)}
}

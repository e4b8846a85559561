package main

import (
	"log/slog"
	"runtime"

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

// startHasher returns the hasher of a start, when there are no requests yet to leave a processor or memory to.
func startHasher(s *settings) *password.Hasher {
	hashing := s.Playground.hashing()
	hashing.MaxConcurrent, hashing.KeepMemory = runtime.GOMAXPROCS(0), true
	return password.NewHasher(hashing)
}

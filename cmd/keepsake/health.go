package main

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"time"

	"github.com/gorilla/mux"
)

// readyTimeout bounds the checks of one /readyz, so that a hanging database is an answer and not a hanging probe.
const readyTimeout = 3 * time.Second

// check is one thing that must be well before the server takes requests.
type check struct {
	name string
	run  func(ctx context.Context) error
}

// health answers the probes of whatever runs the process.
type health struct {
	checks []check
	logger *slog.Logger
}

func (h *health) routes(r *mux.Router) {
	r.HandleFunc("/healthz", h.live).Methods(http.MethodGet, http.MethodHead)
	r.HandleFunc("/readyz", h.ready).Methods(http.MethodGet, http.MethodHead)
}

// live says that the process runs. It asks nothing else: a restart would not mend a database that is away.
func (h *health) live(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.Write([]byte("ok\n"))
}

// readiness is the body of /readyz. A failed check says only that it failed; why is in the server's log.
type readiness struct {
	Status string            `json:"status"` // ready, not ready
	Checks map[string]string `json:"checks"` // ok, failed
}

func (h *health) ready(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), readyTimeout)
	defer cancel()

	answer, status := readiness{Status: "ready", Checks: map[string]string{}}, http.StatusOK
	for _, c := range h.checks {
		answer.Checks[c.name] = "ok"
		if err := c.run(ctx); err != nil {
			h.logger.WarnContext(ctx, "not ready", "check", c.name, "error", err)
			answer.Checks[c.name] = "failed"
			answer.Status, status = "not ready", http.StatusServiceUnavailable
		}
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(answer)
}

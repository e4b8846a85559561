package main

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/gorilla/mux"
)

func TestReady(t *testing.T) {
	t.Parallel()
	well := func(context.Context) error { return nil }
	broken := func(context.Context) error { return errors.New("dial tcp 10.0.0.7:5432: connection refused") }
	for _, tt := range []struct {
		name   string
		checks []check
		status int
		body   string
	}{
		{"all is well", []check{{"database", well}, {"actions", well}}, http.StatusOK, `{"status":"ready","checks":{"actions":"ok","database":"ok"}}`},
		{"one check fails", []check{{"database", broken}, {"actions", well}}, http.StatusServiceUnavailable, `{"status":"not ready","checks":{"actions":"ok","database":"failed"}}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var logged strings.Builder
			router := mux.NewRouter()
			(&health{checks: tt.checks, logger: slog.New(slog.NewTextHandler(&logged, nil))}).routes(router)

			w := httptest.NewRecorder()
			router.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/readyz", nil))
			if diff := cmp.Diff(tt.body, strings.TrimSpace(w.Body.String())); diff != "" || w.Code != tt.status {
				t.Errorf("status %d, want %d; %s", w.Code, tt.status, diff)
			}
			// Why is for the log, not for whoever asks.
			if strings.Contains(w.Body.String(), "10.0.0.7") || (tt.status != http.StatusOK) != strings.Contains(logged.String(), "10.0.0.7") {
				t.Errorf("body %q, log %q", w.Body.String(), logged.String())
			}

			live := httptest.NewRecorder()
			router.ServeHTTP(live, httptest.NewRequest(http.MethodGet, "/healthz", nil))
			if live.Code != http.StatusOK || live.Body.String() != "ok\n" {
				t.Errorf("/healthz: %d %q", live.Code, live.Body.String())
			}
		})
	}
}

func TestReadyIsBounded(t *testing.T) {
	t.Parallel()
	bounded := false
	h := &health{logger: slog.New(slog.DiscardHandler), checks: []check{{"database", func(ctx context.Context) error {
		_, bounded = ctx.Deadline()
		return nil
	}}}}
	h.ready(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/readyz", nil))
	if !bounded {
		t.Error("a check that hangs would hang the probe")
	}
}

func TestHealthcheck(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		status int
		code   int
	}{
		{"ready", http.StatusOK, exitOK},
		{"not ready", http.StatusServiceUnavailable, exitFailed},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path != "/readyz" {
					t.Errorf("asked for %s", r.URL.Path)
				}
				w.WriteHeader(tt.status)
			}))
			t.Cleanup(srv.Close)
			code, _, stderr := runWith(t.Context(), "healthcheck", "--listen", strings.TrimPrefix(srv.URL, "http://"))
			if code != tt.code {
				t.Errorf("code %d, stderr %q", code, stderr)
			}
		})
	}
	t.Run("nobody there", func(t *testing.T) {
		t.Parallel()
		srv := httptest.NewServer(nil)
		srv.Close()
		if code, _, stderr := runWith(t.Context(), "healthcheck", "--listen", strings.TrimPrefix(srv.URL, "http://")); code != exitFailed || !strings.Contains(stderr, "ask the server") {
			t.Errorf("code %d, stderr %q", code, stderr)
		}
	})
}

func TestReachable(t *testing.T) {
	t.Parallel()
	for listen, want := range map[string]string{
		"0.0.0.0:80":     "127.0.0.1:80",
		":80":            "127.0.0.1:80",
		"[::]:80":        "[::1]:80",
		"localhost:80":   "localhost:80",
		"192.0.2.1:8080": "192.0.2.1:8080",
	} {
		if got := reachable(listen); got != want {
			t.Errorf("reachable(%s) = %s, want %s", listen, got, want)
		}
	}
}

package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gorilla/mux"
)

func TestMetricsLabels(t *testing.T) {
	t.Parallel()
	m := newMetrics()
	router := mux.NewRouter().SkipClean(true).UseEncodedPath()
	m.routes(router)
	api := router.PathPrefix("/api/v2").Subrouter()
	api.HandleFunc("/refresh-tokens/{id}", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotFound) })
	router.HandleFunc("/fine", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "fine") })
	router.HandleFunc("/silent", func(http.ResponseWriter, *http.Request) {})
	router.HandleFunc("/panics", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	handler := m.measure(router)

	ask := func(method, path string) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		func() {
			defer func() { _ = recover() }()
			handler.ServeHTTP(w, httptest.NewRequest(method, path, nil))
		}()
		return w
	}
	ask(http.MethodGet, "/api/v2/refresh-tokens/rt_one")
	ask(http.MethodGet, "/api/v2/refresh-tokens/rt_two")
	ask(http.MethodPost, "/fine")
	ask(http.MethodPut, "/silent")
	ask(http.MethodGet, "/panics")
	ask("BREW", "/fine")
	ask(http.MethodGet, "/wp-login.php")
	ask(http.MethodGet, "/.env")

	scraped := ask(http.MethodGet, "/metrics").Body.String()
	for _, want := range []string{
		`keepsake_http_request_duration_seconds_count{method="GET",route="/api/v2/refresh-tokens/{id}",status="404"} 2`,
		`keepsake_http_request_duration_seconds_count{method="POST",route="/fine",status="200"} 1`,
		`keepsake_http_request_duration_seconds_count{method="PUT",route="/silent",status="200"} 1`,
		`keepsake_http_request_duration_seconds_count{method="GET",route="/panics",status="500"} 1`,
		`keepsake_http_request_duration_seconds_count{method="other",route="/fine",status="200"} 1`,
		`keepsake_http_request_duration_seconds_count{method="GET",route="unmatched",status="404"} 2`,
		"keepsake_http_requests_in_flight 1", // the scrape itself
		"keepsake_http_requests_shed_total 0",
		"keepsake_build_info{version=",
		"go_goroutines ",
		"process_start_time_seconds ",
	} {
		if !strings.Contains(scraped, want) {
			t.Errorf("no %s in\n%s", want, scraped)
		}
	}
	for _, leak := range []string{"rt_one", "wp-login", "BREW"} {
		if strings.Contains(scraped, leak) {
			t.Errorf("%s became a label", leak)
		}
	}
}

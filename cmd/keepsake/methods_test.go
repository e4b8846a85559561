package main

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/gorilla/mux"
)

func TestMethodNotAllowedNamesTheMethodsThatAre(t *testing.T) {
	t.Parallel()
	router := mux.NewRouter().SkipClean(true).UseEncodedPath()
	router.MethodNotAllowedHandler = methodNotAllowed(router)
	nothing := func(http.ResponseWriter, *http.Request) {}
	router.HandleFunc("/authorize", nothing).Methods(http.MethodGet, http.MethodPost)
	router.HandleFunc("/users/{id}", nothing).Methods(http.MethodPatch)

	for _, tt := range []struct {
		method, path string
		status       int
		allow        string
	}{
		{http.MethodDelete, "/authorize", http.StatusMethodNotAllowed, "GET, POST"},
		{"BREW", "/authorize", http.StatusMethodNotAllowed, "GET, POST"},
		{http.MethodGet, "/users/auth0%7C1", http.StatusMethodNotAllowed, "PATCH"},
		{http.MethodPost, "/authorize", http.StatusOK, ""},
		{http.MethodPost, "/nowhere", http.StatusNotFound, ""},
	} {
		w := httptest.NewRecorder()
		router.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), tt.method, tt.path, nil))
		if w.Code != tt.status || w.Header().Get("Allow") != tt.allow {
			t.Errorf("%s %s: %d, Allow %q; want %d, %q", tt.method, tt.path, w.Code, w.Header().Get("Allow"), tt.status, tt.allow)
		}
	}
}

package middleware_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"example.com/keepsake/web/middleware"
)

func TestLimit(t *testing.T) {
	t.Parallel()
	entered, leave := make(chan struct{}), make(chan struct{})
	h := middleware.Limit(middleware.LimitOptions{Max: 2, Exempt: []string{"/healthz"}})(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/slow" {
			entered <- struct{}{}
			<-leave
		}
	}))
	serve := func(path string) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
		return w
	}
	done := make(chan struct{})
	for range 2 {
		go func() { serve("/slow"); done <- struct{}{} }()
		<-entered
	}
	if w := serve("/"); w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") != "1" || w.Body.Len() == 0 {
		t.Errorf("a third request: %d %v %s", w.Code, w.Header(), w.Body)
	}
	if w := serve("/healthz"); w.Code != http.StatusOK {
		t.Errorf("/healthz: %d", w.Code)
	}
	leave <- struct{}{}
	<-done
	if w := serve("/"); w.Code != http.StatusOK {
		t.Errorf("after one has left: %d", w.Code)
	}
	leave <- struct{}{}
	<-done
}

package middleware_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"example.com/keepsake/web/middleware"
	"github.com/google/go-cmp/cmp"
)

func serve(h http.Handler, r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func logger() (*slog.Logger, *bytes.Buffer) {
	var b bytes.Buffer
	return slog.New(slog.NewJSONHandler(&b, nil)), &b
}

func TestChainOrder(t *testing.T) {
	t.Parallel()
	var got []string
	named := func(name string) func(http.Handler) http.Handler {
		return func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				got = append(got, name)
				next.ServeHTTP(w, r)
			})
		}
	}
	h := middleware.Chain(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { got = append(got, "handler") }), named("outer"), named("inner"))
	serve(h, httptest.NewRequest(http.MethodGet, "/", nil))
	if diff := cmp.Diff([]string{"outer", "inner", "handler"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestRequestLog(t *testing.T) {
	t.Parallel()
	answer := func(status int, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			if status != 0 {
				w.WriteHeader(status)
			}
			_, _ = io.WriteString(w, body)
		}
	}
	tests := []struct {
		name    string
		handler http.HandlerFunc
		path    string
		want    map[string]any // nil: no line
	}{
		{"ordinary", answer(201, "hello"), "/oauth/token",
			map[string]any{"level": "INFO", "msg": "request", "method": "POST", "path": "/oauth/token", "status": 201., "bytes": 5., "duration": 7e6, "ip": "203.0.113.9"}},
		{"no status said", answer(0, "x"), "/",
			map[string]any{"level": "INFO", "msg": "request", "method": "POST", "path": "/", "status": 200., "bytes": 1., "duration": 7e6, "ip": "203.0.113.9"}},
		{"nothing said", func(http.ResponseWriter, *http.Request) {}, "/",
			map[string]any{"level": "INFO", "msg": "request", "method": "POST", "path": "/", "status": 200., "bytes": 0., "duration": 7e6, "ip": "203.0.113.9"}},
		{"server error", answer(503, ""), "/healthz",
			map[string]any{"level": "ERROR", "msg": "request", "method": "POST", "path": "/healthz", "status": 503., "bytes": 0., "duration": 7e6, "ip": "203.0.113.9"}},
		{"copied", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.Copy(w, strings.NewReader("12345678")) }, "/",
			map[string]any{"level": "INFO", "msg": "request", "method": "POST", "path": "/", "status": 200., "bytes": 8., "duration": 7e6, "ip": "203.0.113.9"}},
		{"probe", answer(200, "ok"), "/healthz", nil},
		{"path with a line break", answer(200, ""), "/a%0Alevel=ERROR",
			map[string]any{"level": "INFO", "msg": "request", "method": "POST", "path": "/alevel=ERROR", "status": 200., "bytes": 0., "duration": 7e6, "ip": "203.0.113.9"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			log, out := logger()
			now := time.Unix(0, 0)
			clock := func() time.Time { now = now.Add(7 * time.Millisecond); return now }
			h := middleware.Chain(tt.handler, middleware.Origin(middleware.OriginOptions{}),
				middleware.RequestLog(middleware.RequestLogOptions{Logger: log, Now: clock, Quiet: []string{"/healthz"}}))
			r := httptest.NewRequest(http.MethodPost, tt.path+"?code=s3cret&state=s3cret", strings.NewReader("password=s3cret"))
			r.RemoteAddr = "203.0.113.9:1"
			r.Header.Set("Authorization", "Bearer s3cret")
			r.Header.Set("Cookie", "keepsake=s3cret")
			serve(h, r)
			if strings.Contains(out.String(), "s3cret") {
				t.Errorf("a secret is logged: %s", out)
			}
			var got map[string]any
			if out.Len() > 0 {
				if err := json.Unmarshal(out.Bytes(), &got); err != nil {
					t.Fatal(err)
				}
				delete(got, "time")
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestRequestLogOfEarlyHints(t *testing.T) {
	t.Parallel()
	log, out := logger()
	h := middleware.RequestLog(middleware.RequestLogOptions{Logger: log})(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusEarlyHints)
		w.WriteHeader(http.StatusTeapot)
		w.WriteHeader(http.StatusOK) // too late
	}))
	h.ServeHTTP(discard{http.Header{}}, httptest.NewRequest(http.MethodGet, "/", nil))
	if !strings.Contains(out.String(), `"status":418`) {
		t.Errorf("logged %s", out)
	}
}

func TestRequestLogOfAnAbortedAnswer(t *testing.T) {
	t.Parallel()
	log, out := logger()
	h := middleware.RequestLog(middleware.RequestLogOptions{Logger: log})(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }))
	func() {
		defer func() {
			if recover() != http.ErrAbortHandler {
				t.Error("the abort did not get through")
			}
		}()
		serve(h, httptest.NewRequest(http.MethodGet, "/", nil))
	}()
	if out.Len() == 0 {
		t.Error("nothing is logged")
	}
}

func TestWriterBelowIsReached(t *testing.T) {
	t.Parallel()
	log, _ := logger()
	h := middleware.Chain(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if err := http.NewResponseController(w).Flush(); err != nil {
			t.Errorf("flush: %v", err)
		}
		w.(http.Flusher).Flush()
	}), middleware.RequestLog(middleware.RequestLogOptions{Logger: log}), middleware.Recover(log))
	if w := serve(h, httptest.NewRequest(http.MethodGet, "/", nil)); !w.Flushed {
		t.Error("not flushed")
	}
}

func TestRecover(t *testing.T) {
	t.Parallel()
	log, out := logger()
	h := middleware.Recover(log)(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Set-Cookie", "a=b")
		panic(errors.New("secret detail"))
	}))
	w := serve(h, httptest.NewRequest(http.MethodGet, "/x?code=abc", nil))
	if w.Code != http.StatusInternalServerError || strings.Contains(w.Body.String(), "secret detail") || w.Header().Get("Set-Cookie") != "" {
		t.Errorf("%d %v %s", w.Code, w.Header(), w.Body)
	}
	for _, want := range []string{"secret detail", "middleware_test.go", `"path":"/x"`} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in the log: %s", want, out)
		}
	}
	if strings.Contains(out.String(), "abc") {
		t.Errorf("the query is logged: %s", out)
	}
}

func TestRecoverAfterTheAnswerBegan(t *testing.T) {
	t.Parallel()
	log, _ := logger()
	s := httptest.NewServer(middleware.Recover(log)(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"half":`)
		_ = http.NewResponseController(w).Flush()
		panic("late")
	})))
	t.Cleanup(s.Close)
	res, err := s.Client().Get(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if _, err := io.ReadAll(res.Body); err == nil {
		t.Error("the answer looks whole")
	}
}

func TestSecurityHeaders(t *testing.T) {
	t.Parallel()
	add := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Header().Add("X-Frame-Options", "extra") })
	for https, hsts := range map[bool]string{true: "max-age=63072000", false: ""} {
		h := middleware.SecurityHeaders(middleware.SecurityHeadersOptions{HTTPS: https})
		serve(h(add), httptest.NewRequest(http.MethodGet, "/", nil)) // must not leak into the next answer
		got := serve(h(http.NotFoundHandler()), httptest.NewRequest(http.MethodGet, "/", nil)).Header()
		for name, want := range map[string]string{
			"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Referrer-Policy": "no-referrer",
			"Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'", "Strict-Transport-Security": hsts,
		} {
			if strings.Join(got.Values(name), "|") != want {
				t.Errorf("https %t: %s is %q, want %q", https, name, got.Values(name), want)
			}
		}
	}
}

func TestBodyLimit(t *testing.T) {
	t.Parallel()
	var err error
	h := middleware.BodyLimit(4)(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { _, err = io.ReadAll(r.Body) }))
	for body, tooLarge := range map[string]bool{"1234": false, "12345": true, "": false} {
		serve(h, httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body)))
		if _, is := errors.AsType[*http.MaxBytesError](err); is != tooLarge {
			t.Errorf("%q: %v", body, err)
		}
	}
}

func TestCORS(t *testing.T) {
	t.Parallel()
	allow := func(_ *http.Request, origin string) bool { return origin != "https://evil.example" }
	tests := []struct {
		name, method, path, origin string
		preflight                  bool
		status                     int
		allowOrigin, vary          string
	}{
		{name: "discovery is for everybody", method: "GET", path: "/.well-known/openid-configuration", origin: "https://evil.example", status: 200, allowOrigin: "*"},
		{name: "discovery, preflight", method: "OPTIONS", path: "/.well-known/jwks.json", origin: "https://x", preflight: true, status: 204, allowOrigin: "*"},
		{name: "token endpoint, allowed origin", method: "POST", path: "/oauth/token", origin: "https://app.example", status: 200, allowOrigin: "https://app.example", vary: "Origin"},
		{name: "token endpoint, preflight", method: "OPTIONS", path: "/oauth/token", origin: "https://app.example", preflight: true, status: 204, allowOrigin: "https://app.example", vary: "Origin"},
		{name: "token endpoint, foreign origin", method: "POST", path: "/oauth/token", origin: "https://evil.example", status: 200, vary: "Origin"},
		{name: "token endpoint, foreign preflight", method: "OPTIONS", path: "/oauth/token", origin: "https://evil.example", preflight: true, status: 204, vary: "Origin"},
		{name: "token endpoint, opaque origin", method: "POST", path: "/oauth/token", origin: "null", status: 200, vary: "Origin"},
		{name: "token endpoint, no browser", method: "POST", path: "/oauth/token", status: 200, vary: "Origin"},
		{name: "userinfo", method: "GET", path: "/userinfo", origin: "https://app.example", status: 200, allowOrigin: "https://app.example", vary: "Origin"},
		{name: "the login page is not covered", method: "GET", path: "/u/login", origin: "https://app.example", status: 200},
		{name: "nor its preflight", method: "OPTIONS", path: "/u/login", origin: "https://app.example", preflight: true, status: 200},
		{name: "a path that only begins like one", method: "POST", path: "/oauth/token/x", origin: "https://app.example", status: 200},
		{name: "OPTIONS that is no preflight", method: "OPTIONS", path: "/oauth/token", origin: "https://app.example", status: 200, allowOrigin: "https://app.example", vary: "Origin"},
	}
	h := middleware.CORS(middleware.CORSOptions{Allow: allow})(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := httptest.NewRequest(tt.method, tt.path, nil)
			if tt.origin != "" {
				r.Header.Set("Origin", tt.origin)
			}
			if tt.preflight {
				r.Header.Set("Access-Control-Request-Method", "POST")
			}
			w := serve(h, r)
			got := w.Header()
			if w.Code != tt.status || got.Get("Access-Control-Allow-Origin") != tt.allowOrigin || got.Get("Vary") != tt.vary {
				t.Errorf("%d %v", w.Code, got)
			}
			if answered := tt.preflight && tt.allowOrigin != ""; (got.Get("Access-Control-Allow-Headers") != "") != answered {
				t.Errorf("preflight answered: %v", got)
			}
			if got.Get("Access-Control-Allow-Credentials") != "" {
				t.Error("cookies are allowed")
			}
		})
	}
}

func TestCORSAllowsNobodyByDefault(t *testing.T) {
	t.Parallel()
	r := httptest.NewRequest(http.MethodPost, "/oauth/token", nil)
	r.Header.Set("Origin", "https://app.example")
	if got := serve(middleware.CORS(middleware.CORSOptions{})(http.NotFoundHandler()), r).Header().Get("Access-Control-Allow-Origin"); got != "" {
		t.Errorf("allowed %q", got)
	}
	if got := serve(middleware.CORS(middleware.CORSOptions{Allow: middleware.AllowAll})(http.NotFoundHandler()), r).Header().Get("Access-Control-Allow-Origin"); got != "https://app.example" {
		t.Errorf("AllowAll allowed %q", got)
	}
}

func BenchmarkChain(b *testing.B) {
	log := slog.New(slog.DiscardHandler)
	h := middleware.Chain(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}),
		middleware.Origin(middleware.OriginOptions{TrustedProxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}}),
		middleware.RequestLog(middleware.RequestLogOptions{Logger: log}), middleware.Recover(log),
		middleware.SecurityHeaders(middleware.SecurityHeadersOptions{HTTPS: true}),
		middleware.CORS(middleware.CORSOptions{Allow: middleware.AllowAll}), middleware.BodyLimit(1<<20))
	r := httptest.NewRequestWithContext(context.Background(), http.MethodPost, "/oauth/token", strings.NewReader("x"))
	r.RemoteAddr = "10.0.0.1:1234"
	r.Header.Set("X-Forwarded-For", "1.1.1.1, 198.51.100.1, 10.0.0.2")
	w := discard{http.Header{}}
	b.ReportAllocs()
	for b.Loop() {
		clear(w.header)
		h.ServeHTTP(w, r)
	}
}

type discard struct{ header http.Header }

func (d discard) Header() http.Header         { return d.header }
func (d discard) Write(b []byte) (int, error) { return len(b), nil }
func (d discard) WriteHeader(int)             {}

package main

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// place is where requests come from. The demo's location databases know the addresses (RFC 5737).
type place struct{ ip, userAgent string }

var (
	fromUSA     = place{"192.0.2.44", "e2e/1.0 (at home)"}
	fromGermany = place{"198.51.100.7", "e2e/1.0 (abroad)"}
)

// RoundTripper returns how a place reaches a server.
func (p place) transport(wire http.RoundTripper) http.RoundTripper {
	return roundTripper(func(r *http.Request) (*http.Response, error) {
		r = r.Clone(r.Context())
		r.Header.Set("X-Forwarded-For", p.ip)
		r.Header.Set("User-Agent", p.userAgent)
		return wire.RoundTrip(r)
	})
}

type roundTripper func(*http.Request) (*http.Response, error)

// RoundTrip calls f.
func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// visit is somebody who sends requests to one server from one place.
type visit struct {
	p      *process
	t      testing.TB
	client *http.Client
	bearer string // for /api/v2
}

func (p *process) visit(from place) *visit {
	return &visit{p: p, t: p.t, client: &http.Client{
		Transport:     from.transport(p.wire),
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// reply is a response with its body read.
type reply struct {
	status   int
	header   http.Header
	text     string
	body     map[string]any // nil when it is no JSON object
	location string
}

// str returns a member of the body.
func (r reply) str(name string) string {
	s, _ := r.body[name].(string)
	return s
}

func (v *visit) get(path string) reply {
	v.t.Helper()
	return v.send(http.MethodGet, path, "", "")
}

func (v *visit) post(path string, form url.Values) reply {
	v.t.Helper()
	return v.send(http.MethodPost, path, "application/x-www-form-urlencoded", form.Encode())
}

// call sends a request with a JSON body; nil is no body.
func (v *visit) call(method, path string, body any) reply {
	v.t.Helper()
	if body == nil {
		return v.send(method, path, "", "")
	}
	text, err := json.Marshal(body)
	if err != nil {
		v.t.Fatal(err)
	}
	return v.send(method, path, "application/json", string(text))
}

// send sends a request to a path below the issuer, or to a whole URL.
func (v *visit) send(method, path, contentType, body string) reply {
	v.t.Helper()
	r, err := v.try(method, path, contentType, body)
	if err != nil {
		v.t.Fatal(err)
	}
	return r
}

// try is send for goroutines, which must not end the test.
func (v *visit) try(method, path, contentType, body string) (reply, error) {
	address := path
	if !strings.HasPrefix(path, "http://") {
		address = v.p.url(strings.TrimPrefix(path, "/"))
	}
	req, err := http.NewRequest(method, address, strings.NewReader(body))
	if err != nil {
		return reply{}, err
	}
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	if v.bearer != "" {
		req.Header.Set("Authorization", "Bearer "+v.bearer)
	}
	resp, err := v.client.Do(req)
	if err != nil {
		return reply{}, err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return reply{}, err
	}
	r := reply{status: resp.StatusCode, header: resp.Header, text: string(text), location: resp.Header.Get("Location")}
	if len(bytes.TrimSpace(text)) > 0 && text[0] == '{' {
		if err := json.Unmarshal(text, &r.body); err != nil {
			return reply{}, err
		}
	}
	return r, nil
}

// want fails the test unless a reply has that status and that body, which is compared as JSON.
func (r reply) want(t testing.TB, status int, body map[string]any) {
	t.Helper()
	if r.status != status {
		t.Errorf("status %d, want %d: %s", r.status, status, r.text)
	}
	if diff := cmp.Diff(body, r.body); diff != "" {
		t.Errorf("body (-want +got):\n%s", diff)
	}
}

// must ends the test unless a reply has that status, and returns it.
func (r reply) must(t testing.TB, status int) reply {
	t.Helper()
	if r.status != status {
		t.Fatalf("status %d, want %d: %s", r.status, status, r.text)
	}
	return r
}

// oauthError is the body of an error of /oauth/token.
func oauthError(code, description string) map[string]any {
	return map[string]any{"error": code, "error_description": description}
}

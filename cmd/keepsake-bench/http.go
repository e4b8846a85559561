package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// Where the benchmark's people are, in networks that are reserved for documentation (RFC 5737): they sign in at home and refresh
// abroad, so that the device Action has something to note at every refresh.
const (
	addressHome   = "192.0.2.44"   // the United States
	addressAbroad = "198.51.100.7" // Germany
)

const userAgent = "Mozilla/5.0 (X11; Linux x86_64) keepsake-bench/1.0"

// statusError is an answer that was not the expected one.
type statusError struct {
	what   string
	status int
	body   string
}

func (e *statusError) Error() string {
	return fmt.Sprintf("%s: status %d: %s", e.what, e.status, e.body)
}

// call is one request.
type call struct {
	method  string
	path    string // below the issuer
	address string // the client's
	form    url.Values
	body    string // JSON, in place of a form
	bearer  string
	cookies http.CookieJar
	want    int
}

// answer is a response that was read to its end.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// do sends a request. The error is a *statusError when the answer was another than wanted.
func (t *target) do(ctx context.Context, c call) (*answer, error) {
	var body io.Reader
	contentType := ""
	switch {
	case c.form != nil:
		body, contentType = strings.NewReader(c.form.Encode()), "application/x-www-form-urlencoded"
	case c.body != "":
		body, contentType = strings.NewReader(c.body), "application/json"
	}
	location := issuer + strings.TrimPrefix(c.path, issuer)
	r, err := http.NewRequestWithContext(ctx, c.method, location, body)
	if err != nil {
		return nil, err
	}
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	r.Header.Set("User-Agent", userAgent)
	r.Header.Set("X-Forwarded-For", c.address)
	if c.bearer != "" {
		r.Header.Set("Authorization", "Bearer "+c.bearer)
	}
	client := *t.client
	client.Jar = c.cookies
	response, err := client.Do(r)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, err
	}
	a := &answer{status: response.StatusCode, header: response.Header, body: text}
	if c.want != 0 && a.status != c.want {
		path, _, _ := strings.Cut(c.path, "?")
		return nil, &statusError{what: c.method + " " + path, status: a.status, body: string(text[:min(len(text), 300)])}
	}
	return a, nil
}

// tokens is a token response.
type tokens struct {
	Access  string `json:"access_token"`
	Refresh string `json:"refresh_token"`
	ID      string `json:"refresh_token_id"`
}

// token posts a form to /oauth/token.
func (t *target) token(ctx context.Context, address string, form url.Values) (*tokens, error) {
	a, err := t.do(ctx, call{method: http.MethodPost, path: "oauth/token", address: address, form: form, want: http.StatusOK})
	if err != nil {
		return nil, err
	}
	var got tokens
	if err := json.Unmarshal(a.body, &got); err != nil {
		return nil, fmt.Errorf("read token response: %w", err)
	}
	if got.Access == "" {
		return nil, fmt.Errorf("read token response: no access token in %s", a.body)
	}
	return &got, nil
}

// pairs makes a form.
func pairs(kv ...string) url.Values {
	v := make(url.Values, len(kv)/2)
	for i := 0; i < len(kv); i += 2 {
		v[kv[i]] = []string{kv[i+1]}
	}
	return v
}

// credentials adds what a client authenticates with.
func credentials(form url.Values, clientID string) url.Values {
	form.Set("client_id", clientID)
	if clientID == clientIDs[post] || clientID == issuingIDs[post] {
		form.Set("client_secret", clientSecret)
	}
	return form
}

package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"time"
)

// userAgent is the demo's.
const userAgent = "keepsake-demo/1.0"

// maxShown is how many characters of a token or a long value the demo prints.
const maxShown = 24

// player sends the demo's requests, prints them, and counts what differs from what is documented.
type player struct {
	base    *url.URL
	out     io.Writer
	client  *http.Client
	address string // X-Forwarded-For
	bearer  string // the operator's token, for /api/v2
	checks  int
	failed  int
	// broken stops the play: there was no answer at all.
	broken error
}

func newPlayer(base *url.URL, out io.Writer) *player {
	return &player{base: base, out: out, address: addressUS, client: &http.Client{
		Timeout:       30 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// conclude prints the result. Its error says that something differed.
func (p *player) conclude() error {
	if p.broken != nil {
		return fmt.Errorf("the demo stopped: %w", p.broken)
	}
	fmt.Fprintf(p.out, "\n%d checks, %d failed\n", p.checks, p.failed)
	if p.failed > 0 {
		return fmt.Errorf("%d of %d checks differ from the documented behaviour", p.failed, p.checks)
	}
	return nil
}

func (p *player) scene(title string) { fmt.Fprintf(p.out, "\n== %s ==\n", title) }

func (p *player) say(format string, args ...any) { fmt.Fprintf(p.out, "\n"+format+"\n", args...) }

// check counts a check and prints its result.
func (p *player) check(what string, ok bool) {
	p.checks++
	mark := "ok  "
	if !ok {
		mark = "FAIL"
		p.failed++
	}
	fmt.Fprintf(p.out, "  %s %s\n", mark, what)
}

func (p *player) equal(what string, want, got any) {
	ok := reflect.DeepEqual(want, got)
	p.check(fmt.Sprintf("%s: %s", what, compact(got)), ok)
	if !ok {
		fmt.Fprintf(p.out, "       want %s\n", compact(want))
	}
}

func (p *player) status(a answer, want int) { p.equal("status", want, a.status) }

// oauthError checks an error of /oauth/token.
func (p *player) oauthError(a answer, status int, code, description string) {
	p.status(a, status)
	p.equal("body", map[string]any{"error": code, "error_description": description}, any(a.body))
}

// managementError checks an error of /api/v2.
func (p *player) managementError(a answer, status int, message string) {
	p.status(a, status)
	p.equal("message", message, a.body["message"])
	p.equal("statusCode", float64(status), a.body["statusCode"])
}

// answer is a response.
type answer struct {
	status   int
	location string
	body     map[string]any
	list     []any
	text     string
}

func (a answer) str(name string) string {
	s, _ := a.body[name].(string)
	return s
}

func pairs(kv ...string) url.Values {
	v := url.Values{}
	for i := 0; i < len(kv); i += 2 {
		v.Set(kv[i], kv[i+1])
	}
	return v
}

func (p *player) post(ctx context.Context, path string, form url.Values) answer {
	fmt.Fprintf(p.out, "> POST %s\n", path)
	for _, name := range []string{"grant_type", "client_id", "audience", "refresh_token", "code", "demo"} {
		if v := form.Get(name); v != "" {
			fmt.Fprintf(p.out, ">   %s=%s\n", name, shorten(v))
		}
	}
	return p.do(ctx, p.client, http.MethodPost, path, "application/x-www-form-urlencoded", form.Encode(), "")
}

func (p *player) get(ctx context.Context, path string) answer {
	return p.send(ctx, http.MethodGet, path, nil)
}

func (p *player) patch(ctx context.Context, path string, body any) answer {
	return p.send(ctx, http.MethodPatch, path, body)
}

// send sends a request of the operator to /api/v2.
func (p *player) send(ctx context.Context, method, path string, body any) answer {
	fmt.Fprintf(p.out, "> %s %s\n", method, path)
	text, contentType := "", ""
	if body != nil {
		text, contentType = compact(body), "application/json"
		fmt.Fprintf(p.out, ">   %s\n", elide(text))
	}
	return p.do(ctx, p.client, method, path, contentType, text, p.bearer)
}

func (p *player) do(ctx context.Context, client *http.Client, method, path, contentType, body, bearer string) answer {
	if p.broken != nil {
		return answer{}
	}
	r, err := http.NewRequestWithContext(ctx, method, p.resolve(path), strings.NewReader(body))
	if err != nil {
		p.broken = err
		return answer{}
	}
	r.Header.Set("User-Agent", userAgent)
	r.Header.Set("X-Forwarded-For", p.address)
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	if bearer != "" {
		r.Header.Set("Authorization", "Bearer "+bearer)
	}
	res, err := client.Do(r)
	if err != nil {
		p.broken = err
		return answer{}
	}
	defer res.Body.Close()
	text, err := io.ReadAll(io.LimitReader(res.Body, 1<<20))
	if err != nil {
		p.broken = err
	}
	a := answer{status: res.StatusCode, location: res.Header.Get("Location"), text: string(text)}
	if json.Unmarshal(text, &a.body) != nil {
		_ = json.Unmarshal(text, &a.list) // a page is neither
	}
	p.show(a)
	return a
}

func (p *player) resolve(path string) string {
	if u, err := url.Parse(path); err == nil {
		return p.base.ResolveReference(u).String()
	}
	return path
}

// show prints an answer: its members on a line each, tokens cut.
func (p *player) show(a answer) {
	fmt.Fprintf(p.out, "< %d %s\n", a.status, http.StatusText(a.status))
	if a.location != "" {
		fmt.Fprintf(p.out, "<   Location: %s\n", elide(a.location))
	}
	switch {
	case a.body != nil:
		shown := map[string]any{}
		for name, v := range a.body {
			if s, ok := v.(string); ok && strings.HasSuffix(name, "_token") {
				v = shorten(s)
			}
			shown[name] = v
		}
		text, _ := json.MarshalIndent(shown, "<   ", "  ")
		fmt.Fprintf(p.out, "<   %s\n", unescape(text))
	case a.list != nil:
		fmt.Fprintf(p.out, "<   a list of %d\n", len(a.list))
	}
}

// claimsOf reads a JWT's payload; nil for anything else. The demo trusts the server that it plays against.
func claimsOf(token string) map[string]any {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return nil
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return nil
	}
	var claims map[string]any
	if json.Unmarshal(payload, &claims) != nil {
		return nil
	}
	return claims
}

// shorten cuts what is long and means nothing to a reader.
func shorten(s string) string {
	if len(s) <= 2*maxShown {
		return s
	}
	return s[:maxShown] + "…"
}

// elide keeps a line readable.
func elide(s string) string {
	const width = 150
	if r := []rune(s); len(r) > width {
		return string(r[:width]) + "…"
	}
	return s
}

func compact(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return unescape(text)
}

// unescape shows what encoding/json escapes for the sake of HTML.
func unescape(text []byte) string {
	return strings.NewReplacer(`\u0026`, "&", `\u003c`, "<", `\u003e`, ">").Replace(string(text))
}

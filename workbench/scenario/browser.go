package scenario

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"

	"example.com/keepsake/models"
	"example.com/keepsake/web/pageform"
)

// maxPages is how many pages and redirects a login may have.
const maxPages = 12

// pending is a login that an Action has sent away.
type pending struct {
	login    *Login
	holder   *holder
	browser  *http.Client
	verifier string
	state    string
	known    map[string]bool // the refresh tokens before
}

// authorize plays the browser, from /authorize to the callback.
func (p *player) authorize(ctx context.Context, l *Login, h *holder, known map[string]bool) (*result, error) {
	if len(h.client.Callbacks) == 0 {
		return nil, fmt.Errorf("the client %s has no callback", h.client.Name)
	}
	browser, err := p.browser(l.Browser)
	if err != nil {
		return nil, err
	}
	w := &pending{login: l, holder: h, browser: browser, verifier: models.NewSecret(), known: known}
	sum := sha256.Sum256([]byte(w.verifier))
	query := p.loginForm(l, h)
	query.Set("response_type", "code")
	query.Set("redirect_uri", h.client.Callbacks[0])
	query.Set("state", "a-state")
	query.Set("code_challenge", base64.RawURLEncoding.EncodeToString(sum[:]))
	query.Set("code_challenge_method", "S256")
	return p.browse(ctx, w, l.Where, p.server.Issuer+"authorize?"+query.Encode())
}

// browser returns a browser with cookies.
func (p *player) browser(name string) (*http.Client, error) {
	jar := p.browsers[name]
	if jar == nil || name == "" {
		var err error
		if jar, err = cookiejar.New(nil); err != nil {
			return nil, fmt.Errorf("make a browser: %w", err)
		}
		p.browsers[name] = jar
	}
	browser := *p.client
	browser.Jar = jar
	return &browser, nil
}

// resume brings the browser back from where an Action has sent it.
func (p *player) resume(ctx context.Context, c *Continue) (*result, error) {
	w := p.pending
	if w == nil {
		return nil, errors.New("no Action has sent the browser away")
	}
	p.pending = nil
	query := url.Values{"state": {w.state}}
	for name, value := range c.Params {
		query.Set(name, value)
	}
	where := c.Where
	if where == (Where{}) {
		where = w.login.Where
	}
	return p.browse(ctx, w, where, p.server.Issuer+"continue?"+query.Encode())
}

// browse follows redirects and fills in forms until the browser leaves the server.
func (p *player) browse(ctx context.Context, w *pending, where Where, address string) (*result, error) {
	a, err := p.send(ctx, w.browser, where, http.MethodGet, address, nil)
	for range maxPages {
		if err != nil {
			return nil, err
		}
		switch {
		case a.location == "":
			action, fields, err := pageform.Read(a.text)
			if err != nil {
				return nil, fmt.Errorf("the login stopped at a page (status %d): %s", a.status, title(a.text))
			}
			p.fill(fields, w)
			if a, err = p.send(ctx, w.browser, where, http.MethodPost, p.resolve(action), fields); err != nil {
				return nil, err
			}
			continue
		case strings.HasPrefix(a.location, w.holder.client.Callbacks[0]):
			return p.callback(ctx, w, where, a.location)
		case !strings.HasPrefix(p.resolve(a.location), p.server.Issuer):
			return p.sentAway(w, a.location)
		}
		a, err = p.send(ctx, w.browser, where, http.MethodGet, p.resolve(a.location), nil)
	}
	return nil, errors.New("the login never came to an end")
}

func (p *player) fill(fields url.Values, w *pending) {
	for name, value := range map[string]string{"username": loginName(w.holder.user), "password": p.server.Password} {
		if fields.Has(name) {
			fields.Set(name, value)
		}
	}
	for name, value := range w.login.Fields {
		fields.Set(name, value)
	}
}

// sentAway keeps a login that waits for another site.
func (p *player) sentAway(w *pending, location string) (*result, error) {
	u, err := url.Parse(location)
	if err != nil {
		return nil, fmt.Errorf("the browser was sent to %q: %w", location, err)
	}
	w.state = u.Query().Get("state")
	p.pending = w
	return &result{holder: w.holder, redirect: location}, nil
}

// callback exchanges the code, or returns the error that came instead.
func (p *player) callback(ctx context.Context, w *pending, where Where, location string) (*result, error) {
	u, err := url.Parse(location)
	if err != nil {
		return nil, fmt.Errorf("the callback %q: %w", location, err)
	}
	code := u.Query().Get("code")
	if code == "" {
		body := make(map[string]any)
		for name := range u.Query() {
			body[name] = u.Query().Get(name)
		}
		return &result{holder: w.holder, body: body}, nil
	}
	form := url.Values{
		"grant_type": {models.GrantAuthorizationCode}, "code": {code}, "redirect_uri": {w.holder.client.Callbacks[0]}, "code_verifier": {w.verifier},
	}
	return p.tokens(ctx, where, w.holder, form, w.known, w.login.As)
}

func (p *player) resolve(address string) string {
	base, err := url.Parse(p.server.Issuer)
	if err != nil {
		return address
	}
	u, err := base.Parse(address)
	if err != nil {
		return address
	}
	return u.String()
}

// title is what a page says of itself.
func title(page []byte) string {
	_, rest, _ := strings.Cut(string(page), "<title>")
	text, _, found := strings.Cut(rest, "</title>")
	if !found {
		return "it has no form"
	}
	return strings.TrimSpace(text)
}

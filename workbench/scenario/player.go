package scenario

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"slices"
	"strings"
	"time"

	"example.com/keepsake/models"
	"example.com/keepsake/web/pageform"
)

// What a login asks for when its step does not say.
const (
	defaultScope     = "openid profile email offline_access"
	defaultUserAgent = "keepsake-test/1.0"
	defaultAddress   = "192.0.2.10"
)

// maxPages is how many pages and redirects a login may have.
const maxPages = 12

// player plays the steps of one test.
type player struct {
	server   *Server
	test     *Test
	client   *http.Client
	holders  map[string]*holder
	browsers map[string]http.CookieJar
	pending  *pending
	lastLog  string
}

// holder is who has the tokens of a login.
type holder struct {
	client  *models.Client
	user    *models.User
	tokens  []string // refresh tokens, the latest last
	family  string   // the id of the refresh token
	session string   // the id of the browser session
}

// pending is a login that an Action has sent away.
type pending struct {
	login    *Login
	holder   *holder
	browser  *http.Client
	verifier string
	state    string
	known    map[string]bool // the refresh tokens before
}

// result is what came of a step.
type result struct {
	holder   *holder
	status   int
	body     map[string]any
	redirect string
}

func (r *result) text(name string) string {
	s, _ := r.body[name].(string)
	return s
}

func newPlayer(s *Server, t *Test) *player {
	return &player{
		server: s, test: t, holders: make(map[string]*holder), browsers: make(map[string]http.CookieJar), lastLog: models.LogIDFloor(s.Now()),
		client: &http.Client{
			Timeout:       time.Minute,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
}

// play plays one step. Its error is a step that can't be played, not an answer that is an error.
func (p *player) play(ctx context.Context, s *Step) (*result, error) {
	// Every step has a millisecond of its own: log records sort by it.
	if err := p.server.Advance(time.Millisecond); err != nil {
		return nil, fmt.Errorf("advance the clock: %w", err)
	}
	p.lastLog = models.LogIDFloor(p.server.Now())
	switch {
	case s.Login != nil:
		return p.login(ctx, s.Login)
	case s.Continue != nil:
		return p.resume(ctx, s.Continue)
	case s.Refresh != nil:
		return p.refresh(ctx, s.Refresh)
	case s.Patch != nil:
		return p.patch(ctx, s.Patch)
	case s.Revoke != nil:
		return p.revoke(ctx, s.Revoke)
	case s.Advance != "":
		d, err := parseDuration(s.Advance)
		if err != nil {
			return nil, err
		}
		if err := p.server.Advance(d); err != nil {
			return nil, fmt.Errorf("advance the clock: %w", err)
		}
	}
	return &result{holder: p.holders[expectAs(s)]}, nil
}

func expectAs(s *Step) string {
	if s.Expect != nil {
		return s.Expect.As
	}
	return ""
}

// parseDuration takes what time.ParseDuration takes, and whole days (30d).
func parseDuration(text string) (time.Duration, error) {
	if days, ok := strings.CutSuffix(text, "d"); ok {
		text = days + "h"
		d, err := time.ParseDuration(text)
		if err == nil {
			return 24 * d, nil
		}
	}
	d, err := time.ParseDuration(text)
	if err != nil || d <= 0 {
		return 0, fmt.Errorf("advance: %q is not a length of time such as 20s, 12h or 30d", text)
	}
	return d, nil
}

func (p *player) holder(as string) (*holder, error) {
	h := p.holders[as]
	switch {
	case h != nil:
		return h, nil
	case as == "":
		return nil, errors.New("there was no login before")
	}
	return nil, fmt.Errorf("there was no login as %q before", as)
}

// login logs a user in.
func (p *player) login(ctx context.Context, l *Login) (*result, error) {
	h, err := p.newHolder(l)
	if err != nil {
		return nil, err
	}
	known, err := p.families(ctx, h)
	if err != nil {
		return nil, err
	}
	if l.Flow == "password" || (l.Flow == "" && !usesCodes(h.client)) {
		form := p.loginForm(l, h)
		form.Set("grant_type", models.GrantPassword)
		form.Set("username", loginName(h.user))
		form.Set("password", p.server.Password)
		return p.tokens(ctx, l.Where, h, form, known, l.As)
	}
	return p.authorize(ctx, l, h, known)
}

func usesCodes(c *models.Client) bool {
	return slices.Contains(c.GrantTypes, models.GrantAuthorizationCode) && len(c.Callbacks) > 0
}

func loginName(u *models.User) string {
	if u.Email != "" {
		return u.Email
	}
	return u.Username
}

// newHolder finds the user and the client of a login.
func (p *player) newHolder(l *Login) (*holder, error) {
	h := &holder{}
	name := cmp.Or(l.User, p.test.User)
	i := slices.IndexFunc(p.server.Config.Users, func(u models.User) bool {
		return name == "" || u.ID == name || strings.EqualFold(u.Email, name) || strings.EqualFold(u.Username, name)
	})
	if i < 0 {
		return nil, fmt.Errorf("the tenant has no user %q", name)
	}
	h.user = &p.server.Config.Users[i]
	name = cmp.Or(l.Client, p.test.Client)
	i = slices.IndexFunc(p.server.Config.Clients, func(c models.Client) bool {
		if name == "" {
			return slices.Contains(c.GrantTypes, models.GrantRefreshToken)
		}
		return c.ID == name || c.Name == name
	})
	if i < 0 {
		return nil, fmt.Errorf("the tenant has no client %q", name)
	}
	h.client = &p.server.Config.Clients[i]
	return h, nil
}

// loginForm is what both flows ask for.
func (p *player) loginForm(l *Login, h *holder) url.Values {
	form := url.Values{"client_id": {h.client.ID}, "scope": {cmp.Or(l.Scope, defaultScope)}}
	audience := l.Audience
	if audience == "" {
		for _, api := range p.server.Config.ResourceServers {
			if !api.System && api.AllowOfflineAccess {
				audience = api.Identifier
				break
			}
		}
	}
	if audience != "" {
		form.Set("audience", audience)
	}
	if l.Organization != "" {
		form.Set("organization", l.Organization)
	}
	for name, value := range l.Params {
		form.Set(name, value)
	}
	return form
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

// tokens sends a form to /oauth/token and keeps what comes back.
func (p *player) tokens(ctx context.Context, where Where, h *holder, form url.Values, known map[string]bool, as string) (*result, error) {
	r, err := p.token(ctx, where, h, form)
	if err != nil || r.status != http.StatusOK {
		return r, err
	}
	p.holders[as] = h
	if as != "" && p.holders[""] == nil {
		p.holders[""] = h
	}
	after, err := p.families(ctx, h)
	if err != nil {
		return nil, err
	}
	for id := range after {
		if !known[id] {
			h.family = id
		}
	}
	if h.family != "" {
		token, err := p.server.Store.RefreshToken(ctx, h.family)
		if err != nil {
			return nil, fmt.Errorf("read the new refresh token: %w", err)
		}
		h.session = token.SessionID
	}
	return r, nil
}

// families returns the ids of the refresh tokens that a user has at a client.
func (p *player) families(ctx context.Context, h *holder) (map[string]bool, error) {
	list, _, err := p.server.Store.RefreshTokens(ctx, models.RefreshTokenFilter{UserID: h.user.ID, ClientID: h.client.ID}, models.Page{Take: 100})
	if err != nil {
		return nil, fmt.Errorf("list the refresh tokens: %w", err)
	}
	ids := make(map[string]bool, len(list))
	for _, t := range list {
		ids[t.ID] = true
	}
	return ids, nil
}

// refresh exchanges a refresh token.
func (p *player) refresh(ctx context.Context, f *Refresh) (*result, error) {
	h, err := p.holder(f.As)
	if err != nil {
		return nil, err
	}
	if len(h.tokens) == 0 {
		return nil, errors.New("the login got no refresh token")
	}
	i := len(h.tokens) - 1
	switch f.Token {
	case "first":
		i = 0
	case "previous":
		if i--; i < 0 {
			return nil, errors.New("there is only one refresh token yet")
		}
	}
	form := url.Values{"grant_type": {models.GrantRefreshToken}, "refresh_token": {h.tokens[i]}}
	if f.Scope != "" {
		form.Set("scope", f.Scope)
	}
	for name, value := range f.Params {
		form.Set(name, value)
	}
	return p.token(ctx, f.Where, h, form)
}

// token sends a form to /oauth/token as the holder's client.
func (p *player) token(ctx context.Context, where Where, h *holder, form url.Values) (*result, error) {
	form.Set("client_id", h.client.ID)
	if h.client.TokenEndpointAuthMethod != models.AuthMethodNone {
		form.Set("client_secret", p.server.Secret)
	}
	a, err := p.send(ctx, p.client, where, http.MethodPost, p.server.Issuer+"oauth/token", form)
	if err != nil {
		return nil, err
	}
	r := &result{holder: h, status: a.status}
	if err := json.Unmarshal(a.text, &r.body); err != nil {
		return nil, fmt.Errorf("/oauth/token answered with %d and no JSON", a.status)
	}
	if t := r.text("refresh_token"); t != "" && a.status == http.StatusOK {
		h.tokens = append(h.tokens, t)
	}
	return r, nil
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

// answer is an HTTP response.
type answer struct {
	status   int
	location string
	text     []byte
}

// send sends a request; form nil is one without a body.
func (p *player) send(ctx context.Context, client *http.Client, where Where, method, address string, form url.Values) (answer, error) {
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	r, err := http.NewRequestWithContext(ctx, method, address, body)
	if err != nil {
		return answer{}, fmt.Errorf("make a request: %w", err)
	}
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	r.Header.Set("User-Agent", cmp.Or(where.UserAgent, defaultUserAgent))
	r.Header.Set("X-Forwarded-For", cmp.Or(where.IP, countries[where.From], defaultAddress))
	return do(client, r)
}

func do(client *http.Client, r *http.Request) (answer, error) {
	resp, err := client.Do(r)
	if err != nil {
		return answer{}, fmt.Errorf("send a request: %w", err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(io.LimitReader(resp.Body, 4<<20))
	if err != nil {
		return answer{}, fmt.Errorf("read an answer: %w", err)
	}
	return answer{resp.StatusCode, resp.Header.Get("Location"), text}, nil
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

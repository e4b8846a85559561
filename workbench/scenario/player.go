package scenario

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"example.com/keepsake/models"
)

// What a login asks for when its step does not say.
const (
	defaultScope     = "openid profile email offline_access"
	defaultUserAgent = "keepsake-test/1.0"
	defaultAddress   = "192.0.2.10"
)

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

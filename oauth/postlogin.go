package oauth

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"strings"

	"example.com/keepsake/hooks"
	"example.com/keepsake/models"
)

// runTokenHooks runs the post-login hooks of a direct grant, between the grant and the tokens. A code's ran at /authorize; client_credentials
// has none.
func (s *Server) runTokenHooks(ctx context.Context, r *http.Request, session *Session) error {
	var protocol string
	switch session.GrantType {
	case models.GrantPassword, models.GrantPasswordRealm:
		protocol = hooks.ProtocolPassword
	case models.GrantRefreshToken:
		protocol = hooks.ProtocolRefresh
	default:
		return nil
	}
	return s.runHooks(ctx, session, session.resumed, func(event *hooks.Event) {
		event.Request = requestOf(r, r.URL.Query(), r.PostForm)
		event.Transaction = &hooks.Transaction{
			Protocol: protocol, RequestedScopes: session.Requested, ACRValues: []string{}, UILocales: []string{},
			Locale: locale(r, ""), Metadata: map[string]any{},
		}
	})
}

// chain returns the hooks of the session's transaction. They stay the same while it lasts: what is read for them is decided before they run.
func (s *Server) chain(ctx context.Context, session *Session) (*hooks.Chain, error) {
	if session.chain == nil {
		chain, err := s.postLogin.Chain(ctx)
		if err != nil {
			return nil, fmt.Errorf("read the post-login chain: %w", err)
		}
		session.chain = chain
	}
	return session.chain, nil
}

// runHooks runs the chain, on an event whose request and transaction complete fills in, and carries out what can't wait: a
// revocation, and after a denial the user's metadata. Without a hook there is no event to build. state is what a suspended run goes on
// from; nil for a new one. When the run is suspended (again), the error is a *hooks.SuspendedError and nothing is carried out yet.
func (s *Server) runHooks(ctx context.Context, session *Session, state *hooks.State, complete func(*hooks.Event)) error {
	chain, err := s.chain(ctx, session)
	if err != nil || len(chain.Hooks) == 0 && state == nil && !s.needsFactor(session) {
		return err
	}
	event, err := s.eventFor(ctx, session)
	if err != nil {
		return err
	}
	complete(event)
	outcome, err := s.runChain(ctx, chain, session, event, state)
	if len(outcome.Results) > 0 {
		session.Execution = &models.Execution{ID: session.logID, TriggerID: models.TriggerPostLogin, Results: outcome.Results}
	}
	if err == nil {
		return s.carryOut(ctx, session, outcome)
	}
	var suspended *hooks.SuspendedError
	if errors.As(err, &suspended) {
		return err
	}
	var denied *hooks.DeniedError
	errors.As(err, &denied)
	if rerr := s.refuse(ctx, session, denied, outcome); rerr != nil {
		return rerr
	}
	return err
}

// eventFor builds the part of the event that comes from the session. Request and Transaction are the caller's. Maps of the
// configuration are copied: they are everybody's, and a hook in Go that writes into its event must reach nobody else's.
func (s *Server) eventFor(ctx context.Context, session *Session) (*hooks.Event, error) {
	tenant, err := s.config.Tenant(ctx)
	if err != nil {
		return nil, fmt.Errorf("read tenant: %w", err)
	}
	roles, err := s.config.Roles(ctx, session.RoleIDs)
	if err != nil {
		return nil, fmt.Errorf("read roles: %w", err)
	}
	names := make([]string, len(roles))
	for i, role := range roles {
		names[i] = role.Name
	}
	logins := session.User.LoginsCount
	if session.Effects.CountLogin {
		logins++ // this login is counted when it is written
	}
	event := &hooks.Event{
		Client:         clientOf(session.Client),
		User:           userOf(session.User),
		Connection:     connectionOf(session.Connection),
		Stats:          hooks.Stats{LoginsCount: logins},
		Authentication: &hooks.Authentication{Methods: session.AuthMethods},
		Authorization:  &hooks.Authorization{Roles: names, Assigned: roles},
		Tenant:         hooks.Tenant{ID: tenant.ID},
		Session:        sessionOf(session.Browser),
		Lookup:         s.lookup(session),
	}
	origin := models.OriginFrom(ctx)
	if origin.JA3 != "" || origin.JA4 != "" {
		event.SecurityContext = &hooks.SecurityContext{JA3: origin.JA3, JA4: origin.JA4}
	}
	if d := tenant.CustomDomain(origin.Hostname); d != nil {
		event.CustomDomain = &models.CustomDomain{Domain: d.Domain, Metadata: maps.Clone(d.Metadata)}
	}
	if api := session.API; api != nil {
		event.ResourceServer = &hooks.ResourceServer{Identifier: api.Identifier, System: api.System}
	}
	if o := session.Organization; o != nil {
		event.Organization = &hooks.Organization{ID: o.ID, Name: o.Name, DisplayName: o.DisplayName, Metadata: maps.Clone(o.Metadata)}
	}
	if t := session.RefreshToken; t != nil {
		event.RefreshToken = s.refreshTokenOf(t)
	}
	return event, nil
}

func (s *Server) refreshTokenOf(t *models.RefreshToken) *hooks.RefreshToken {
	audience := t.Audience
	if audience == "" {
		audience = s.userinfoAudience()
	}
	return &hooks.RefreshToken{
		ID: t.ID, UserID: t.UserID, ClientID: t.ClientID, SessionID: t.SessionID,
		CreatedAt: t.CreatedAt, ExpiresAt: t.ExpiresAt, IdleExpiresAt: t.IdleExpiresAt, LastExchangedAt: t.LastExchangedAt,
		Rotating:        t.Rotating,
		ResourceServers: []hooks.TokenResourceServer{{Audience: audience, Scopes: strings.Join(t.Scopes, " ")}},
		Device:          t.Device,
		Metadata:        t.Metadata.Clone(),
		Access:          hooks.AccessOffline,
	}
}

func userOf(u *models.User) hooks.User {
	provider, id, found := strings.Cut(u.ID, "|")
	if !found {
		provider, id = models.StrategyDatabase, u.ID
	}
	return hooks.User{
		UserID: u.ID, Email: u.Email, EmailVerified: u.EmailVerified, Username: u.Username,
		PhoneNumber: u.PhoneNumber, PhoneVerified: u.PhoneVerified,
		Name: u.Name, Nickname: u.Nickname, GivenName: u.GivenName, FamilyName: u.FamilyName, Picture: u.Picture,
		CreatedAt: u.CreatedAt, UpdatedAt: u.UpdatedAt, LastPasswordReset: u.LastPasswordReset,
		AppMetadata: u.AppMetadata, UserMetadata: u.UserMetadata,
		Identities: []hooks.Identity{{Connection: u.Connection, Provider: provider, UserID: id}},
	}
}

func clientOf(c *models.Client) hooks.Client {
	return hooks.Client{ClientID: c.ID, Name: c.Name, Metadata: maps.Clone(c.Metadata), Policies: c.RefreshToken.Policies}
}

func connectionOf(c *models.Connection) hooks.Connection {
	return hooks.Connection{ID: c.ID, Name: c.Name, Strategy: c.Strategy, Metadata: maps.Clone(c.Metadata)}
}

func sessionOf(b *models.Session) *hooks.Session {
	if b == nil {
		return nil
	}
	session := &hooks.Session{
		ID: b.ID, UserID: b.UserID, CreatedAt: b.CreatedAt, UpdatedAt: b.UpdatedAt, AuthenticatedAt: b.AuthenticatedAt,
		LastInteractedAt: b.LastInteractedAt, ExpiresAt: b.ExpiresAt, IdleExpiresAt: b.IdleExpiresAt,
		Clients: b.Clients, CookieMode: b.Cookie, Device: b.Device,
	}
	if len(b.Metadata) > 0 {
		session.Metadata = b.Metadata.Clone()
	}
	return session
}

// secretParameters never reach a hook: what proves something to this server.
var secretParameters = map[string]bool{
	"client_secret": true, "client_assertion": true, "password": true, "code": true, "code_verifier": true, "refresh_token": true,
	"token": true, "id_token_hint": true, "mfa_token": true, "otp": true, "oob_code": true, "binding_code": true, "recovery_code": true,
}

// requestOf is event.request.
func requestOf(r *http.Request, query, body url.Values) hooks.Request {
	o := models.OriginFrom(r.Context())
	return hooks.Request{
		IP: o.IP, ASN: o.ASN, Geo: o.Geo, UserAgent: o.UserAgent, Hostname: o.Hostname,
		Method: r.Method, Language: language(r), Query: parameters(query), Body: parameters(body),
	}
}

// withoutSecrets returns the parameters that may be stored: a client that sends its secret to /authorize by mistake does not have it
// kept.
func withoutSecrets(values url.Values) url.Values {
	kept := maps.Clone(values)
	maps.DeleteFunc(kept, func(name string, _ []string) bool { return secretParameters[name] })
	return kept
}

func parameters(values url.Values) map[string]any {
	m := make(map[string]any, len(values))
	for name, v := range values {
		switch {
		case secretParameters[name]:
		case len(v) == 1:
			m[name] = v[0]
		default:
			m[name] = v
		}
	}
	return m
}

// language is the browser's first choice.
func language(r *http.Request) string {
	first, _, _ := strings.Cut(r.Header.Get("Accept-Language"), ",")
	tag, _, _ := strings.Cut(first, ";")
	return strings.TrimSpace(tag)
}

// locale is the language of the pages: the first of ui_locales, else the browser's, else English.
func locale(r *http.Request, uiLocales string) string {
	tag := language(r)
	if fields := strings.Fields(uiLocales); len(fields) > 0 {
		tag = fields[0]
	}
	if base, _, _ := strings.Cut(tag, "-"); base != "" && base != "*" {
		return base
	}
	return "en"
}

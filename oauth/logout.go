package oauth

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"

	josejson "github.com/go-jose/go-jose/v4/json"
	"github.com/go-jose/go-jose/v4/jwt"

	"example.com/keepsake/models"
)

// The rules of this file are:
//
//   - A browser is redirected only to an address that the client has registered, compared as a whole.
//   - A request that is refused ends nothing.
//   - Ending a session needs no proof: anybody's link may log a user out, as at Auth0. What needs proof is where they go afterwards.

// initiatedByClient is details.initiated_by of a logout that an application asked for.
const initiatedByClient = "rp-logout"

// signOut is a logout that has been checked: what is left to do.
type signOut struct {
	session *models.Session // nil: the browser has none
	client  *models.Client  // nil: nobody in particular asked for it
	// returnTo is the registered address to go to, "" for our own page; target is the same with what the client wants back.
	returnTo string
	target   string
}

// serveLogout answers GET /v2/logout?client_id&returnTo (contract 5.9). federated has no effect: there are no other identity providers.
func (s *Server) serveLogout(w http.ResponseWriter, r *http.Request) {
	out, err := s.checkLogout(r)
	s.finishLogout(w, r, out, err)
}

func (s *Server) checkLogout(r *http.Request) (*signOut, error) {
	query, err := readQuery(r)
	if err != nil {
		return nil, err
	}
	out := &signOut{}
	if out.session, err = s.browserSession(r); err != nil {
		return nil, err
	}
	if out.client, err = s.logoutClient(r.Context(), query.Get("client_id")); err != nil {
		return nil, err
	}
	returnTo := query.Get("returnTo")
	if returnTo == "" {
		return out, nil
	}
	// Without a client_id Auth0 looks into a list of the tenant's. There is none here, so nothing is in it.
	if out.client == nil || !slices.Contains(out.client.AllowedLogoutURLs, returnTo) {
		return nil, invalidRequest(`The "returnTo" querystring parameter "` + returnTo + `" is not defined as a valid URL in "Allowed Logout URLs".`)
	}
	out.returnTo, out.target = returnTo, returnTo
	return out, nil
}

// serveOIDCLogout answers GET and POST /oidc/logout (OIDC RP-Initiated Logout 1.0). logout_hint is not needed: the session that ends is
// the browser's.
func (s *Server) serveOIDCLogout(w http.ResponseWriter, r *http.Request) {
	out, err := s.checkOIDCLogout(r)
	s.finishLogout(w, r, out, err)
}

func (s *Server) checkOIDCLogout(r *http.Request) (*signOut, error) {
	params, err := logoutParams(r)
	if err != nil {
		return nil, err
	}
	out := &signOut{}
	if out.session, err = s.browserSession(r); err != nil {
		return nil, err
	}
	clientID, err := s.hintedClient(r.Context(), params.Get("id_token_hint"), out.session)
	if err != nil {
		return nil, err
	}
	if id := params.Get("client_id"); clientID == "" {
		clientID = id
	} else if id != "" && id != clientID {
		return nil, invalidRequest("The id_token_hint was not issued to the client of client_id.")
	}
	if out.client, err = s.logoutClient(r.Context(), clientID); err != nil {
		return nil, err
	}
	returnTo := params.Get("post_logout_redirect_uri")
	if returnTo == "" || out.client == nil {
		// Nobody vouches for the address. The user is signed out all the same, and stays here.
		return out, nil
	}
	if !slices.Contains(out.client.AllowedLogoutURLs, returnTo) {
		return nil, invalidRequest(`The "post_logout_redirect_uri" parameter "` + returnTo + `" is not defined as a valid URL in "Allowed Logout URLs".`)
	}
	out.returnTo = returnTo
	out.target, err = withState(returnTo, params.Get("state"))
	return out, err
}

func logoutParams(r *http.Request) (url.Values, error) {
	if r.Method == http.MethodPost {
		return readForm(r, maxForm)
	}
	return readQuery(r)
}

// browserSession returns the session of the browser, nil when it has none.
func (s *Server) browserSession(r *http.Request) (*models.Session, error) {
	session, err := s.browser.Session(r)
	if errors.Is(err, models.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read browser session: %w", err)
	}
	return session, nil
}

// logoutClient finds the client that asks for a logout, nil for no id. One that does not exist is an error.
func (s *Server) logoutClient(ctx context.Context, id string) (*models.Client, error) {
	if id == "" {
		return nil, nil
	}
	c, err := s.config.Client(ctx, id)
	if errors.Is(err, models.ErrNotFound) {
		return nil, invalidRequest("Unknown client: " + id)
	}
	if err != nil {
		return nil, fmt.Errorf("read client: %w", err)
	}
	return c, nil
}

// hintedClient returns the client that an id_token_hint was issued to: "" without a hint, and for one that is not ours or is about another
// session than the browser's. It may have expired (RP-Initiated Logout 1.0 section 2); the browser's session may be over too.
func (s *Server) hintedClient(ctx context.Context, hint string, session *models.Session) (string, error) {
	if hint == "" {
		return "", nil
	}
	typ, payload, err := s.keys.verify(ctx, hint)
	if errors.Is(err, errToken) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	var claims struct {
		jwt.Claims
		SessionID string `json:"sid"`
	}
	switch err := josejson.Unmarshal(payload, &claims); {
	case err != nil, typ != typJWT, claims.Issuer != s.issuer, claims.Subject == "", len(claims.Audience) != 1:
		return "", nil
	case session != nil && (claims.Subject != session.UserID || (claims.SessionID != "" && claims.SessionID != session.ID)):
		return "", nil
	}
	// An access token is no hint: its audience is an API.
	if _, err := s.config.Client(ctx, claims.Audience[0]); errors.Is(err, models.ErrNotFound) {
		return "", nil
	} else if err != nil {
		return "", fmt.Errorf("read client: %w", err)
	}
	return claims.Audience[0], nil
}

// withState adds the client's state to a registered address and leaves the rest of it as it is.
func withState(address, state string) (string, error) {
	if state == "" {
		return address, nil
	}
	u, err := url.Parse(address)
	if err != nil {
		return "", fmt.Errorf("parse registered logout URL: %w", err)
	}
	if u.RawQuery != "" {
		u.RawQuery += "&"
	}
	u.RawQuery += "state=" + url.QueryEscape(state)
	return u.String(), nil
}

// finishLogout does what was checked, or shows why it was refused.
func (s *Server) finishLogout(w http.ResponseWriter, r *http.Request, out *signOut, err error) {
	w.Header().Set("Cache-Control", "no-store")
	if err == nil {
		err = s.endSession(r.Context(), out)
	}
	if err != nil {
		e := asError(err)
		if e.Code == codeServerError {
			s.logger.ErrorContext(r.Context(), "logout", "path", r.URL.Path, "error", err)
		}
		s.browser.Error(w, r, e.Status, e.Code, clean(e.Description))
		return
	}
	s.browser.Forget(w, r)
	if out.target == "" {
		s.browser.SignedOut(w, r)
		return
	}
	status := http.StatusFound
	if r.Method == http.MethodPost {
		status = http.StatusSeeOther // the POST must not be repeated at the client
	}
	w.Header().Set("Location", out.target)
	w.WriteHeader(status)
}

// endSession ends the browser's session and logs it, in one transaction. Refresh tokens live on, as at Auth0.
func (s *Server) endSession(ctx context.Context, out *signOut) error {
	if out.session == nil {
		return nil
	}
	event, err := s.logoutLog(ctx, out)
	if err != nil {
		return err
	}
	if err := s.people.EndSession(ctx, out.session.ID, event); err != nil && !errors.Is(err, models.ErrNotFound) {
		return fmt.Errorf("end session: %w", err)
	}
	return nil
}

// logoutLog returns the slo event of a logout (contract 6.2).
func (s *Server) logoutLog(ctx context.Context, out *signOut) (*models.LogEvent, error) {
	details := map[string]any{"session_id": out.session.ID, "initiated_by": initiatedByClient}
	if out.returnTo != "" {
		details["return_to"] = out.returnTo
	}
	if out.client != nil {
		details["allowed_logout_url"] = slices.Clone(out.client.AllowedLogoutURLs)
	}
	if len(out.session.Metadata) > 0 {
		details["session_metadata"] = out.session.Metadata
	}
	// A user or a connection that is gone in the meantime is left out of the log; it keeps nobody signed in.
	user, err := s.people.User(ctx, out.session.UserID)
	if errors.Is(err, models.ErrNotFound) {
		user, err = &models.User{ID: out.session.UserID}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read user: %w", err)
	}
	connection, err := s.config.Connection(ctx, out.session.Connection)
	if err != nil && !errors.Is(err, models.ErrNotFound) {
		return nil, fmt.Errorf("read connection: %w", err)
	}
	event := s.newLog(ctx, &Session{Client: out.client, User: user, Connection: connection}, models.LogLogout, models.NewLogID(s.now()))
	event.Description, event.Details = "User successfully logged out", details
	return event, nil
}

package oauth

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/ory/fosite"

	"example.com/keepsake/models"
)

// authorizeParameters reads the query string and, for POST, the body; each parameter once (RFC 6749 3.1).
func authorizeParameters(r *http.Request) (url.Values, error) {
	params, err := readQuery(r)
	if err != nil || r.Method != http.MethodPost {
		return params, err
	}
	form, err := readForm(r, maxForm)
	if err != nil {
		return nil, err
	}
	for name, values := range form {
		if params.Has(name) {
			return nil, invalidRequest("The parameter " + name + " was sent more than once.")
		}
		params[name] = values
	}
	return params, nil
}

// validate checks the parameters. Until the callback is known to be the client's, errors are shown, not redirected.
func (s *Server) validate(ctx context.Context, r *http.Request, a *authorization) error {
	now := s.now()
	a.session = &Session{GrantType: models.GrantAuthorizationCode, logID: models.NewLogID(now), Requested: strings.Fields(a.params.Get("scope"))}
	a.session.transactionID = a.session.logID
	if a.resumed != nil {
		a.session.transactionID = a.resumed.login.TransactionID
	}
	c, err := s.config.Client(ctx, a.params.Get("client_id"))
	if errors.Is(err, models.ErrNotFound) {
		return invalidRequest("Unknown client: " + a.params.Get("client_id"))
	}
	if err != nil {
		return fmt.Errorf("read client: %w", err)
	}
	a.session.Client = c
	params := url.Values{}
	for name, values := range a.params {
		params[name] = values
	}
	if params.Get("redirect_uri") == "" && len(c.Callbacks) > 0 {
		params.Set("redirect_uri", c.Callbacks[0]) // contract 5.1: the first allowed callback
	}
	if _, err := fosite.MatchRedirectURIWithClientRedirectURIs(params.Get("redirect_uri"), client{Client: c}); err != nil {
		return invalidRequest("Callback URL mismatch. " + params.Get("redirect_uri") + " is not in the list of allowed callback URLs")
	}
	if err := s.parseAuthorize(ctx, r, a, params); err != nil {
		return err
	}
	return s.validateOwn(ctx, a)
}

// parseAuthorize has fosite check what is standard.
func (s *Server) parseAuthorize(ctx context.Context, r *http.Request, a *authorization, params url.Values) error {
	for _, name := range []string{"request", "request_uri"} {
		if params.Get(name) != "" {
			return invalidRequest("The parameter " + name + " is not supported.")
		}
	}
	in := &http.Request{Method: r.Method, URL: r.URL, Header: http.Header{}, Form: params, PostForm: url.Values{}}
	requester, err := s.provider.NewAuthorizeRequest(ctx, in)
	if request, ok := requester.(*fosite.AuthorizeRequest); ok {
		a.request = request
		a.redirectable = request.IsRedirectURIValid()
	}
	if params.Get("response_type") == "" {
		return errMissing("response_type") // to fosite it is an unsupported one (RFC 6749 4.1.2.1)
	}
	// fosite's last check is that state is there and long. To Auth0 it is the client's own affair, and PKCE does its work.
	if err != nil && !errors.Is(err, fosite.ErrInvalidState) {
		return err
	}
	return nil
}

// validateOwn checks what is Auth0's, or stricter than fosite.
func (s *Server) validateOwn(ctx context.Context, a *authorization) error {
	c := a.session.Client
	if !c.Allows(models.GrantAuthorizationCode) {
		return errGrantType(models.GrantAuthorizationCode)
	}
	if err := validatePKCE(c, a.params); err != nil {
		return err
	}
	var err error
	if a.prompt, a.maxAge, err = promptAndAge(a.params); err != nil {
		return err
	}
	if a.session.API, err = s.findAPI(ctx, a.params.Get("audience")); err != nil {
		return err
	}
	if a.org, err = s.findOrganization(ctx, c, a.params.Get("organization")); err != nil {
		return err
	}
	if name := a.params.Get("connection"); name != "" {
		connection, err := s.config.Connection(ctx, name)
		if errors.Is(err, models.ErrNotFound) || (err == nil && !serves(connection, c, a.org)) {
			return errConnection
		}
		if err != nil {
			return fmt.Errorf("read connection: %w", err)
		}
	}
	a.session.Granted = models.UserScopes(c, a.session.API, a.session.Requested)
	return nil
}

// validatePKCE wants an S256 challenge of every public client, and no other method of anybody (RFC 7636 4.3, RFC 9700 2.1.1).
func validatePKCE(c *models.Client, params url.Values) error {
	challenge, method := params.Get("code_challenge"), params.Get("code_challenge_method")
	switch {
	case challenge == "" && method == "" && !c.Public():
		return nil
	case challenge == "":
		return errMissing("code_challenge")
	case method != "S256":
		return invalidRequest("The code_challenge_method must be S256.")
	case len(challenge) != 43 || strings.Trim(challenge, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") != "":
		return invalidRequest("The code_challenge must be the base64url-encoded SHA-256 of the code_verifier.")
	}
	return nil
}

// Values of prompt (OIDC Core 3.1.2.1, and Auth0's select_account, which is a login here).
const (
	promptNone          = "none"
	promptLogin         = "login"
	promptConsent       = "consent"
	promptSelectAccount = "select_account"
)

func promptAndAge(params url.Values) (prompt []string, maxAge time.Duration, err error) {
	prompt = strings.Fields(params.Get("prompt"))
	for _, p := range prompt {
		switch {
		case p == promptNone && len(prompt) > 1:
			return nil, 0, invalidRequest("prompt=none can't be combined with other values")
		case p != promptNone && p != promptLogin && p != promptConsent && p != promptSelectAccount:
			return nil, 0, invalidRequest("unknown value of prompt: " + p)
		}
	}
	maxAge = -1
	if text := params.Get("max_age"); text != "" {
		seconds, err := strconv.ParseInt(text, 10, 32)
		if err != nil || seconds < 0 {
			return nil, 0, invalidRequest("max_age must be a number of seconds")
		}
		maxAge = time.Duration(seconds) * time.Second
	}
	return prompt, maxAge, nil
}

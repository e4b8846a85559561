package oauth

import (
	"errors"
	"net/http"
	"strings"

	"github.com/ory/fosite"

	"example.com/keepsake/hooks"
	"example.com/keepsake/models"
)

// Error is an OAuth error on its way to a client (RFC 6749 5.2). Status is Auth0's; with oauth_errors: rfc6749 the renderer
// puts RFC 6749's in its place.
type Error struct {
	Code        string
	Description string
	URI         string
	Status      int
	// cause is logged, never sent.
	cause error
	// mfa is what a client has to do next; nil but for mfa_required.
	mfa *mfaDemand
}

// Error returns the code and the description.
func (e *Error) Error() string { return e.Code + ": " + e.Description }

// Unwrap returns what was behind it; it may be nil.
func (e *Error) Unwrap() error { return e.cause }

// Error codes (RFC 6749 4.1.2.1 and 5.2, RFC 7009, OIDC Core 3.1.2.6, and Auth0's).
const (
	codeInvalidRequest       = "invalid_request"
	codeInvalidClient        = "invalid_client"
	codeInvalidGrant         = "invalid_grant"
	codeUnauthorizedClient   = "unauthorized_client"
	codeUnsupportedGrantType = "unsupported_grant_type"
	codeUnsupportedTokenType = "unsupported_token_type"
	codeAccessDenied         = hooks.CodeAccessDenied
	codeServerError          = "server_error"
	codeLoginRequired        = "login_required"
	codeInteractionRequired  = hooks.CodeInteractionRequired
	codeConsentRequired      = "consent_required"
	codeUnauthorized         = "unauthorized"
	codeUnavailable          = "temporarily_unavailable"
)

// The errors of /oauth/token, byte for byte as contract 5.3 has them. SDKs compare some of them with their full stop.
var (
	// errClient is a failed client authentication; how it looks depends on the tenant (render).
	errClient = &Error{Code: codeInvalidClient, Description: "Client authentication failed", Status: http.StatusUnauthorized}
	// errRefreshToken is the one answer for every token that can't be exchanged, whatever the reason.
	errRefreshToken  = &Error{Code: codeInvalidGrant, Description: "Unknown or invalid refresh token.", Status: http.StatusForbidden}
	errReuse         = &Error{Code: codeInvalidGrant, Description: "Unsuccessful Refresh Token exchange, reused refresh token detected", Status: http.StatusForbidden}
	errCode          = &Error{Code: codeInvalidGrant, Description: "Invalid authorization code", Status: http.StatusForbidden}
	errVerifier      = &Error{Code: codeInvalidGrant, Description: "Failed to verify code verifier", Status: http.StatusForbidden}
	errPassword      = &Error{Code: codeInvalidGrant, Description: "Wrong email or password.", Status: http.StatusForbidden}
	errUserGone      = &Error{Code: codeInvalidGrant, Description: "The refresh_token was generated for a user who doesn't exist anymore.", Status: http.StatusForbidden}
	errUserBlocked   = &Error{Code: codeUnauthorized, Description: "user is blocked", Status: http.StatusForbidden}
	errForeignToken  = &Error{Code: codeInvalidGrant, Description: "The token was not issued to this client.", Status: http.StatusForbidden}
	errNoDirectory   = &Error{Code: codeAccessDenied, Description: "Authorization server not configured with default connection.", Status: http.StatusForbidden}
	errOrgRequired   = invalidRequest("parameter organization is required for this client")
	errOrgNotAllowed = invalidRequest("parameter organization is not allowed for this client")
	errConnection    = invalidRequest("the connection is not enabled")
	// errInteraction answers a hook that wants the browser where there is none, or must not be one (contract 3.5).
	errInteraction = &Error{Code: codeInteractionRequired, Description: hooks.InteractionMessage, Status: http.StatusForbidden}
	errBusy        = &Error{Code: codeUnavailable, Description: "The server is too busy. Try again soon.", Status: http.StatusServiceUnavailable}
	errInternal    = &Error{Code: codeServerError, Description: "The server could not answer this request. Try again later.", Status: http.StatusInternalServerError}
)

func invalidRequest(description string) *Error {
	return &Error{Code: codeInvalidRequest, Description: description, Status: http.StatusBadRequest}
}

func errMissing(parameter string) *Error {
	return invalidRequest("Missing required parameter: " + parameter)
}

func errGrantType(grantType string) *Error {
	return &Error{
		Code: codeUnauthorizedClient, Description: "Grant type '" + grantType + "' not allowed for the client.",
		URI: "https://auth0.com/docs/clients/client-grant-types", Status: http.StatusForbidden,
	}
}

func errUnsupportedGrantType(grantType string) *Error {
	return &Error{Code: codeUnsupportedGrantType, Description: "Unsupported grant type: " + grantType, Status: http.StatusBadRequest}
}

func errService(audience string) *Error {
	return &Error{Code: codeAccessDenied, Description: "Service not found: " + audience, Status: http.StatusForbidden}
}

func errClientGrant(audience string) *Error {
	return &Error{
		Code:        codeAccessDenied,
		Description: `Client is not authorized to access "` + audience + `". You need to create a "client-grant" associated to this API.`,
		Status:      http.StatusForbidden,
	}
}

func errNotMember(user *models.User, org *models.Organization) *Error {
	return accessDenied("user " + user.ID + " is not part of the " + org.ID + " organization")
}

func accessDenied(description string) *Error {
	return &Error{Code: codeAccessDenied, Description: description, Status: http.StatusForbidden}
}

// asError makes an *Error of any error. What is unknown is a server_error that tells nothing of itself.
func asError(err error) *Error {
	var (
		e      *Error
		denied *hooks.DeniedError
		failed *hooks.FailedError
		waits  *hooks.SuspendedError
		meta   *models.MetadataError
		rfc    *fosite.RFC6749Error
	)
	switch {
	case errors.As(err, &e):
		return e
	case errors.Is(err, errStorage): // whatever fosite has wrapped around it
	case errors.Is(err, models.ErrBusy):
		busy := *errBusy
		busy.cause = err
		return &busy
	case errors.As(err, &denied):
		return &Error{Code: denied.OAuthCode(), Description: denied.Reason, Status: http.StatusForbidden, cause: err}
	case errors.As(err, &failed):
		return &Error{Code: codeAccessDenied, Description: failed.Cause.Message, Status: http.StatusForbidden, cause: err}
	case errors.As(err, &waits):
		return errInteraction
	case errors.As(err, &meta):
		return &Error{Code: codeAccessDenied, Description: "Failed to set refresh token metadata: " + meta.Error(), Status: http.StatusForbidden, cause: err}
	case errors.As(err, &rfc):
		return fromFosite(rfc, err)
	}
	internal := *errInternal
	internal.cause = err
	return &internal
}

// fromFosite keeps fosite's code and its public text.
func fromFosite(rfc *fosite.RFC6749Error, err error) *Error {
	status := rfc.CodeField
	switch rfc.ErrorField {
	case codeInvalidClient:
		c := *errClient
		c.cause = err
		return &c
	case "error", codeServerError, "misconfiguration":
		internal := *errInternal
		internal.cause = err
		return &internal
	case codeInvalidGrant, codeAccessDenied, codeUnauthorizedClient:
		status = http.StatusForbidden
	case "jti_known":
		c := *errClient
		c.cause = err
		return &c
	}
	return &Error{Code: rfc.ErrorField, Description: rfc.GetDescription(), Status: status, cause: err}
}

// forTenant says how the error looks in a tenant's style (contract 5.3): Auth0 calls a failed client authentication access_denied, and
// answers 403 where RFC 6749 5.2 says 400.
func (e *Error) forTenant(style models.OAuthErrors) *Error {
	c := *e
	if style == models.OAuthErrorsRFC6749 {
		if c.Status == http.StatusForbidden {
			c.Status = http.StatusBadRequest
		}
		return &c
	}
	if c.Code == codeInvalidClient {
		c.Code, c.Description = codeAccessDenied, "Unauthorized"
	}
	return &c
}

type errorBody struct {
	Error       string `json:"error"`
	Description string `json:"error_description,omitempty"`
	URI         string `json:"error_uri,omitempty"`
	// MFAToken and MFARequirements belong to mfa_required (contract 5.3).
	MFAToken        string           `json:"mfa_token,omitempty"`
	MFARequirements *mfaRequirements `json:"mfa_requirements,omitempty"`
	// RecoveryCode is the user's next one, where the request has used one up and failed afterwards.
	RecoveryCode string `json:"recovery_code,omitempty"`
}

// writeError renders an error of /oauth/token, /oauth/revoke and the like.
func (s *Server) writeError(w http.ResponseWriter, r *http.Request, err error) {
	s.writeErrorWith(w, r, err, "")
}

func (s *Server) writeErrorWith(w http.ResponseWriter, r *http.Request, err error, recoveryCode string) {
	e := asError(err)
	if e.Code == codeServerError {
		s.logger.ErrorContext(r.Context(), "oauth request", "path", r.URL.Path, "error", err)
	}
	style := models.OAuthErrorsAuth0
	if tenant, terr := s.config.Tenant(r.Context()); terr == nil {
		style = tenant.OAuthErrors
	}
	e = e.forTenant(style)
	if e.Status == http.StatusUnauthorized {
		// RFC 6749 5.2: a client that tried to authenticate with a header is told which scheme would do.
		w.Header().Set("WWW-Authenticate", `Basic realm="`+s.issuer+`"`)
	}
	if e.Status == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", models.RetryAfter)
	}
	body := errorBody{Error: e.Code, Description: clean(e.Description), URI: e.URI, RecoveryCode: recoveryCode}
	if e.mfa != nil {
		body.MFAToken, body.MFARequirements = e.mfa.token, &e.mfa.requirements
	}
	writeJSON(w, e.Status, body)
}

// maxDescription is how much of a hook's own text a client gets.
const maxDescription = 2048

// clean makes a text fit to be sent: no control characters, no endless length.
func clean(text string) string {
	text = strings.Map(func(r rune) rune {
		if r < 0x20 || r == 0x7f {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, "\uFFFD"))
	if r := []rune(text); len(r) > maxDescription {
		return string(r[:maxDescription])
	}
	return text
}

// answerSize is how much memory most answers need, in bytes.
const answerSize = 1280

// writeJSON answers with a body that nobody may keep (RFC 6749 5.1).
func writeJSON(w http.ResponseWriter, status int, body any) {
	text, err := models.AppendJSON(make([]byte, 0, answerSize), body)
	if err != nil { // a value that JSON does not have: nothing that is answered has one
		http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h["Content-Type"], h["Cache-Control"], h["Pragma"] = jsonType, noStore, noCache
	w.WriteHeader(status)
	_, _ = w.Write(append(text, '\n')) // the client may be gone; there is nobody left to tell
}

// Values of headers. They are shared by all answers: full, so that who adds to one copies it.
var jsonType, noStore, noCache = []string{"application/json; charset=utf-8"}, []string{"no-store"}, []string{"no-cache"}

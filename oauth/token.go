package oauth

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/ory/fosite"

	"example.com/keepsake/models"
)

// maxForm is the largest body of a protocol endpoint, in bytes.
const maxForm = 64 << 10

// grantTypes are the ones that /oauth/token knows, with their two log codes.
var grantTypes = map[string]struct{ success, failure models.LogType }{
	models.GrantAuthorizationCode: {models.LogCodeExchange, models.LogFailedCodeExchange},
	models.GrantRefreshToken:      {models.LogRefresh, models.LogFailedRefresh},
	models.GrantPassword:          {models.LogPasswordExchange, models.LogFailedPasswordExchange},
	models.GrantPasswordRealm:     {models.LogPasswordExchange, models.LogFailedPasswordExchange},
	models.GrantClientCredentials: {models.LogClientCredentials, models.LogFailedClientCredential},
	models.GrantMFAOTP:            {models.LogFactorPassed, models.LogFactorFailed},
	models.GrantMFAOOB:            {models.LogFactorPassed, models.LogFactorFailed},
	models.GrantMFARecoveryCode:   {models.LogRecoveryPassed, models.LogRecoveryFailed},
}

// serveToken answers POST /oauth/token (RFC 6749 3.2). The phases are visible and none can be skipped:
// form, client, grant, hooks, tokens. Nothing is written before the last, and that is one write.
func (s *Server) serveToken(w http.ResponseWriter, r *http.Request) {
	// 1. The form: JSON or form-encoded, each parameter once, nothing from the query string.
	form, err := readForm(r, maxForm)
	if err != nil {
		s.writeError(w, r, err)
		return
	}
	ctx, now := r.Context(), s.now()
	session := &Session{GrantType: form.Get("grant_type"), Requested: strings.Fields(form.Get("scope")), logID: models.NewLogID(now)}
	session.maskedCode = maskCode(form.Get("code"))
	if session.GrantType == "" {
		s.writeError(w, r, errMissing("grant_type"))
		return
	}
	if _, known := grantTypes[session.GrantType]; !known {
		s.writeError(w, r, errUnsupportedGrantType(session.GrantType))
		return
	}

	// 2. The client, and 3. the grant: fosite authenticates and calls the grant's handler.
	request, err := s.provider.NewAccessRequest(ctx, r, session)
	if err != nil {
		s.failToken(ctx, w, r, session, err)
		return
	}

	// 4. The hooks, with no transaction open and nothing consumed.
	if err := s.runTokenHooks(ctx, r, session); err != nil {
		s.failToken(ctx, w, r, session, s.askForFactor(ctx, session, err))
		return
	}

	// 5. The tokens: fosite calls the handler again, which mints and commits.
	response, err := s.provider.NewAccessResponse(ctx, request)
	if err != nil {
		s.failToken(ctx, w, r, session, err)
		return
	}
	writeJSON(w, http.StatusOK, response.ToMap())
}

// failToken logs a failed exchange and answers it.
func (s *Server) failToken(ctx context.Context, w http.ResponseWriter, r *http.Request, session *Session, err error) {
	s.logFailure(ctx, session, err)
	recoveryCode := ""
	if session.passed != nil {
		recoveryCode = session.passed.RecoveryCode
	}
	s.writeErrorWith(w, r, err, recoveryCode)
}

// grantHandler is what the grants' handlers have in common (fosite.TokenEndpointHandler).
type grantHandler struct {
	*Server
	grantTypes []string
}

// CanSkipClientAuth says no: public clients authenticate with "none", which is checked too.
func (grantHandler) CanSkipClientAuth(context.Context, fosite.AccessRequester) bool { return false }

// CanHandleTokenEndpointRequest says whether the request is of this grant.
func (h grantHandler) CanHandleTokenEndpointRequest(_ context.Context, r fosite.AccessRequester) bool {
	return slices.ContainsFunc(h.grantTypes, r.GetGrantTypes().ExactOne)
}

// begin puts the client into the session and checks that it may use the grant.
func begin(requester fosite.AccessRequester) (*Session, error) {
	session := requester.GetSession().(*Session)
	c, ok := requester.GetClient().(client)
	if !ok {
		return nil, errClient
	}
	session.Client = c.Client
	if !slices.Contains(c.GrantTypes, session.GrantType) {
		return nil, errGrantType(session.GrantType)
	}
	return session, nil
}

// required returns the first of the names that the form lacks as an error.
func required(requester fosite.AccessRequester, names ...string) error {
	for _, name := range names {
		if requester.GetRequestForm().Get(name) == "" {
			return errMissing(name)
		}
	}
	return nil
}

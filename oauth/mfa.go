package oauth

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/gorilla/mux"

	"example.com/keepsake/models"
)

// serveMFAChallenge answers POST /mfa/challenge: it tells a client how its user proves a factor, and sends a code where that takes one.
func (s *Server) serveMFAChallenge(w http.ResponseWriter, r *http.Request) {
	answer, err := s.mfaChallenge(r)
	if err != nil {
		s.writeError(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, answer)
}

// challengeAnswer is the body of a good answer of /mfa/challenge.
type challengeAnswer struct {
	ChallengeType string `json:"challenge_type"`
	OOBCode       string `json:"oob_code,omitempty"`
	BindingMethod string `json:"binding_method,omitempty"`
}

// bindingPrompt says that the user types the code that was sent.
const bindingPrompt = "prompt"

func (s *Server) mfaChallenge(r *http.Request) (*challengeAnswer, error) {
	ctx := r.Context()
	form, err := readForm(r, maxForm)
	if err != nil {
		return nil, err
	}
	c, err := s.provider.AuthenticateClient(ctx, r, form)
	if err != nil {
		return nil, err
	}
	if form.Get("mfa_token") == "" {
		return nil, errMissing("mfa_token")
	}
	t, err := s.waitingGrant(ctx, form.Get("mfa_token"), c.GetID())
	if err != nil {
		return nil, err
	}
	a, err := t.choose(strings.Fields(form.Get("challenge_type")), form.Get("authenticator_id"))
	if err != nil {
		return nil, err
	}
	if a.Type == models.FactorOTP {
		return &challengeAnswer{ChallengeType: kindOTP}, nil
	}
	oob, err := s.factors.Challenge(ctx, t.MFATransaction, t.standing, a)
	if err != nil {
		return nil, factorError(err, errBindingCode)
	}
	session := &Session{Client: c.(client).Client, User: t.standing.User}
	s.write(ctx, s.factorLog(ctx, session, sentLog(a.Type), a.Type))
	return &challengeAnswer{ChallengeType: kindOOB, OOBCode: oob, BindingMethod: bindingPrompt}, nil
}

func sentLog(t models.FactorType) models.LogType {
	if t == models.FactorEmail {
		return models.LogFactorEmail
	}
	return models.LogFactorSMS
}

// ownEmail is the authenticator_id of the user's own email address.
const ownEmail = "email|user"

// choose returns the authenticator to challenge: the one that is named, else the first of the kinds that the client can handle.
func (t *waitingGrant) choose(kinds []string, id string) (*models.Authenticator, error) {
	if t.pending.request().Mode == models.FactorEnroll {
		return nil, errNotEnrolled
	}
	for i := range t.standing.Enrolled {
		a := &t.standing.Enrolled[i]
		kind := challengeKind(a.Type)
		if kind != "" && t.pending.wants(a.Type) && (id == "" || id == authenticatorID(a)) && (len(kinds) == 0 || slices.Contains(kinds, kind)) {
			return a, nil
		}
	}
	return nil, errNotEnrolled
}

func authenticatorID(a *models.Authenticator) string {
	if a.ID == "" {
		return ownEmail
	}
	return a.ID
}

// What Auth0's MFA API calls a code that an app shows, and one that is sent.
const (
	kindOTP = "otp"
	kindOOB = "oob"
)

// challengeKind is what Auth0's MFA API calls a kind of factor; "" for a recovery code, which is not challenged.
func challengeKind(t models.FactorType) string {
	switch t {
	case models.FactorOTP:
		return kindOTP
	case models.FactorEmail, models.FactorPhone:
		return kindOOB
	}
	return ""
}

// associateRequest is the body of POST /mfa/associate.
type associateRequest struct {
	ClientID           string   `json:"client_id"`
	AuthenticatorTypes []string `json:"authenticator_types"`
	OOBChannels        []string `json:"oob_channels"`
	PhoneNumber        string   `json:"phone_number"`
	Email              string   `json:"email"`
}

// associateAnswer is the body of a good answer.
type associateAnswer struct {
	AuthenticatorType string   `json:"authenticator_type"`
	Secret            string   `json:"secret,omitempty"`
	BarcodeURI        string   `json:"barcode_uri,omitempty"`
	OOBChannel        string   `json:"oob_channel,omitempty"`
	OOBCode           string   `json:"oob_code,omitempty"`
	BindingMethod     string   `json:"binding_method,omitempty"`
	RecoveryCodes     []string `json:"recovery_codes,omitempty"`
}

// serveMFAAssociate answers POST /mfa/associate: it begins the enrolment of a factor for a grant that waits for one. The mfa_token is the bearer
// token. The factor counts once its first code has come to /oauth/token.
func (s *Server) serveMFAAssociate(w http.ResponseWriter, r *http.Request) {
	answer, err := s.mfaAssociate(r)
	if err != nil {
		s.writeBearerError(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, answer)
}

func (s *Server) mfaAssociate(r *http.Request) (*associateAnswer, error) {
	ctx := r.Context()
	token, err := bearerToken(r)
	if err != nil {
		return nil, err
	}
	request, err := readAssociate(r)
	if err != nil {
		return nil, err
	}
	t, err := s.waitingGrant(ctx, token, request.ClientID)
	if err != nil {
		return nil, err
	}
	if t.pending.request().Mode != models.FactorEnroll {
		return nil, errEnrolled
	}
	options := models.EnrolOptions{Additional: hasMFA(t.pending.Proved), RecoveryNow: true}
	var channel string
	options.Type, channel, options.Address = request.factor()
	if options.Type == "" || !t.pending.wants(options.Type) {
		return nil, invalidRequest("None of the requested authenticator types can be enrolled.")
	}
	e, err := s.factors.StartEnrolment(ctx, t.MFATransaction, t.standing, options)
	if err != nil {
		return nil, factorError(err, errBindingCode)
	}
	c, err := s.config.Client(ctx, t.ClientID)
	if err != nil {
		return nil, fmt.Errorf("read client: %w", err)
	}
	session := &Session{Client: c, User: t.standing.User}
	events := []*models.LogEvent{s.factorLog(ctx, session, models.LogFactorEnrolmentBegins, e.Type)}
	answer := &associateAnswer{AuthenticatorType: challengeKind(e.Type), Secret: e.Key, BarcodeURI: e.URI}
	if e.OOBCode != "" {
		answer.OOBChannel, answer.OOBCode, answer.BindingMethod = channel, e.OOBCode, bindingPrompt
		events = append(events, s.factorLog(ctx, session, sentLog(e.Type), e.Type))
	}
	if e.RecoveryCode != "" {
		answer.RecoveryCodes = []string{e.RecoveryCode}
	}
	s.write(ctx, events...)
	return answer, nil
}

// readAssociate reads a JSON object. It has lists in it, which the other endpoints' parameters do not.
func readAssociate(r *http.Request) (*associateRequest, error) {
	if contentType, err := contentTypeOf(r); err != nil || contentType != "application/json" {
		return nil, invalidRequest("The Content-Type must be application/json.")
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxForm+1))
	request := new(associateRequest)
	if err != nil || len(body) > maxForm || json.Unmarshal(body, request) != nil {
		return nil, invalidRequest("The request body is not a JSON object with the parameters of an enrollment.")
	}
	return request, nil
}

// factor is what the request asks for: the first of its types and channels that there is.
func (q *associateRequest) factor() (t models.FactorType, channel, address string) {
	for _, kind := range q.AuthenticatorTypes {
		switch kind {
		case kindOTP:
			return models.FactorOTP, "", ""
		case "email": // an older name of oob by email
			return models.FactorEmail, "email", q.Email
		case kindOOB:
			for _, channel := range q.OOBChannels {
				switch channel {
				case "sms", "voice": // voice is brought as sms: whoever sends the code decides how
					return models.FactorPhone, "sms", q.PhoneNumber
				case "email":
					return models.FactorEmail, channel, q.Email
				}
			}
		}
	}
	return "", "", ""
}

// authenticatorView is an entry of GET /mfa/authenticators.
type authenticatorView struct {
	ID                string    `json:"id"`
	AuthenticatorType string    `json:"authenticator_type"`
	Type              string    `json:"type"`
	Active            bool      `json:"active"`
	OOBChannel        string    `json:"oob_channel,omitempty"`
	Name              string    `json:"name,omitempty"`
	CreatedAt         time.Time `json:"created_at,omitzero"`
	LastAuth          time.Time `json:"last_auth,omitzero"`
}

func viewOf(a *models.Authenticator) authenticatorView {
	v := authenticatorView{
		ID: authenticatorID(a), AuthenticatorType: challengeKind(a.Type), Type: string(a.Type), Active: true,
		CreatedAt: a.CreatedAt.UTC(), LastAuth: a.LastUsedAt.UTC(),
	}
	switch a.Type {
	case models.FactorRecoveryCode:
		v.AuthenticatorType = string(models.FactorRecoveryCode)
	case models.FactorPhone:
		v.OOBChannel = "sms"
	case models.FactorEmail:
		v.OOBChannel = "email"
	}
	if a.Address != "" {
		v.Name = a.MaskedAddress()
	}
	return v
}

// Scopes of the MFA API.
const (
	scopeReadAuthenticators   = "read:authenticators"
	scopeRemoveAuthenticators = "remove:authenticators"
)

// serveAuthenticators answers GET /mfa/authenticators, to an mfa_token or to an access token for the MFA API.
func (s *Server) serveAuthenticators(w http.ResponseWriter, r *http.Request) {
	st, err := s.factorsOfBearer(r)
	if err != nil {
		s.writeBearerError(w, r, err)
		return
	}
	views := make([]authenticatorView, len(st.Enrolled))
	for i := range st.Enrolled {
		views[i] = viewOf(&st.Enrolled[i])
	}
	writeJSON(w, http.StatusOK, views)
}

func (s *Server) factorsOfBearer(r *http.Request) (*models.FactorStanding, error) {
	token, err := bearerToken(r)
	if err != nil {
		return nil, err
	}
	if strings.Count(token, ".") != 2 {
		t, err := s.waitingGrant(r.Context(), token, "")
		if err != nil {
			return nil, err
		}
		return t.standing, nil
	}
	st, _, err := s.factorsOfUser(r, token, scopeReadAuthenticators)
	return st, err
}

// factorsOfUser returns the factors of whoever an access token for the MFA API speaks for, and when it was issued.
func (s *Server) factorsOfUser(r *http.Request, token, scope string) (*models.FactorStanding, time.Time, error) {
	ctx := r.Context()
	claims, err := s.VerifyAccessToken(ctx, token, s.mfaAudience)
	if errors.Is(err, errToken) {
		return nil, time.Time{}, errInvalidToken
	}
	if err != nil {
		return nil, time.Time{}, err
	}
	if !slices.Contains(claims.Scopes, scope) {
		return nil, time.Time{}, &bearerError{http.StatusForbidden, codeInsufficientScope, "Insufficient scope, expected any of: " + scope, scope}
	}
	user, err := s.people.User(ctx, claims.Subject)
	if errors.Is(err, models.ErrNotFound) || (err == nil && user.Blocked) {
		return nil, time.Time{}, errInvalidToken
	}
	if err != nil {
		return nil, time.Time{}, fmt.Errorf("read user: %w", err)
	}
	st, err := s.standing(ctx, user)
	return st, claims.IssuedAt, err
}

// serveDeleteAuthenticator answers DELETE /mfa/authenticators/{id}, to an access token for the MFA API: to get one takes a second
// factor, where the user has one.
func (s *Server) serveDeleteAuthenticator(w http.ResponseWriter, r *http.Request) {
	token, err := bearerToken(r)
	if err != nil {
		s.writeBearerError(w, r, err)
		return
	}
	st, issued, err := s.factorsOfUser(r, token, scopeRemoveAuthenticators)
	if err == nil {
		err = s.deleteAuthenticator(r, st, issued)
	}
	if err != nil {
		s.writeBearerError(w, r, err)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// errOlderToken refuses to remove a factor to a token that is older than it: it may have been had for a password alone (RFC 9470 3).
var errOlderToken = &bearerError{
	http.StatusUnauthorized, "insufficient_user_authentication", "The access token is older than the authenticator.", "",
}

// deleteAuthenticator removes a factor for an access token of that age, which is told in whole seconds.
func (s *Server) deleteAuthenticator(r *http.Request, st *models.FactorStanding, issued time.Time) error {
	ctx := r.Context()
	notFound := &Error{Code: codeInvalidRequest, Description: "The authenticator does not exist.", Status: http.StatusNotFound}
	id, err := url.PathUnescape(mux.Vars(r)["id"])
	if err != nil {
		return notFound
	}
	kind := models.FactorType("")
	if a := st.ByID(id); a != nil {
		kind = a.Type
		if !issued.Add(time.Second).After(a.CreatedAt) {
			return errOlderToken
		}
	}
	err = s.factorsOpen.DeleteAuthenticator(ctx, st.User.ID, id, s.factorLog(ctx, &Session{User: st.User}, models.LogFactorRemoved, kind))
	if errors.Is(err, models.ErrNotFound) {
		return notFound
	}
	if err != nil {
		return fmt.Errorf("delete authenticator: %w", err)
	}
	return nil
}

package oauth

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"example.com/keepsake/hooks"
	"example.com/keepsake/models"
)

// Error codes of the MFA API (contract 5.3).
const (
	codeMFARequired          = "mfa_required"
	codeExpiredToken         = "expired_token"
	codeUnsupportedChallenge = "unsupported_challenge_type"
	codeTooManyAttempts      = "too_many_attempts"
)

// The errors of second factors, byte for byte as contract 3.5 and 5.3 have them: SDKs compare them.
var (
	errMFARequired  = &Error{Code: codeMFARequired, Description: models.MFARequiredMessage, Status: http.StatusForbidden}
	errMFAToken     = &Error{Code: codeInvalidGrant, Description: "Malformed mfa_token", Status: http.StatusForbidden}
	errMFAExpired   = &Error{Code: codeExpiredToken, Description: "mfa_token is expired", Status: http.StatusForbidden}
	errOTP          = &Error{Code: codeInvalidGrant, Description: "Invalid otp_code.", Status: http.StatusForbidden}
	errBindingCode  = &Error{Code: codeInvalidGrant, Description: "Invalid binding_code.", Status: http.StatusForbidden}
	errRecoveryCode = &Error{Code: codeInvalidGrant, Description: "MFA Authorization rejected.", Status: http.StatusForbidden}
	errNotEnrolled  = &Error{
		Code: codeUnsupportedChallenge, Status: http.StatusForbidden,
		Description: "User is not enrolled. You can use /mfa/associate endpoint to enroll the first authenticator.",
	}
	errEnrolled     = accessDenied("User is already enrolled.")
	errTooManyCodes = &Error{
		Code: codeTooManyAttempts, Status: http.StatusTooManyRequests,
		Description: "Too many failed codes. Wait for some minutes before retrying.",
	}
)

// mfaDemand is what a client has to do before its grant goes on.
type mfaDemand struct {
	token        string
	requirements mfaRequirements
}

// mfaRequirements says which factors will do: those that the user has, or those that the user can enrol.
type mfaRequirements struct {
	Challenge []mfaRequirement `json:"challenge,omitempty"`
	Enroll    []mfaRequirement `json:"enroll,omitempty"`
}

type mfaRequirement struct {
	Type string `json:"type"`
}

// Is reports whether the target is this error: that of one demand is as good as that of another.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t == errMFARequired && e.Code == codeMFARequired
}

// pendingGrant is a direct grant that waits for a second factor. Nothing of it has been consumed. It is stored sealed, in the MFA transaction
// that the mfa_token names.
type pendingGrant struct {
	GrantType      string              `json:"grant_type"`
	Requested      []string            `json:"requested,omitempty"`
	Audience       string              `json:"audience,omitempty"`
	Connection     string              `json:"connection,omitempty"`
	OrganizationID string              `json:"organization_id,omitempty"`
	AuthTime       time.Time           `json:"auth_time,omitzero"`
	AuthMethods    []models.AuthMethod `json:"auth_methods,omitempty"`
	Proved         []models.AuthMethod `json:"proved,omitempty"`
	// Password is the hash of what the user's password was checked against: who has another one by now has to enter that.
	Password []byte `json:"password,omitempty"`
	// RefreshTokenID, Generation and Presented say which refresh token was presented, the last by its hash.
	RefreshTokenID string `json:"refresh_token_id,omitempty"`
	Generation     int64  `json:"generation,omitempty"`
	Presented      []byte `json:"presented,omitempty"`
	// Hooks is what the hooks go on from. Its suspension's first request is the one that is open.
	Hooks *hooks.State `json:"hooks"`
}

// request is the request for a factor that is open.
func (p *pendingGrant) request() models.FactorRequest { return p.Hooks.Suspension().Factors[0] }

// wants reports whether a kind of factor will do.
func (p *pendingGrant) wants(t models.FactorType) bool {
	return slices.ContainsFunc(p.request().Factors, func(f models.Factor) bool { return f.Type == string(t) })
}

// askForFactor turns the suspension of a direct grant's hooks into mfa_required, with an mfa_token to go on with. Any other error is returned
// as it is; so is a suspension that needs a browser, be it after the factor only: the hook would go on as if the user had been there.
func (s *Server) askForFactor(ctx context.Context, session *Session, err error) error {
	var suspended *hooks.SuspendedError
	if !errors.As(err, &suspended) {
		return err
	}
	if suspended.State.Suspension().NeedsBrowser() {
		return err
	}
	pending := &pendingGrant{
		GrantType: session.GrantType, Requested: session.Requested, Connection: session.Connection.Name,
		AuthTime: session.AuthTime, AuthMethods: session.AuthMethods, Proved: session.proved, Hooks: suspended.State,
	}
	if session.API != nil {
		pending.Audience = session.API.Identifier
	}
	if session.Organization != nil {
		pending.OrganizationID = session.Organization.ID
	}
	if t := session.RefreshToken; t != nil {
		pending.RefreshTokenID, pending.Generation, pending.Presented = t.ID, session.Generation, session.presented
	} else {
		pending.Password = models.HashSecret(session.User.PasswordHash)
	}
	state, err := json.Marshal(pending)
	if err != nil {
		return fmt.Errorf("encode the pending grant: %w", err)
	}
	now := s.now()
	t := &models.MFATransaction{
		ID: models.NewSecret(), UserID: session.User.ID, ClientID: session.Client.ID, State: state,
		CreatedAt: now, ExpiresAt: now.Add(models.MFATokenLifetime),
	}
	if err := s.factorsOpen.OpenMFATransaction(ctx, t); err != nil {
		return fmt.Errorf("write the pending grant: %w", err)
	}
	s.write(ctx, s.factorRequiredLog(ctx, session, suspended.State.Suspension().Factors))
	required := *errMFARequired
	required.mfa = &mfaDemand{token: t.ID, requirements: requirementsOf(pending.request())}
	return &required
}

func requirementsOf(r models.FactorRequest) mfaRequirements {
	list := make([]mfaRequirement, len(r.Factors))
	for i, f := range r.Factors {
		list[i].Type = f.Type
	}
	if r.Mode == models.FactorEnroll {
		return mfaRequirements{Enroll: list}
	}
	return mfaRequirements{Challenge: list}
}

// waitingGrant is an MFA transaction with what it is about.
type waitingGrant struct {
	*models.MFATransaction
	pending  *pendingGrant
	standing *models.FactorStanding
}

// waitingGrant finds the grant behind an mfa_token. clientID is the client that presents it; "" where nobody says. errMFAToken,
// errMFAExpired, errUserBlocked.
func (s *Server) waitingGrant(ctx context.Context, token, clientID string) (*waitingGrant, error) {
	t, err := s.factorsOpen.MFATransaction(ctx, token)
	if errors.Is(err, models.ErrNotFound) {
		return nil, errMFAToken
	}
	if err != nil {
		return nil, fmt.Errorf("read the pending grant: %w", err)
	}
	// One without a state is a browser's, and nobody's to present.
	if t.State == nil || (clientID != "" && t.ClientID != clientID) {
		return nil, errMFAToken
	}
	if t.Expired(s.now()) {
		return nil, errMFAExpired
	}
	g := &waitingGrant{MFATransaction: t, pending: new(pendingGrant)}
	if err := json.Unmarshal(t.State, g.pending); err != nil || g.pending.Hooks == nil || g.pending.Hooks.Outcome == nil ||
		g.pending.Hooks.Suspension() == nil || len(g.pending.Hooks.Suspension().Factors) == 0 {
		return nil, errors.New("the stored state of a pending grant is damaged") // encoding/json's own error may quote it
	}
	user, err := s.people.User(ctx, t.UserID)
	if errors.Is(err, models.ErrNotFound) {
		return nil, errMFAToken
	}
	if err != nil {
		return nil, fmt.Errorf("read user: %w", err)
	}
	if user.Blocked {
		return nil, errUserBlocked
	}
	g.standing, err = s.standing(ctx, user)
	return g, err
}

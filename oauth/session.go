package oauth

import (
	"time"

	"github.com/ory/fosite"

	"example.com/keepsake/hooks"
	"example.com/keepsake/models"
)

// Session is fosite's session of one request, and what its handlers tell one another: whom the tokens are for, what was
// granted, and what the hooks decided. It lives as long as the request; nothing of it is stored as it is.
type Session struct {
	GrantType    string
	Client       *models.Client
	User         *models.User // nil for client_credentials
	Browser      *models.Session
	SessionID    string // the browser session's id, also when that has ended
	Connection   *models.Connection
	Organization *models.Organization
	API          *models.ResourceServer // nil: good for /userinfo only
	RoleIDs      []string               // the user's and the membership's

	// Granted is what the user's grant allows, Scopes what this access token gets of it.
	Granted []string
	Scopes  []string
	// Requested is the scope parameter.
	Requested   []string
	AuthTime    time.Time
	AuthMethods []models.AuthMethod
	Nonce       string
	// SendAuthTime asks for auth_time in the ID token.
	SendAuthTime bool

	Code         *models.AuthorizationCode // code exchange
	RefreshToken *models.RefreshToken      // refresh exchange: the family as it was read
	Generation   int64                     // refresh exchange: the presented token's

	// chain is what runs at this transaction, once somebody has asked for it (Server.chain).
	chain *hooks.Chain
	// Decision and Effects are what the hooks decided; Execution is the record of their run.
	Decision  models.Decision
	Effects   models.LoginEffects
	Execution *models.Execution
	// Change is what they decided about the browser session; sessionClamped says that they asked for more than that.
	Change         models.SessionChange
	sessionClamped bool
	// risk is the risk assessment, when a hook has asked for it.
	risk *models.RiskAssessment
	// logID is the id of the log event of this transaction, allotted before the hooks run: their execution has the same.
	logID string
	// resumed is what the hooks go on from when a direct grant has got its second factor; nil otherwise.
	resumed *hooks.State
	// proved are the factors that were given in this transaction; remembered says whether the user's browser need not give one (nil:
	// there is no browser).
	proved     []models.AuthMethod
	remembered func() (bool, error)
	// presented is the hash of the refresh token that was presented.
	presented []byte
	// passed is the factor that was given in this request.
	passed *models.FactorPassed
	// transactionID is event.transaction.id of a browser login: the log event's id, unless the login was suspended.
	transactionID string
	// accessTokenID is the jti of the access token, for the log.
	accessTokenID string
	// maskedCode is the presented authorization code as the log shows it.
	maskedCode string
}

var _ fosite.Session = (*Session)(nil)

// SetExpiresAt does nothing: lifetimes are decided where the tokens are made.
func (s *Session) SetExpiresAt(fosite.TokenType, time.Time) {}

// GetExpiresAt returns the zero time.
func (s *Session) GetExpiresAt(fosite.TokenType) time.Time { return time.Time{} }

// GetUsername returns the user's name for logs.
func (s *Session) GetUsername() string {
	if s.User == nil {
		return ""
	}
	return s.User.DisplayName()
}

// GetSubject returns the sub claim (contract 5.4).
func (s *Session) GetSubject() string {
	if s.User == nil {
		return s.Client.ID + "@clients"
	}
	return s.User.ID
}

// Clone returns a copy; fosite's own default would lose our fields.
func (s *Session) Clone() fosite.Session {
	c := *s
	return &c
}

// adopt takes over what a run of the hooks decided.
func (s *Session) adopt(o *hooks.Outcome) {
	s.Decision = o.Decision()
	s.Scopes = o.Scopes(s.Scopes)
	s.Effects.AppMetadata, s.Effects.UserMetadata = o.AppMetadata, o.UserMetadata
	s.Effects.SessionMetadata = o.SessionMetadata
}

func (s *Session) has(scope string) bool {
	for _, v := range s.Scopes {
		if v == scope {
			return true
		}
	}
	return false
}

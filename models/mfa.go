package models

import (
	"errors"
	"slices"
	"strings"
	"time"
)

// FactorType is a kind of second factor, by the name that Actions have for it (contract 3.3).
type FactorType string

// The factors that Keepsake has.
const (
	FactorOTP          FactorType = "otp"
	FactorRecoveryCode FactorType = "recovery-code"
	FactorEmail        FactorType = "email"
	FactorPhone        FactorType = "phone"
)

// FactorTypes are all that Keepsake has, the strongest first: the order in which they are offered.
var FactorTypes = []FactorType{FactorOTP, FactorPhone, FactorEmail, FactorRecoveryCode}

// DefaultFactors are enabled in a tenant that does not say which.
var DefaultFactors = []FactorType{FactorOTP, FactorRecoveryCode}

// Limits of second factors.
const (
	// MFATokenLifetime is how long a client may take to satisfy a demand for a second factor.
	MFATokenLifetime = 10 * time.Minute
	// FactorCodeLifetime is how long a code that was sent to a person is good for.
	FactorCodeLifetime = 5 * time.Minute
	// MaxFactorAttempts is how many wrong codes one login may take, and MaxFactorFailures how many one user in a
	// FactorWindow: six digits are no secret to somebody who may guess for long.
	MaxFactorAttempts = 5
	MaxFactorFailures = 10
	// MaxFactorMessages is how many codes are sent to one user in a FactorWindow.
	MaxFactorMessages = 10
	FactorWindow      = time.Hour
	// RememberedBrowserLifetime is how long a browser is not asked again (contract 3.3, multifactor.enable).
	RememberedBrowserLifetime = 30 * 24 * time.Hour
)

// Authenticator is one second factor that a user has. Its id begins with the kind, as at Auth0: "totp|dev_…".
type Authenticator struct {
	ID     string
	UserID string
	Type   FactorType
	// Key is the shared key of a TOTP authenticator (RFC 6238), in base32 without padding. It is stored sealed.
	Key string
	// CodeHash is HashSecret of a recovery code.
	CodeHash []byte
	// Address is where codes are sent: an email address, or a phone number in E.164.
	Address string
	// LastStep is the newest time step of which a code was taken: no code counts twice (RFC 6238 5.2).
	LastStep  int64
	CreatedAt time.Time
	// LastUsedAt is when a code of it was last taken; zero: never.
	LastUsedAt time.Time
}

var authenticatorPrefixes = map[FactorType]string{
	FactorOTP: "totp|dev_", FactorRecoveryCode: "recovery-code|dev_", FactorEmail: "email|dev_", FactorPhone: "sms|dev_",
}

// NewAuthenticatorID returns the id of a new authenticator of a kind.
func NewAuthenticatorID(t FactorType, now time.Time) string {
	return NewID(authenticatorPrefixes[t], now)
}

// MaskedAddress is the address with most of it hidden: enough for its owner to know which one it is.
func (a *Authenticator) MaskedAddress() string { return MaskAddress(a.Type, a.Address) }

// MaskAddress hides most of an email address or a phone number.
func MaskAddress(t FactorType, address string) string {
	if t == FactorEmail {
		local, domain, _ := strings.Cut(address, "@")
		first := ""
		for _, r := range local {
			first = string(r)
			break
		}
		return first + "****@" + domain
	}
	const shown = 4
	if len(address) <= shown {
		return strings.Repeat("X", len(address))
	}
	return strings.Repeat("X", len(address)-shown) + address[len(address)-shown:]
}

// FactorEnabled reports whether the tenant offers a factor.
func (t *Tenant) FactorEnabled(f FactorType) bool {
	if t.Factors == nil {
		return slices.Contains(DefaultFactors, f)
	}
	return slices.Contains(t.Factors, f)
}

// MFATransaction is a second factor on its way: what was asked for, what was sent, how often it was guessed. Only the hash of its
// ID is stored. That of a direct grant is the mfa_token; that of a browser belongs to a login transaction.
type MFATransaction struct {
	ID       string
	UserID   string
	ClientID string
	// State is what the grant behind it needs to go on. It is stored sealed; nil in a browser's.
	State []byte
	// Enrolment is the authenticator that waits for its first code; nil when none does. It is stored sealed.
	Enrolment *Enrolment
	// Challenge is the code that was sent; nil when none was.
	Challenge *SentCode
	Attempts  int
	CreatedAt time.Time
	ExpiresAt time.Time
}

// Expired reports whether the transaction has ended.
func (t *MFATransaction) Expired(now time.Time) bool { return ended(t.ExpiresAt, now) }

// Enrolment is an authenticator before its first code was seen.
type Enrolment struct {
	Type    FactorType `json:"type"`
	Key     string     `json:"key,omitempty"`
	Address string     `json:"address,omitempty"`
	// RecoveryHash is HashSecret of the recovery code that the client was given with it; nil when it was given none.
	RecoveryHash []byte `json:"recovery_hash,omitempty"`
	// Additional says that the user proved another factor before: only then may it stand beside others.
	Additional bool `json:"additional,omitempty"`
}

// SentCode is a code on its way back from a person.
type SentCode struct {
	// AuthenticatorID is whose code it is; empty for that of an enrolment, and for the user's own email address.
	AuthenticatorID string
	Type            FactorType
	// OOBHash is HashSecret of the oob_code that the client holds; nil in a browser.
	OOBHash []byte
	// CodeMAC is a MAC of the digits, under a key of the server's: a bare hash of so few would tell them.
	CodeMAC   []byte
	ExpiresAt time.Time
}

// Message is a one-time code on its way to a person.
type Message struct {
	Type FactorType // FactorEmail or FactorPhone
	To   string
	// Code is the digits. Whoever reads them passes for the person: they go to the recipient and nowhere else.
	Code      string
	Tenant    string // the tenant's name, for the text
	UserID    string
	ExpiresIn time.Duration
}

// MFARequiredMessage is what clients and the tenant's log read when a second factor is wanted (contract 5.3).
const MFARequiredMessage = "Multifactor authentication required"

// AuthMethodMFA is the name of a second factor among event.authentication.methods (contract 2.9).
const AuthMethodMFA = "mfa"

// MFAMethod is the entry of event.authentication.methods for a second factor.
func MFAMethod(t FactorType, at time.Time) AuthMethod {
	return AuthMethod{Name: AuthMethodMFA, Timestamp: at, Type: string(t)}
}

// FactorLogType returns the type of the log event about a factor that was given: nil as the cause says that it was right. "" says that
// the cause is none that is logged.
func FactorLogType(t FactorType, cause error) LogType {
	recovery := t == FactorRecoveryCode
	pick := func(forRecovery, otherwise LogType) LogType {
		if recovery {
			return forRecovery
		}
		return otherwise
	}
	switch {
	case cause == nil:
		return pick(LogRecoveryPassed, LogFactorPassed)
	case errors.Is(cause, ErrWrongCode):
		return pick(LogRecoveryFailed, LogFactorFailed)
	case errors.Is(cause, ErrTooMany):
		return pick(LogRecoveryLimit, LogFactorLimit)
	}
	return ""
}

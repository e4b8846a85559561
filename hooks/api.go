package hooks

import (
	"bytes"
	"encoding/json"
	"errors"
	"log/slog"
	"math"
	"strings"
	"time"
	"unicode"

	"example.com/keepsake/models"
)

// API is what a hook may do: Auth0's post-login api object (contract section 3). One API serves one hook's run.
// Values that come from JavaScript are checked here, not converted: what is no string is refused where Auth0 refuses it.
type API struct {
	Access       AccessAPI
	AccessToken  AccessTokenAPI
	IDToken      IDTokenAPI
	RefreshToken *RefreshTokenAPI
	Session      *SessionAPI
	Transaction  TransactionAPI
	User         UserAPI

	Redirect       RedirectAPI
	Prompt         PromptAPI
	Authentication AuthenticationAPI
	Cache          CacheAPI
	Groups         GroupsAPI
	Multifactor    MultifactorAPI
	Roles          RolesAPI
	Rules          RulesAPI
	SAMLResponse   SAMLResponseAPI
	Validation     ValidationAPI

	event      *Event
	denied     *DeniedError
	console    console
	now        func() time.Time
	cache      func() cacheStore
	writes     int // of the cache
	before     *userPatches
	continuing bool // the hook goes on after the browser's return
	aborted    error
	outside    func()
}

func newAPI(event *Event, out *Outcome, hook string) *API {
	a := &API{event: event}
	f := &flow{event: event, out: out, api: a, hook: hook}
	a.Access = AccessAPI{f}
	a.AccessToken = AccessTokenAPI{f}
	a.IDToken = IDTokenAPI{f}
	a.RefreshToken = &RefreshTokenAPI{flow: f}
	a.Session = &SessionAPI{flow: f}
	a.Transaction = TransactionAPI{f}
	a.User = UserAPI{f}
	a.Redirect = RedirectAPI{f}
	a.Prompt = PromptAPI{f}
	a.Authentication = AuthenticationAPI{f}
	a.Cache = CacheAPI{f}
	a.Groups = GroupsAPI{f}
	a.Multifactor = MultifactorAPI{f}
	a.Roles = RolesAPI{f}
	a.Validation = ValidationAPI{f}
	return a
}

// Log takes a line of console output.
func (a *API) Log(level slog.Level, text string) { a.console.write(level, text) }

// Logger returns where platform messages about the hook go; nil when the chain has none.
func (a *API) Logger() *slog.Logger { return a.console.logger }

// Now is the chain's clock.
func (a *API) Now() time.Time { return a.now() }

// flow is what the parts of one API share.
type flow struct {
	event *Event
	out   *Outcome
	api   *API
	hook  string
}

// deny merges a denial into those of the same run. The first reason counts, but one of a revocation goes before others.
func (f *flow) deny(d DeniedError) {
	d.Hook = f.hook
	have := f.api.denied
	if have == nil {
		f.api.denied = &d
		return
	}
	revokes, revoked := d.Revoke || d.RevokeSession, have.Revoke || have.RevokeSession
	if have.Reason == "" && have.Code == "" || revokes && !revoked {
		have.Reason, have.Code = d.Reason, d.Code
	}
	if d.RevokeSession {
		have.PreserveRefreshTokens = d.PreserveRefreshTokens && (have.PreserveRefreshTokens || !have.RevokeSession)
	}
	have.Revoke = have.Revoke || d.Revoke
	have.RevokeSession = have.RevokeSession || d.RevokeSession
}

// AccessAPI is api.access.
type AccessAPI struct{ *flow }

// Deny denies the transaction once the hook has finished. The first reason counts.
func (a AccessAPI) Deny(reason string) { a.deny(DeniedError{Reason: reason}) }

// AccessTokenAPI is api.accessToken.
type AccessTokenAPI struct{ *flow }

// SetCustomClaim puts a claim into the access token. A restricted name is ignored; "scope" is an error (contract 3.4).
func (a AccessTokenAPI) SetCustomClaim(name string, value any) error {
	private := a.event.ResourceServer != nil && a.event.ResourceServer.System
	return setClaim(&a.out.AccessTokenClaims, name, value, private)
}

// AddScope adds a scope to the access token (messages of contract 3.3).
func (a AccessTokenAPI) AddScope(scope any) error {
	s, err := checkScope(scope)
	if err != nil {
		return err
	}
	a.out.RemovedScopes = remove(a.out.RemovedScopes, s)
	if !contains(a.out.AddedScopes, s) {
		if len(a.out.AddedScopes) >= maxScopes {
			return errors.New("The number of scopes exceeds the allowed maximum of 1000.")
		}
		a.out.AddedScopes = append(a.out.AddedScopes, s)
	}
	return nil
}

// RemoveScope takes a scope from the access token.
func (a AccessTokenAPI) RemoveScope(scope any) error {
	s, err := checkScope(scope)
	if err != nil {
		return err
	}
	a.out.AddedScopes = remove(a.out.AddedScopes, s)
	if !contains(a.out.RemovedScopes, s) {
		if len(a.out.RemovedScopes) >= maxScopes {
			return errors.New("The number of scopes exceeds the allowed maximum of 1000.")
		}
		a.out.RemovedScopes = append(a.out.RemovedScopes, s)
	}
	return nil
}

const (
	maxScopes      = 1000
	maxScopeLength = 280
)

// ErrScopeType is the one scope error that JavaScript sees as a TypeError.
var ErrScopeType = errors.New("The value for the scope must be a string.")

// CheckScope returns the error that addScope and removeScope have for a value; nil for one that they take.
func CheckScope(scope any) error {
	_, err := checkScope(scope)
	return err
}

func checkScope(scope any) (string, error) {
	s, ok := scope.(string)
	if !ok {
		return "", ErrScopeType
	}
	s = strings.TrimFunc(s, isSpace)
	switch {
	case s == "":
		return "", errors.New("The value for the scope is required.")
	case models.UTF16Length(s) > maxScopeLength:
		return "", errors.New("The value for the scope exceeds the allowed maximum of 280 characters.")
	case strings.ContainsFunc(s, isSpace):
		return "", errors.New("The value for the scope must not have whitespace.")
	}
	return s, nil
}

// isSpace reports what JavaScript's trim() and \s take for white space (ECMA-262 12.2, 12.3).
func isSpace(r rune) bool {
	switch r {
	case '\t', '\n', '\v', '\f', '\r', '\u2028', '\u2029', '\ufeff':
		return true
	}
	return unicode.Is(unicode.Zs, r)
}

func remove(list []string, s string) []string {
	out := list[:0:0]
	for _, v := range list {
		if v != s {
			out = append(out, v)
		}
	}
	return out
}

// IDTokenAPI is api.idToken.
type IDTokenAPI struct{ *flow }

// SetCustomClaim puts a claim into the ID token and the answer of /userinfo, by the rules of the access token's.
func (a IDTokenAPI) SetCustomClaim(name string, value any) error {
	return setClaim(&a.out.IDTokenClaims, name, value, false)
}

// TransactionAPI is api.transaction.
type TransactionAPI struct{ *flow }

const (
	maxTransactionKey   = 64
	maxTransactionValue = 8 << 10
	maxTransactionTotal = 16 << 10
)

// SetMetadata sets a value that this hook and later ones of the transaction see in event.transaction.metadata: a string,
// a number (float64, int or int64, kept as float64) or a boolean; nil deletes. Limits of contract 3.3.
func (a TransactionAPI) SetMetadata(key, value any) error {
	k, ok := key.(string)
	switch {
	case !ok:
		return errors.New("Failed to set transaction metadata: the key must be a string")
	case models.UTF16Length(k) > maxTransactionKey:
		return errors.New("Failed to set transaction metadata: the key must be at most 64 characters long")
	}
	if a.event.Transaction == nil {
		a.event.Transaction = &Transaction{}
	}
	next := make(map[string]any, len(a.event.Transaction.Metadata)+1)
	total := 0
	for name, v := range a.event.Transaction.Metadata {
		if name != k {
			next[name] = v
			total += len(name) + sizeOf(v)
		}
	}
	if value != nil {
		v, ok := transactionValue(value)
		switch {
		case !ok:
			return errors.New("Failed to set transaction metadata: the value must be a string, a number or a boolean")
		case sizeOf(v) > maxTransactionValue:
			return errors.New("Failed to set transaction metadata: the value must be at most 8 KB")
		case total+len(k)+sizeOf(v) > maxTransactionTotal:
			return errors.New("Failed to set transaction metadata: the metadata must be at most 16 KB in total")
		}
		next[k] = v
	}
	a.event.Transaction.Metadata = next
	return nil
}

// transactionValue returns value as Transaction.Metadata has it.
func transactionValue(value any) (any, bool) {
	switch v := value.(type) {
	case string, float64, bool:
		return v, true
	case int:
		return float64(v), true
	case int64:
		return float64(v), true
	}
	return nil, false
}

func sizeOf(v any) int {
	if s, ok := v.(string); ok {
		return len(s)
	}
	return 8
}

// UserAPI is api.user. Its writes are batched and made once, at the end of the transaction; event.user does not change.
type UserAPI struct{ *flow }

// SetAppMetadata sets one key of the user's app_metadata to any JSON value; nil deletes it.
func (a UserAPI) SetAppMetadata(key string, value any) error {
	a.remember()
	return setUserMetadata(&a.out.AppMetadata, a.event.User.AppMetadata, key, value, "Unexpected app_metadata format. Must be a valid JSON object")
}

// SetUserMetadata sets one key of the user's user_metadata to any JSON value; nil deletes it.
func (a UserAPI) SetUserMetadata(key string, value any) error {
	a.remember()
	return setUserMetadata(&a.out.UserMetadata, a.event.User.UserMetadata, key, value, "Unexpected user_metadata format. Must be a valid JSON object.")
}

func setUserMetadata(patch *map[string]any, current map[string]any, key string, value any, message string) error {
	merged := make(map[string]any, len(current)+len(*patch)+1)
	for _, m := range []map[string]any{current, *patch, {key: value}} {
		for k, v := range m {
			if v == nil {
				delete(merged, k)
			} else {
				merged[k] = v
			}
		}
	}
	if size, err := jsonSize(merged); err != nil || size > models.MaxUserMetadata {
		return errors.New(message)
	}
	if *patch == nil {
		*patch = make(map[string]any)
	}
	(*patch)[key] = value
	return nil
}

// jsonSize returns how many bytes v has as JSON. json.Marshal would count six for each of <, > and &.
func jsonSize(v any) (int, error) {
	var text bytes.Buffer
	e := json.NewEncoder(&text)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return 0, err
	}
	return text.Len() - 1, nil // without the line's end
}

// The two kinds of expiry, as Auth0's messages name them.
const (
	expiryAbsolute = "absolute"
	expiryIdle     = "inactivity"
)

// earliest keeps the earlier of two expiries of a kind (contract 3.6).
func earliest(have *time.Time, kind string, ms float64) error {
	switch {
	case ms == 0 || math.IsNaN(ms):
		return errors.New("Either inactivity or absolute expiration time must be provided")
	case math.IsInf(ms, 0):
		return errors.New(kind + " must be number")
	}
	t := time.UnixMilli(int64(min(max(ms, 0), maxExpiryMillis))).UTC()
	if have.IsZero() || t.Before(*have) {
		*have = t
	}
	return nil
}

// maxExpiryMillis is the last millisecond of the year 9999, behind which a time can't be written as RFC 3339 has it. What
// is before 1970 counts as 1970: both are long over.
const maxExpiryMillis = 253402300799999

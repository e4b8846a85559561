package hooks

import (
	"encoding/json"
	"errors"
	"log/slog"
	"math"
	"strings"
	"time"
	"unicode/utf16"

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

	denied  *DeniedError
	console console
}

func newAPI(event *Event, out *Outcome, hook string) *API {
	a := &API{}
	f := &flow{event: event, out: out, api: a, hook: hook}
	a.Access = AccessAPI{f}
	a.AccessToken = AccessTokenAPI{f}
	a.IDToken = IDTokenAPI{f}
	a.RefreshToken = &RefreshTokenAPI{flow: f}
	a.Session = &SessionAPI{flow: f}
	a.Transaction = TransactionAPI{f}
	a.User = UserAPI{f}
	return a
}

// Log takes a line of console output.
func (a *API) Log(level slog.Level, text string) { a.console.write(level, text) }

// Logger returns where platform messages about the hook go; nil when the chain has none.
func (a *API) Logger() *slog.Logger { return a.console.logger }

// flow is what the parts of one API share.
type flow struct {
	event *Event
	out   *Outcome
	api   *API
	hook  string
}

func (f *flow) deny(reason string, revoke bool) {
	if f.api.denied == nil {
		f.api.denied = &DeniedError{Hook: f.hook}
	}
	if f.api.denied.Reason == "" || (revoke && !f.api.denied.Revoke) {
		f.api.denied.Reason = reason
	}
	f.api.denied.Revoke = f.api.denied.Revoke || revoke
}

// AccessAPI is api.access.
type AccessAPI struct{ *flow }

// Deny denies the transaction once the hook has finished. The first reason counts.
func (a AccessAPI) Deny(reason string) { a.deny(reason, false) }

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

func checkScope(scope any) (string, error) {
	s, ok := scope.(string)
	if !ok {
		return "", ErrScopeType
	}
	s = strings.TrimSpace(s)
	switch {
	case s == "":
		return "", errors.New("The value for the scope is required.")
	case len(s) > maxScopeLength:
		return "", errors.New("The value for the scope exceeds the allowed maximum of 280 characters.")
	case strings.ContainsAny(s, " \t\n\v\f\r\u00a0\ufeff"):
		return "", errors.New("The value for the scope must not have whitespace.")
	}
	return s, nil
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

// SetMetadata sets a value that later hooks of this transaction see in event.transaction.metadata: a string, a number (float64 or
// int64) or a boolean; nil deletes. Limits of contract 3.3.
func (a TransactionAPI) SetMetadata(key, value any) error {
	k, ok := key.(string)
	switch {
	case !ok:
		return errors.New("Failed to set transaction metadata: the key must be a string")
	case length16(k) > maxTransactionKey:
		return errors.New("Failed to set transaction metadata: the key must be at most 64 characters long")
	case a.event.Transaction == nil:
		return errors.New("Failed to set transaction metadata: there is no transaction")
	}
	next := make(map[string]any, len(a.event.Transaction.Metadata)+1)
	total := 0
	for name, v := range a.event.Transaction.Metadata {
		if name != k {
			next[name] = v
			total += len(name) + sizeOf(v)
		}
	}
	switch value.(type) {
	case nil:
	case string, float64, int64, bool:
		if sizeOf(value) > maxTransactionValue {
			return errors.New("Failed to set transaction metadata: the value must be at most 8 KB")
		}
		if total+len(k)+sizeOf(value) > maxTransactionTotal {
			return errors.New("Failed to set transaction metadata: the metadata must be at most 16 KB in total")
		}
		next[k] = value
	default:
		return errors.New("Failed to set transaction metadata: the value must be a string, a number or a boolean")
	}
	a.event.Transaction.Metadata = next
	return nil
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
	return setUserMetadata(&a.out.AppMetadata, a.event.User.AppMetadata, key, value, "Unexpected app_metadata format. Must be a valid JSON object")
}

// SetUserMetadata sets one key of the user's user_metadata to any JSON value; nil deletes it.
func (a UserAPI) SetUserMetadata(key string, value any) error {
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
	text, err := json.Marshal(merged)
	if err != nil || len(text) > models.MaxUserMetadata {
		return errors.New(message)
	}
	if *patch == nil {
		*patch = make(map[string]any)
	}
	(*patch)[key] = value
	return nil
}

// earliest keeps the earlier of two expiries (contract 3.6).
func earliest(have *time.Time, ms float64) error {
	if ms == 0 || math.IsNaN(ms) || math.IsInf(ms, 0) {
		return errors.New("Either inactivity or absolute expiration time must be provided")
	}
	t := time.UnixMilli(int64(min(max(ms, -maxDateMillis), maxDateMillis))).UTC()
	if have.IsZero() || t.Before(*have) {
		*have = t
	}
	return nil
}

// maxDateMillis is the largest time value of a JavaScript Date (ECMA-262 21.4.1.1).
const maxDateMillis = 8.64e15

func length16(s string) int {
	n := 0
	for _, r := range s {
		n += max(utf16.RuneLen(r), 1)
	}
	return n
}

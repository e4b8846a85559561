package models

import "slices"

// Scopes of OpenID Connect (OIDC Core 3.1.2.1, 5.4, 11). They are always allowed and belong to no API (contract 5.1).
const (
	ScopeOpenID        = "openid"
	ScopeProfile       = "profile"
	ScopeEmail         = "email"
	ScopeAddress       = "address"
	ScopePhone         = "phone"
	ScopeOfflineAccess = "offline_access"
)

// OIDCScopes are the scopes of OpenID Connect, in the order in which they are shown. The slice is not to be changed.
var OIDCScopes = []string{ScopeOpenID, ScopeProfile, ScopeEmail, ScopeAddress, ScopePhone, ScopeOfflineAccess}

// UserScopes returns what a user's login to a client grants of the requested scopes: those of OpenID Connect and those that the API
// (nil: none) defines; the rest is dropped silently (contract 5.1). offline_access needs a client that may refresh and an API that allows
// it. The Management API gives users nothing: its scopes are for client_credentials.
func UserScopes(c *Client, api *ResourceServer, requested []string) []string {
	granted := make([]string, 0, len(requested))
	for _, scope := range requested {
		if slices.Contains(granted, scope) {
			continue
		}
		switch {
		case scope == ScopeOfflineAccess:
			if c.Allows(GrantRefreshToken) && (api == nil || api.AllowOfflineAccess) {
				granted = append(granted, scope)
			}
		case slices.Contains(OIDCScopes, scope):
			granted = append(granted, scope)
		case api != nil && !api.System && api.HasScope(scope):
			granted = append(granted, scope)
		}
	}
	return granted
}

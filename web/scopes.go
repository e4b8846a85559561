package web

import (
	"slices"
	"strings"

	"example.com/keepsake/models"
)

// scopeText is one line of the consent page.
type scopeText struct {
	Value string
	Text  string
}

// oidcScopes are what the scopes of OpenID Connect Core 5.4 and 11 mean to a person.
var oidcScopes = []scopeText{
	{"openid", "Sign you in and know your user ID"},
	{"profile", "See your profile: name, nickname and picture"},
	{"email", "See your email address"},
	{"address", "See your postal address"},
	{"phone", "See your phone number"},
	{"offline_access", "Keep this access while you are away"},
}

// scopeTexts describes those of the requested scopes that this server may grant: what belongs to OpenID Connect first,
// then the API's own in the order of the API. A scope that nobody knows is not granted, and so not shown; nor is
// offline_access where no refresh token would come of it.
func scopeTexts(requested string, api *models.ResourceServer, client *models.Client) []scopeText {
	asked := strings.Fields(requested)
	var out []scopeText
	for _, s := range oidcScopes {
		if slices.Contains(asked, s.Value) && (s.Value != "offline_access" || offline(api, client)) {
			out = append(out, s)
		}
	}
	if api == nil || api.System { // users get no scopes of the Management API
		return out
	}
	for _, s := range api.Scopes {
		if slices.Contains(asked, s.Value) && !slices.ContainsFunc(out, func(t scopeText) bool { return t.Value == s.Value }) {
			out = append(out, scopeText{Value: s.Value, Text: firstOf(s.Description, s.Value)})
		}
	}
	return out
}

func offline(api *models.ResourceServer, client *models.Client) bool {
	return client.Allows(models.GrantRefreshToken) && (api == nil || api.AllowOfflineAccess)
}

func firstOf(values ...string) string {
	for _, v := range values {
		if v != "" {
			return v
		}
	}
	return ""
}

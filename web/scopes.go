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

// oidcTexts are what the scopes of OpenID Connect mean to a person.
var oidcTexts = map[string]string{
	models.ScopeOpenID:        "Sign you in and know your user ID",
	models.ScopeProfile:       "See your profile: name, nickname and picture",
	models.ScopeEmail:         "See your email address",
	models.ScopeAddress:       "See your postal address",
	models.ScopePhone:         "See your phone number",
	models.ScopeOfflineAccess: "Keep this access while you are away",
}

// scopeTexts describes those of the requested scopes that this login would grant: what belongs to OpenID Connect first,
// then the API's own in the order of the API.
func scopeTexts(requested string, api *models.ResourceServer, client *models.Client) []scopeText {
	granted := models.UserScopes(client, api, strings.Fields(requested))
	var out []scopeText
	for _, value := range models.OIDCScopes {
		if slices.Contains(granted, value) {
			out = append(out, scopeText{Value: value, Text: oidcTexts[value]})
		}
	}
	if api == nil {
		return out
	}
	for _, s := range api.Scopes {
		if slices.Contains(granted, s.Value) && oidcTexts[s.Value] == "" {
			out = append(out, scopeText{Value: s.Value, Text: firstOf(s.Description, s.Value)})
		}
	}
	return out
}

func firstOf(values ...string) string {
	for _, v := range values {
		if v != "" {
			return v
		}
	}
	return ""
}

package tenant

import (
	"time"

	"example.com/keepsake/models"
)

const (
	// managementPath follows the issuer in the Management API's identifier.
	managementPath = "api/v2/"
	// managementName is the Management API in a document, whatever the issuer is.
	managementName = "management"
)

func managementAudience(issuer string) string { return issuer + managementPath }

// managementScopes are the scopes of the Management API, by what they are about.
var managementScopes = []struct {
	object  string
	actions []string
}{
	{"refresh_tokens", []string{"read", "update", "delete"}},
	{"sessions", []string{"read", "update", "delete"}},
	{"logs", []string{"read"}},
	{"logs_users", []string{"read"}},
	{"users", []string{"read", "update"}},
	{"clients", []string{"read", "update"}},
	{"grants", []string{"read", "delete"}},
	{"authentication_methods", []string{"read", "delete"}},
	{"device_credentials", []string{"read", "delete"}},
	{"actions", []string{"read", "create", "update", "delete"}},
}

// ManagementAPI returns the Management API of the server with an issuer (with its trailing slash), with all its scopes
// (contract 4). It is part of the server, not of a document: whoever applies a configuration adds it.
func ManagementAPI(issuer string) models.ResourceServer {
	identifier := managementAudience(issuer)
	r := models.ResourceServer{
		ID:            derivedHex("api", identifier),
		Identifier:    identifier,
		Name:          "Management API",
		SigningAlg:    models.RS256,
		TokenLifetime: models.DefaultAccessTokenLifetime,
		SkipConsent:   true,
		TokenDialect:  models.DialectAccessToken,
		System:        true,
	}
	for _, group := range managementScopes {
		for _, action := range group.actions {
			r.Scopes = append(r.Scopes, models.Scope{Value: action + ":" + group.object})
		}
	}
	return r
}

// MFAAPI returns the API with whose tokens users manage their second factors. Like the Management API it is part of the server.
func MFAAPI(issuer string) models.ResourceServer {
	identifier := issuer + "mfa/"
	return models.ResourceServer{
		ID: derivedHex("api", identifier), Identifier: identifier, Name: "Second factors", SigningAlg: models.RS256,
		TokenLifetime: time.Hour, TokenDialect: models.DialectAccessToken,
		Scopes: []models.Scope{
			{Value: "read:authenticators", Description: "See which second factors you have"},
			{Value: "remove:authenticators", Description: "Remove your second factors"},
		},
	}
}

package tenant

import (
	"strings"
	"time"

	"example.com/keepsake/models"
)

// maxAccessTokenLifetime is the most that an API's token_lifetime may be (Auth0: 30 days).
const maxAccessTokenLifetime = 30 * 24 * time.Hour

// resourceServers reads the section resourceServers.
func (l *loader) resourceServers(doc *object) {
	objects, _ := doc.children("resourceServers")
	byIdentifier, byName := make(map[string]*node), make(map[string]*node)
	for _, o := range objects {
		identifier := o.required("identifier")
		if o.flag("is_system", false) || l.isManagement(identifier.text) {
			l.names.skippedAPIs[identifier.text] = true
			l.ignore(o.path)
			continue
		}
		first := l.unique(byIdentifier, "API", identifier) && l.unique(byName, "API called", o.located("name"))
		r := l.resourceServer(o, identifier.text)
		if first && identifier.text != "" {
			l.result.Config.ResourceServers = append(l.result.Config.ResourceServers, r)
			l.names.apis[identifier.text] = &r
		}
		o.done()
	}
}

// resourceServer reads one API.
func (l *loader) resourceServer(o *object, identifier string) models.ResourceServer {
	r := models.ResourceServer{
		ID:                 derivedHex("api", identifier),
		Identifier:         identifier,
		Name:               o.string("name"),
		Scopes:             l.scopes(o),
		SigningAlg:         l.signingAlg(o, "signing_alg"),
		AllowOfflineAccess: o.flag("allow_offline_access", false),
		TokenLifetime:      o.seconds("token_lifetime", models.DefaultAccessTokenLifetime, maxAccessTokenLifetime),
		SkipConsent:        o.flag("skip_consent_for_verifiable_first_party_clients", true),
		EnforcePolicies:    o.flag("enforce_policies", false),
		TokenDialect: o.oneOf("token_dialect", models.DialectAccessToken, models.DialectAccessToken,
			models.DialectAccessTokenAuthz, models.DialectRFC9068, models.DialectRFC9068Authz),
	}
	if r.Name == "" {
		r.Name = identifier
	}
	return r
}

// scopes reads an API's scopes. A scope is a word of RFC 6749 3.3.
func (l *loader) scopes(o *object) []models.Scope {
	objects, _ := o.children("scopes")
	seen := make(map[string]*node)
	var out []models.Scope
	for _, s := range objects {
		value := s.required("value")
		scope := models.Scope{Value: value.text, Description: s.string("description")}
		s.done()
		if value.text == "" || !l.unique(seen, "scope", value) {
			continue
		}
		if !isScope(scope.Value) {
			l.problemf(value.at, value.path, "%q is no scope: it has spaces, quotes or other characters that a scope can't have", scope.Value)
			continue
		}
		out = append(out, scope)
	}
	return out
}

func isScope(s string) bool {
	for i := range len(s) {
		if c := s[i]; c <= ' ' || c == '"' || c == '\\' || c > '~' {
			return false
		}
	}
	return s != ""
}

// isManagement reports whether an identifier is the Management API of this server or of an Auth0 tenant.
func (l *loader) isManagement(identifier string) bool {
	return l.options.Issuer != "" && identifier == managementAudience(l.options.Issuer) ||
		strings.HasPrefix(identifier, "https://") && strings.HasSuffix(identifier, ".auth0.com/"+managementPath)
}

// audience finds the API that a document refers to; with a problem if there is none. False also for one that was left out.
//
// The Management API has another address on each server. So "management", and whatever ends as its identifier does and is no
// API of the document, means the one of this server.
func (l *loader) audience(s located) (*models.ResourceServer, bool) {
	if api, ok := l.names.apis[s.text]; ok {
		return api, true
	}
	if s.text == managementName || strings.HasSuffix(s.text, "/"+managementPath) {
		if l.options.Issuer == "" {
			l.problemf(s.at, s.path, "the Management API has no address yet: the issuer is not known")
			return nil, false
		}
		api := ManagementAPI(l.options.Issuer)
		return &api, true
	}
	if !l.names.skippedAPIs[s.text] {
		l.problemf(s.at, s.path, "there is no API %q in resourceServers", s.text)
	}
	return nil, false
}

// granted reads scopes of an API that somebody gets. The Management API has fewer than Auth0's: what it lacks is left out.
func (l *loader) granted(api *models.ResourceServer, given []located) []string {
	var out []string
	for _, s := range given {
		switch {
		case api.HasScope(s.text):
			out = append(out, s.text)
		case api.System:
			l.ignore(s.path + " (" + s.text + ")")
		default:
			l.problemf(s.at, s.path, "the API %q has no scope %q", api.Identifier, s.text)
		}
	}
	return distinct(out)
}

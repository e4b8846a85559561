package tenant

import (
	"slices"
	"strings"
	"time"

	"example.com/keepsake/models"
)

// Limits of a client (contract 4.7).
const (
	maxClientMetadata  = 10
	maxIDTokenLifetime = 30 * 24 * time.Hour
	// shortSecret is the length under which a client secret is so short that somebody thought it up. Its hash is a fast one.
	shortSecret = 32
)

// Application types. Auth0 has more of them, for integrations that Keepsake does not have.
const (
	appNative         = "native"
	appSPA            = "spa"
	appRegularWeb     = "regular_web"
	appNonInteractive = "non_interactive"
)

var appTypes = []string{appNative, appSPA, appRegularWeb, appNonInteractive}

var otherAppTypes = map[string]bool{
	"resource_server": true, "express_configuration": true, "sso_integration": true, "rms": true, "box": true,
	"cloudbees": true, "concur": true, "dropbox": true, "mscrm": true, "echosign": true, "egnyte": true, "newrelic": true,
	"office365": true, "salesforce": true, "sentry": true, "sharepoint": true, "slack": true, "springcm": true,
	"zendesk": true, "zoom": true, "oag": true,
}

// clients reads the section clients.
func (l *loader) clients(doc *object) {
	objects, _ := doc.children("clients")
	byName, byID := make(map[string]*node), make(map[string]*node)
	for _, o := range objects {
		name := o.required("name")
		id := l.clientID(o, name)
		first := l.unique(byName, "client", name) && l.unique(byID, "client_id", id)
		if otherAppTypes[o.string("app_type")] {
			l.names.skippedClients[name.text], l.names.skippedClients[id.text] = true, true
			l.ignore(o.path)
			continue
		}
		c := l.client(o, name.text, id.text)
		if first && name.text != "" {
			l.names.clients[name.text], l.names.clients[c.ID] = c.ID, c.ID
			l.result.Config.Clients = append(l.result.Config.Clients, c)
			l.defaultOrganization(o, len(l.result.Config.Clients)-1)
		}
		o.done()
	}
}

// clientID returns the client's id: the one of the document, or one that is made from the name.
func (l *loader) clientID(o *object, name located) located {
	id := o.located("client_id")
	if id.text == "" {
		return located{text: derivedClientID(name.text), at: name.at, path: name.path}
	}
	const allowed = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-"
	if len(id.text) > 128 || strings.Trim(id.text, allowed) != "" {
		l.problemf(id.at, id.path, "expected at most 128 letters, digits, dots, dashes and underscores")
	}
	return id
}

// client reads one client.
func (l *loader) client(o *object, name, id string) models.Client {
	c := models.Client{
		ID:                  id,
		Name:                name,
		AppType:             o.oneOf("app_type", appRegularWeb, appTypes...),
		LogoURI:             l.webURL(o.located("logo_uri")),
		Callbacks:           l.redirects(o, "callbacks"),
		AllowedLogoutURLs:   l.redirects(o, "allowed_logout_urls"),
		WebOrigins:          l.origins(o, "web_origins"),
		AllowedOrigins:      l.origins(o, "allowed_origins"),
		FirstParty:          o.flag("is_first_party", true),
		OrganizationUsage:   o.oneOf("organization_usage", "deny", "deny", "allow", "require"),
		OrganizationRequire: o.oneOf("organization_require_behavior", "no_prompt", "no_prompt", "pre_login_prompt", "post_login_prompt"),
		Metadata:            o.stringMap("client_metadata", maxClientMetadata),
		InitiateLoginURI:    l.initiateLoginURI(o),
	}
	l.authentication(o, &c)
	l.idToken(o, &c)
	c.GrantTypes = l.grantTypes(o, &c)
	c.RefreshToken = l.refreshTokenPolicy(o)
	l.rotationOfSPA(o, &c)
	if !o.flag("oidc_conformant", true) {
		l.warnf(o.take("oidc_conformant"), o.key("oidc_conformant"), "every client is treated as one that is")
	}
	return c
}

func (l *loader) initiateLoginURI(o *object) string {
	s := o.located("initiate_login_uri")
	if s.text == "" {
		return ""
	}
	problem := redirectProblem(s.text)
	if problem == "" && !strings.HasPrefix(s.text, "http") {
		problem = "is not an https URL"
	}
	if problem != "" {
		l.problemf(s.at, s.path, "%q %s", s.text, problem)
	}
	return s.text
}

// idToken reads jwt_configuration.
func (l *loader) idToken(o *object, c *models.Client) {
	c.IDTokenAlg, c.IDTokenLifetime = models.RS256, models.DefaultIDTokenLifetime
	j := o.child("jwt_configuration")
	if j == nil {
		return
	}
	c.IDTokenAlg = l.signingAlg(j, "alg")
	c.IDTokenLifetime = j.seconds("lifetime_in_seconds", models.DefaultIDTokenLifetime, maxIDTokenLifetime)
	j.ignoreKey("secret_encoded")
	j.done()
}

// signingAlg reads an algorithm that signs with a key of the server's. HS256 would sign with a secret that is not kept.
func (l *loader) signingAlg(o *object, name string) string {
	s := o.located(name)
	if s.text == "HS256" {
		l.problemf(s.at, s.path, "HS256 is not supported: use RS256, PS256 or ES256")
		return models.RS256
	}
	return o.oneOf(name, models.RS256, models.RS256, models.PS256, models.ES256)
}

// defaultGrantTypes is what Auth0 allows a new client, as far as Keepsake has it.
func defaultGrantTypes(appType string, public bool) []string {
	switch {
	case appType == appNonInteractive && public:
		return nil
	case appType == appNonInteractive:
		return []string{models.GrantClientCredentials}
	case appType == appRegularWeb && !public:
		return []string{models.GrantAuthorizationCode, models.GrantRefreshToken, models.GrantClientCredentials}
	}
	return []string{models.GrantAuthorizationCode, models.GrantRefreshToken}
}

// grantTypes reads grant_types. Grant types that Auth0 has and Keepsake has not are ignored; any other is a mistake.
func (l *loader) grantTypes(o *object, c *models.Client) []string {
	given, ok := o.strings("grant_types")
	if !ok {
		return defaultGrantTypes(c.AppType, c.Public())
	}
	supported := []string{models.GrantAuthorizationCode, models.GrantPassword, models.GrantPasswordRealm,
		models.GrantClientCredentials, models.GrantRefreshToken, models.GrantMFAOTP, models.GrantMFAOOB, models.GrantMFARecoveryCode}
	var out []string
	for _, s := range given {
		switch {
		case s.text == models.GrantClientCredentials && c.Public():
			// RFC 6749 4.4
			l.problemf(s.at, s.path, "a client with token_endpoint_auth_method none can't have client_credentials")
		case slices.Contains(supported, s.text):
			out = append(out, s.text)
		case s.text == "implicit" || strings.HasPrefix(s.text, "http://auth0.com/") || strings.HasPrefix(s.text, "urn:"):
			l.ignore(s.path + " (" + s.text + ")")
		default:
			l.problemf(s.at, s.path, "there is no grant type %q", s.text)
		}
	}
	return distinct(out)
}

// defaultOrganization reads default_organization: a name or an id, or Auth0's object with organization_id. The
// organizations are read later.
func (l *loader) defaultOrganization(o *object, i int) {
	n := o.take("default_organization")
	if n == nil {
		return
	}
	var org located
	if n.kind == mapping {
		d := o.child("default_organization")
		org = d.required("organization_id")
		d.ignoreKey("flows")
		d.done()
	} else {
		org = o.located("default_organization")
	}
	if org.text == "" {
		return
	}
	l.names.later = append(l.names.later, func() {
		id, ok := l.names.organizations[org.text]
		if !ok {
			l.problemf(org.at, org.path, "there is no organization %q", org.text)
		}
		l.result.Config.Clients[i].DefaultOrganization = id
	})
}

package tenant

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/keepsake/models"
)

func TestTenant(t *testing.T) {
	t.Parallel()
	defaults := models.Tenant{ID: "keepsake", OAuthErrors: models.OAuthErrorsAuth0, SessionLifetimeHours: 168, IdleSessionLifetimeHours: 72}
	with := func(change func(*models.Tenant)) models.Tenant {
		out := defaults
		change(&out)
		return out
	}
	for _, tt := range []struct {
		name, document string
		want           models.Tenant
		has            bool
	}{
		{"no section: defaults, and nothing to apply", "roles: []\n", defaults, false},
		{"an empty section", "tenant: {}\n", defaults, true},
		{"an empty section with nulls", "tenant: {friendly_name: , default_audience: null}\n", defaults, true},
		{"everything", `
tenant:
  id: acme-dev
  friendly_name: Acme
  picture_url: https://cdn.example.com/logo.png
  support_email: help@example.com
  default_directory: Staff
  default_audience: https://api.example.com
  oauth_errors: rfc6749
  session_lifetime: 12
  idle_session_lifetime: 0.5
databases: [{name: Staff}]
resourceServers: [{identifier: https://api.example.com}]
`, models.Tenant{
			ID: "acme-dev", FriendlyName: "Acme", PictureURL: "https://cdn.example.com/logo.png", SupportEmail: "help@example.com",
			DefaultDirectory: "Staff", DefaultAudience: "https://api.example.com", OAuthErrors: models.OAuthErrorsRFC6749,
			SessionLifetimeHours: 12, IdleSessionLifetimeHours: 0.5,
		}, true},
		{"an idle lifetime that was not given is never the longer one", "tenant: {session_lifetime: 24}\n",
			with(func(t *models.Tenant) { t.SessionLifetimeHours, t.IdleSessionLifetimeHours = 24, 24 }), true},
		{"the only database is the default directory", "tenant: {}\ndatabases: [{name: Staff}]\n",
			with(func(t *models.Tenant) { t.DefaultDirectory = "Staff" }), true},
		{"of several, Auth0's own is", "tenant: {}\ndatabases: [{name: Staff}, {name: Username-Password-Authentication}]\n",
			with(func(t *models.Tenant) { t.DefaultDirectory = "Username-Password-Authentication" }), true},
		{"the Management API as default audience", "tenant: {default_audience: management}\n",
			with(func(t *models.Tenant) { t.DefaultAudience = testIssuer + "api/v2/" }), true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := mustRead(t, tt.document).Config
			if diff := cmp.Diff(tt.want, c.Tenant); diff != "" {
				t.Errorf("tenant (-want +got):\n%s", diff)
			}
			if c.HasTenant != tt.has {
				t.Errorf("HasTenant is %v", c.HasTenant)
			}
		})
	}
}

// plain is what a client that only has a name is.
func plain() models.Client {
	return models.Client{
		ID: derivedClientID("A"), Name: "A", AppType: "regular_web", TokenEndpointAuthMethod: "client_secret_post",
		GrantTypes: []string{"authorization_code", "refresh_token", "client_credentials"}, FirstParty: true,
		OrganizationUsage: "deny", OrganizationRequire: "no_prompt", IDTokenAlg: "RS256", IDTokenLifetime: 10 * time.Hour,
		RefreshToken: models.RefreshTokenPolicy{Lifetime: 30 * 24 * time.Hour, IdleLifetime: 15 * 24 * time.Hour},
	}
}

func TestClient(t *testing.T) {
	t.Parallel()
	user := []string{"authorization_code", "refresh_token"}
	policy := func(p models.RefreshTokenPolicy) func(*models.Client) {
		return func(c *models.Client) { c.RefreshToken = p }
	}
	for _, tt := range []struct {
		name, keys string
		want       func(*models.Client)
	}{
		{"only a name", "callbacks:", func(*models.Client) {}},
		{"an id and a secret", "client_id: abc\n    client_secret: s3cret", func(c *models.Client) { c.ID, c.SecretHash = "abc", models.HashSecret("s3cret") }},
		{"a native app has no secret", "app_type: native\n    client_secret: s3cret", func(c *models.Client) {
			c.AppType, c.TokenEndpointAuthMethod, c.GrantTypes = "native", "none", user
		}},
		{"a machine", "app_type: non_interactive", func(c *models.Client) { c.AppType, c.GrantTypes = "non_interactive", []string{"client_credentials"} }},
		{"an SPA that rotates", "app_type: spa\n    refresh_token: {rotation_type: rotating, expiration_type: expiring}", func(c *models.Client) {
			c.AppType, c.TokenEndpointAuthMethod, c.GrantTypes = "spa", "none", user
			c.RefreshToken.Rotating, c.RefreshToken.Expiring = true, true
		}},
		{"an SPA that does not gets no refresh tokens", "app_type: spa", func(c *models.Client) {
			c.AppType, c.TokenEndpointAuthMethod, c.GrantTypes = "spa", "none", []string{"authorization_code"}
		}},
		{"a native app need not rotate", "app_type: native\n    grant_types: [refresh_token]", func(c *models.Client) {
			c.AppType, c.TokenEndpointAuthMethod, c.GrantTypes = "native", "none", []string{"refresh_token"}
		}},
		{"grant types of Auth0 only are left out", "grant_types: [implicit, password, 'urn:ietf:params:oauth:grant-type:device_code', 'http://auth0.com/oauth/grant-type/passwordless/otp', password]",
			func(c *models.Client) { c.GrantTypes = []string{"password"} }},
		{"grant types of second factors", "grant_types: ['http://auth0.com/oauth/grant-type/mfa-otp', 'http://auth0.com/oauth/grant-type/mfa-oob', 'http://auth0.com/oauth/grant-type/mfa-recovery-code']",
			func(c *models.Client) {
				c.GrantTypes = []string{models.GrantMFAOTP, models.GrantMFAOOB, models.GrantMFARecoveryCode}
			}},
		{"no grant types", "grant_types: []", func(c *models.Client) { c.GrantTypes = nil }},
		{"HTTP Basic", "token_endpoint_auth_method: client_secret_basic", func(c *models.Client) { c.TokenEndpointAuthMethod = "client_secret_basic" }},
		{"callbacks", "callbacks: [https://a.example/cb?x=1, 'http://localhost:3000/cb', 'http://[::1]/cb', 'http://127.8.9.1/', 'http://app.localhost/cb', 'com.example.app:/cb', 'app://cb', 'app://cb']",
			func(c *models.Client) {
				c.Callbacks = []string{"https://a.example/cb?x=1", "http://localhost:3000/cb", "http://[::1]/cb", "http://127.8.9.1/", "http://app.localhost/cb", "com.example.app:/cb", "app://cb"}
			}},
		{"wildcards are left out", "callbacks: ['https://*.a.example/cb', 'https://{organization_name}.a.example/cb', 'https://a.example/cb']\n    web_origins: ['https://*.a.example']",
			func(c *models.Client) { c.Callbacks = []string{"https://a.example/cb"} }},
		{"origins", "web_origins: ['https://a.example/', 'http://localhost:3000']\n    allowed_origins: [https://b.example]", func(c *models.Client) {
			c.WebOrigins, c.AllowedOrigins = []string{"https://a.example", "http://localhost:3000"}, []string{"https://b.example"}
		}},
		{"organizations", "organization_usage: require\n    organization_require_behavior: post_login_prompt\n    default_organization: {organization_id: acme, flows: [client_credentials]}\norganizations: [{name: acme, id: org_1}]",
			func(c *models.Client) {
				c.OrganizationUsage, c.OrganizationRequire, c.DefaultOrganization = "require", "post_login_prompt", "org_1"
			}},
		{"a third party", "is_first_party: false\n    logo_uri: https://a.example/l.png\n    initiate_login_uri: https://a.example/login\n    client_metadata: {k: v}", func(c *models.Client) {
			c.FirstParty, c.LogoURI, c.InitiateLoginURI, c.Metadata = false, "https://a.example/l.png", "https://a.example/login", map[string]string{"k": "v"}
		}},
		{"an ID token of its own", "jwt_configuration: {alg: ES256, lifetime_in_seconds: 60, secret_encoded: false}", func(c *models.Client) { c.IDTokenAlg, c.IDTokenLifetime = "ES256", time.Minute }},
		{"lifetimes as digits in strings", "refresh_token: {rotation_type: rotating, expiration_type: expiring, leeway: '3', token_lifetime: '100', idle_token_lifetime: 50}",
			policy(models.RefreshTokenPolicy{Rotating: true, Expiring: true, Leeway: 3 * time.Second, Lifetime: 100 * time.Second, IdleLifetime: 50 * time.Second})},
		{"infinite lifetimes beat their numbers", "refresh_token: {expiration_type: expiring, infinite_token_lifetime: true, token_lifetime: 5, infinite_idle_token_lifetime: true}",
			policy(models.RefreshTokenPolicy{Expiring: true})},
		{"an idle lifetime alone", "refresh_token: {rotation_type: rotating, expiration_type: expiring, infinite_token_lifetime: true, idle_token_lifetime: 5}",
			policy(models.RefreshTokenPolicy{Rotating: true, Expiring: true, IdleLifetime: 5 * time.Second})},
		{"a short lifetime shortens the idle one", "refresh_token: {expiration_type: expiring, token_lifetime: 60}",
			policy(models.RefreshTokenPolicy{Expiring: true, Lifetime: time.Minute, IdleLifetime: time.Minute})},
		{"a long idle lifetime lengthens the absolute one", "refresh_token: {expiration_type: expiring, idle_token_lifetime: 31557600}",
			policy(models.RefreshTokenPolicy{Expiring: true, Lifetime: 31557600 * time.Second, IdleLifetime: 31557600 * time.Second})},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			want := plain()
			tt.want(&want)
			got := mustRead(t, client(tt.keys)).Config.Clients
			if diff := cmp.Diff([]models.Client{want}, got); diff != "" {
				t.Errorf("clients (-want +got):\n%s", diff)
			}
		})
	}
}

func TestResourceServersAndGrants(t *testing.T) {
	t.Parallel()
	r := mustRead(t, `
clients: [{name: Machine, client_id: m2m}, {name: Linked, app_type: resource_server}]
resourceServers:
  - identifier: https://a.example
  - identifier: https://b.example/api/v2/
    name: B
    signing_alg: PS256
    allow_offline_access: true
    token_lifetime: 60
    skip_consent_for_verifiable_first_party_clients: false
    enforce_policies: true
    token_dialect: rfc9068_profile_authz
    scopes: [{value: 'read:b', description: Read}, {value: 'write:b'}]
  - {identifier: 'https://acme.us.auth0.com/api/v2/', is_system: true, name: Auth0 Management API}
  - {identifier: 'https://acme.us.auth0.com/me/', is_system: true, name: My Account}
clientGrants:
  - {client_id: Machine, audience: 'https://b.example/api/v2/', scope: ['read:b', 'read:b']}
  - {client_id: m2m, audience: 'https://acme.us.auth0.com/api/v2/', scope: ['read:logs', 'read:branding']}
  - {client_id: Machine, audience: 'https://acme.us.auth0.com/me/', scope: [x]}
  - {client_id: Linked, audience: 'https://a.example', scope: []}
  - {client_id: Machine, audience: 'https://a.example'}
`)
	apis := []models.ResourceServer{
		{ID: derivedHex("api", "https://a.example"), Identifier: "https://a.example", Name: "https://a.example", SigningAlg: "RS256",
			TokenLifetime: 24 * time.Hour, SkipConsent: true, TokenDialect: "access_token"},
		{ID: derivedHex("api", "https://b.example/api/v2/"), Identifier: "https://b.example/api/v2/", Name: "B", SigningAlg: "PS256",
			AllowOfflineAccess: true, TokenLifetime: time.Minute, EnforcePolicies: true, TokenDialect: "rfc9068_profile_authz",
			Scopes: []models.Scope{{Value: "read:b", Description: "Read"}, {Value: "write:b"}}},
	}
	if diff := cmp.Diff(apis, r.Config.ResourceServers); diff != "" {
		t.Errorf("APIs (-want +got):\n%s", diff)
	}
	grant := func(audience string, scopes ...string) models.ClientGrant {
		return models.ClientGrant{ID: derivedID("cgr_", "m2m", audience), ClientID: "m2m", Audience: audience, Scopes: scopes}
	}
	grants := []models.ClientGrant{
		grant("https://b.example/api/v2/", "read:b"), grant(testIssuer+"api/v2/", "read:logs"), grant("https://a.example"),
	}
	if diff := cmp.Diff(grants, r.Config.ClientGrants); diff != "" {
		t.Errorf("grants (-want +got):\n%s", diff)
	}
	ignored := []string{"clients[1]", "resourceServers[2]", "resourceServers[3]", "clientGrants[1].scope[1] (read:branding)", "clientGrants[2]", "clientGrants[3]"}
	if diff := cmp.Diff(ignored, r.Ignored); diff != "" {
		t.Errorf("ignored (-want +got):\n%s", diff)
	}
}

func TestConnectionsOrganizationsRoles(t *testing.T) {
	t.Parallel()
	c := mustRead(t, `
clients: [{name: App, client_id: app}]
resourceServers: [{identifier: 'https://a', scopes: [{value: r}, {value: w}]}]
databases:
  - {name: All, strategy: auth0}
  - {name: Some, enabled_clients: [App, app], options: {requires_username: true}, metadata: {k: v}}
  - {name: None, enabled_clients: []}
connections:
  - {name: google, strategy: google-oauth2}
organizations:
  - {name: acme, display_name: Acme Corp, branding: {logo_url: 'https://a.example/l.png'}, metadata: {plan: big}, connections: [{name: Some}, {name: google}]}
  - {name: globex, id: org_def456}
  - {name: closed, connections: [{name: google}]}
roles:
  - {name: R, description: Reads, permissions: [{permission_name: r, resource_server_identifier: 'https://a'}, {permission_name: 'read:logs', resource_server_identifier: management}]}
`).Config
	connections := []models.Connection{
		{ID: derivedID("con_", "All"), Name: "All", Strategy: "auth0"},
		{ID: derivedID("con_", "Some"), Name: "Some", Strategy: "auth0", EnabledClients: []string{"app"}, RequiresUsername: true, Metadata: map[string]string{"k": "v"}},
		{ID: derivedID("con_", "None"), Name: "None", Strategy: "auth0", EnabledClients: []string{nobody}},
	}
	if diff := cmp.Diff(connections, c.Connections); diff != "" {
		t.Errorf("connections (-want +got):\n%s", diff)
	}
	if c.Connections[2].Enabled("app") {
		t.Error("a connection that is enabled for no client is enabled")
	}
	organizations := []models.Organization{
		{ID: derivedID("org_", "acme"), Name: "acme", DisplayName: "Acme Corp", LogoURL: "https://a.example/l.png", Metadata: map[string]string{"plan": "big"}, Connections: []string{"Some"}},
		{ID: "org_def456", Name: "globex", DisplayName: "globex"},
		{ID: derivedID("org_", "closed"), Name: "closed", DisplayName: "closed", Connections: []string{nobody}},
	}
	if diff := cmp.Diff(organizations, c.Organizations); diff != "" {
		t.Errorf("organizations (-want +got):\n%s", diff)
	}
	roles := []models.Role{{ID: derivedID("rol_", "R"), Name: "R", Description: "Reads", Permissions: []models.Permission{
		{Audience: "https://a", Name: "r"}, {Audience: testIssuer + "api/v2/", Name: "read:logs"}}}}
	if diff := cmp.Diff(roles, c.Roles); diff != "" {
		t.Errorf("roles (-want +got):\n%s", diff)
	}
}

func TestActions(t *testing.T) {
	t.Parallel()
	c := mustRead(t, `
actions:
  - name: File
    code: .\actions\good.js
    runtime: node18
    deployed: true
    status: built
    dependencies: [{name: lodash, version: 4.17.21}, {name: jose}]
    secrets: [{name: S, value: v}, {name: Empty, value: ''}]
    supported_triggers: [{id: post-login, version: v2}]
  - name: Inline
    code: |
      exports.onExecutePostLogin = async () => {};
  - name: Short
    code: exports.onExecutePostLogin = async () => {}
  - name: Other
    code: ./actions/missing.js
    supported_triggers: [{id: credentials-exchange, version: v2}]
triggers:
  post-login: [{action_name: File, display_name: First}, {action_name: File}]
  credentials-exchange: []
  post-change-password:
`).Config
	v3 := []models.ActionTrigger{{ID: "post-login", Version: "v3"}}
	actions := []models.Action{
		{ID: derivedID("act_", "File"), Name: "File", Code: "exports.onExecutePostLogin = async () => {};\n", File: "actions/good.js", Runtime: "node18",
			Deployed: true, Dependencies: []models.Dependency{{Name: "lodash", Version: "4.17.21"}, {Name: "jose", Version: "latest"}},
			Secrets: map[string]string{"S": "v", "Empty": ""}, Triggers: []models.ActionTrigger{{ID: "post-login", Version: "v2"}}},
		{ID: derivedID("act_", "Inline"), Name: "Inline", Code: "exports.onExecutePostLogin = async () => {};\n", Runtime: "node22", Triggers: v3},
		{ID: derivedID("act_", "Short"), Name: "Short", Code: "exports.onExecutePostLogin = async () => {}", Runtime: "node22", Triggers: v3},
	}
	if diff := cmp.Diff(actions, c.Actions); diff != "" {
		t.Errorf("actions (-want +got):\n%s", diff)
	}
	bindings := []models.Binding{{ActionName: "File", DisplayName: "First"}, {ActionName: "File", DisplayName: "File"}}
	if diff := cmp.Diff(bindings, c.PostLogin); diff != "" {
		t.Errorf("bindings (-want +got):\n%s", diff)
	}
}

func TestBindingsThatAreAbsentAndEmpty(t *testing.T) {
	t.Parallel()
	for document, wantNil := range map[string]bool{
		"actions: []\n":                          true,
		"triggers: {}\n":                         true,
		"triggers: {post-login: null}\n":         true,
		"triggers: {credentials-exchange: []}\n": true,
		"triggers: {post-login: []}\n":           false,
	} {
		got := mustRead(t, document).Config.PostLogin
		if len(got) != 0 || (got == nil) != wantNil {
			t.Errorf("%q: bindings %#v", document, got)
		}
	}
}

func TestUsers(t *testing.T) {
	t.Parallel()
	r := mustRead(t, `
organizations: [{name: acme, id: org_1}, {name: globex, id: org_2}]
roles: [{name: R}, {name: S}]
users:
  - email: Alice@Example.com
    password: plain
  - user_id: b0b
    username: Bob
    password_hash: $2b$hash
    connection: Username-Password-Authentication
    email_verified: true
    phone_number: "+15550100"
    phone_verified: true
    name: Bob B
    nickname: bobby
    given_name: Bob
    family_name: B
    picture: https://a.example/b.png
    blocked: true
    app_metadata: {n: 1, list: [true, null, x], deep: {a: 1.5}, date: 2020-01-01}
    user_metadata: {}
    roles: [S, R, S]
    organizations: [acme, {id: org_2, roles: [R], metadata: {k: v}}]
`)
	alice := "auth0|" + derivedHex("user", "Username-Password-Authentication", "alice@example.com", "")
	rID, sID := derivedID("rol_", "R"), derivedID("rol_", "S")
	users := []models.User{
		{ID: alice, Connection: "Username-Password-Authentication", Email: "alice@example.com", Name: "alice@example.com", Nickname: "alice"},
		{ID: "auth0|b0b", Connection: "Username-Password-Authentication", Username: "bob", PasswordHash: "$2b$hash", EmailVerified: true,
			PhoneNumber: "+15550100", PhoneVerified: true, Name: "Bob B", Nickname: "bobby", GivenName: "Bob", FamilyName: "B", Picture: "https://a.example/b.png", Blocked: true,
			AppMetadata:  map[string]any{"n": 1.0, "list": []any{true, nil, "x"}, "deep": map[string]any{"a": 1.5}, "date": "2020-01-01"},
			UserMetadata: map[string]any{}, RoleIDs: []string{sID, rID}},
	}
	if diff := cmp.Diff(users, r.Config.Users); diff != "" {
		t.Errorf("users (-want +got):\n%s", diff)
	}
	members := []models.Membership{{OrganizationID: "org_1", UserID: "auth0|b0b"}, {OrganizationID: "org_2", UserID: "auth0|b0b", RoleIDs: []string{rID}}}
	if diff := cmp.Diff(members, r.Config.Members); diff != "" {
		t.Errorf("members (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[string]string{alice: "plain"}, r.Passwords); diff != "" {
		t.Errorf("passwords (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"users[1].organizations[1].metadata"}, r.Ignored); diff != "" {
		t.Errorf("ignored (-want +got):\n%s", diff)
	}
	if got := r.Config.Connections; len(got) != 1 || got[0].Name != "Username-Password-Authentication" {
		t.Errorf("connections %+v, want the one that every tenant has", got)
	}
}

func TestManagementAPI(t *testing.T) {
	t.Parallel()
	api := ManagementAPI(testIssuer)
	if api.Identifier != testIssuer+"api/v2/" || !api.System || api.AllowOfflineAccess || api.SigningAlg != models.RS256 {
		t.Errorf("got %+v", api)
	}
	for _, scope := range []string{"read:refresh_tokens", "update:refresh_tokens", "delete:refresh_tokens", "read:sessions", "update:sessions",
		"delete:sessions", "read:logs", "read:logs_users", "read:users", "read:clients", "read:actions"} {
		if !api.HasScope(scope) {
			t.Errorf("no scope %s", scope)
		}
	}
	if api.HasScope("read:everything") {
		t.Error("a scope that there is not")
	}
}

func TestCodeIsAFileOfAnyOfTheLanguages(t *testing.T) {
	t.Parallel()
	r, err := read(t, "actions: [{name: A, code: ./actions/typed.ts}, {name: B, code: ./actions/module.mjs}]\n", nil)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, a := range r.Config.Actions {
		got = append(got, a.File, a.Code)
	}
	want := []string{
		"actions/typed.ts", "export const onExecutePostLogin = async (): Promise<void> => {};\n",
		"actions/module.mjs", "export const onExecutePostLogin = async () => {};\n",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("files and code (-want +got):\n%s", diff)
	}
}

package tenant

import (
	"errors"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

const testIssuer = "https://login.example.com/"

// read loads a document, with code beside it and an environment.
func read(t *testing.T, document string, env map[string]string) (*Result, error) {
	t.Helper()
	fsys := fstest.MapFS{
		FileName:             {Data: []byte(document)},
		"actions/good.js":    {Data: []byte("exports.onExecutePostLogin = async () => {};\n")},
		"actions/secret.js":  {Data: []byte("// uses ##KEY##\nconst list = @@LIST@@;\n")},
		"actions/typed.ts":   {Data: []byte("export const onExecutePostLogin = async (): Promise<void> => {};\n")},
		"actions/module.mjs": {Data: []byte("export const onExecutePostLogin = async () => {};\n")},
		"actions/large.js":   {Data: []byte(strings.Repeat("/", 100<<10+1))},
	}
	return Load(t.Context(), fsys, FileName, Options{
		Env: func(key string) (string, bool) { v, ok := env[key]; return v, ok },
		CheckHash: func(hash string) error {
			if !strings.HasPrefix(hash, "$2b$") {
				return errors.New("the hash is neither bcrypt nor argon2id")
			}
			return nil
		},
		Issuer: testIssuer,
	})
}

// mustRead loads a document that has nothing wrong.
func mustRead(t *testing.T, document string) *Result {
	t.Helper()
	r, err := read(t, document, nil)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestErrors(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, document string
		want           []string // one per line of the error, without the file's name
	}{
		// The document.
		{"an empty document", "# nothing\n", []string{": the document is empty"}},
		{"a list instead of sections", "- a\n", []string{":1:1: expected a mapping of sections, got a list"}},
		{"two documents", "tenant: {}\n---\nclients: []\n", []string{":3:8: there is more than one YAML document in the file"}},
		{"no YAML", "clients: [\n", []string{":1:10: sequence end token ']' not found"}},
		{"a key twice", "roles: []\nroles: []\n", []string{`:2:1: mapping key "roles" already defined at [1:1]`}},
		{"an unknown anchor", "clients: *there\n", []string{":1:10: there is no anchor &there before this"}},
		{"an anchor inside of itself", "clients: &a [*a]\n", []string{":1:14: there is no anchor &a before this"}},
		{"an unknown tag", "clients: !!binary aGk=\n", []string{":1:10: the tag !!binary is not supported"}},
		{"merging a string", "tenant:\n  <<: text\n", []string{":2:3: expected a mapping to merge, got a string"}},
		{"a deep flow", "a: " + strings.Repeat("[", 100), []string{":1:68: the document is nested too deeply"}},
		{"a deep block on one line", strings.Repeat("- ", 100), []string{":1:129: the document is nested too deeply"}},
		{"deep indentation", deepBlock(100), []string{":66:132: the document is nested too deeply"}},

		// Types.
		{"a section of the wrong type", "clients: 5\n", []string{":1:10: clients: expected a list, got a number"}},
		{"an entry of the wrong type", "clients: [5]\n", []string{":1:11: clients[0]: expected a mapping, got a number"}},
		{"a number for a list of strings", client("callbacks: 5"), []string{":3:16: clients[0].callbacks: expected a list of strings, got a number"}},
		{"a number in a list of strings", client("callbacks: [5]"), []string{":3:17: clients[0].callbacks[0]: expected a string, got a number"}},
		{"a string for a boolean", client(`is_first_party: "yes"`), []string{":3:21: clients[0].is_first_party: expected true or false, got a string"}},
		{"a boolean for a string", "tenant:\n  friendly_name: true\n", []string{":2:18: tenant.friendly_name: expected a string, got true or false"}},
		{"a word for a number", client("refresh_token: {leeway: soon}"), []string{":3:29: clients[0].refresh_token.leeway: expected a number, got a string"}},
		{"a fraction", client("refresh_token: {leeway: 1.5}"), []string{":3:29: clients[0].refresh_token.leeway: 1.5 is not a whole number"}},
		{"a negative number", client("refresh_token: {leeway: -1}"), []string{":3:29: clients[0].refresh_token.leeway: -1 is not between 0 and 157788000"}},
		{"no number at all", "tenant:\n  session_lifetime: .nan\n", []string{":2:21: tenant.session_lifetime: .nan is not between 0.016666666666666666 and 8760"}},
		{"a missing name", "clients:\n  - app_type: spa\n", []string{":2:5: clients[0].name: a value is required"}},
		{"an empty name", "clients:\n  - name: ''\n", []string{":2:11: clients[0].name: a value is required"}},

		// The tenant.
		{"an unknown error style", "tenant: {oauth_errors: polite}\n", []string{`:1:24: tenant.oauth_errors: "polite" is none of auth0, rfc6749`}},
		{"an unknown default directory", "tenant: {default_directory: Staff}\n", []string{`:1:29: tenant.default_directory: there is no database connection "Staff"`}},
		{"an unknown default audience", "tenant: {default_audience: https://a}\n", []string{`:1:28: tenant.default_audience: there is no API "https://a" in resourceServers`}},
		{"an idle session that outlives sessions", "tenant: {session_lifetime: 2, idle_session_lifetime: 3}\n", []string{
			":1:54: tenant.idle_session_lifetime: 3 hours is longer than session_lifetime, 2 hours"}},
		{"a picture without a scheme", "tenant: {picture_url: cdn.example.com/a.png}\n", []string{`:1:23: tenant.picture_url: "cdn.example.com/a.png" is not an absolute http or https URL`}},

		// Clients.
		{"two clients of one name", "clients:\n  - name: A\n  - name: A\n", []string{`:3:11: clients[1].name: there is a second client "A", the first is on line 2`}},
		{"two clients of one id", "clients:\n  - {name: A, client_id: x}\n  - {name: B, client_id: x}\n", []string{`:3:26: clients[1].client_id: there is a second client_id "x", the first is on line 2`}},
		{"a client id with a colon", client("client_id: a:b"), []string{":3:16: clients[0].client_id: expected at most 128 letters, digits, dots, dashes and underscores"}},
		{"an unknown application type", client("app_type: toaster"), []string{`:3:15: clients[0].app_type: "toaster" is none of native, spa, regular_web, non_interactive`}},
		{"an unknown grant type", client("grant_types: [magic]"), []string{`:3:19: clients[0].grant_types[0]: there is no grant type "magic"`}},
		{"a public client with client_credentials", client("app_type: native\n    grant_types: [client_credentials]"), []string{
			":4:19: clients[0].grant_types[0]: a client with token_endpoint_auth_method none can't have client_credentials"}},
		{"HS256", client("jwt_configuration: {alg: HS256}"), []string{":3:30: clients[0].jwt_configuration.alg: HS256 is not supported: use RS256, PS256 or ES256"}},
		{"a callback that is no URL", client("callbacks: ['localhost:3000/cb']"), []string{`:3:17: clients[0].callbacks[0]: "localhost:3000/cb" is not an absolute URL`}},
		{"a callback that is a path", client("callbacks: [/cb]"), []string{`:3:17: clients[0].callbacks[0]: "/cb" is not an absolute URL`}},
		{"a callback with a fragment", client("callbacks: ['https://a.example/#x']"), []string{`:3:17: clients[0].callbacks[0]: "https://a.example/#x" has a fragment`}},
		{"a callback with an empty fragment", client("callbacks: ['https://a.example/#']"), []string{`:3:17: clients[0].callbacks[0]: "https://a.example/#" has a fragment`}},
		{"a callback over plain http", client("callbacks: ['http://a.example/']"), []string{
			`:3:17: clients[0].callbacks[0]: "http://a.example/" is plain http, which is for loopback addresses only: use https`}},
		{"a callback that only looks like loopback", client("callbacks: ['http://127.0.0.1.example/']"), []string{
			`:3:17: clients[0].callbacks[0]: "http://127.0.0.1.example/" is plain http, which is for loopback addresses only: use https`}},
		{"a callback with a user", client("callbacks: ['https://me@a.example/']"), []string{`:3:17: clients[0].callbacks[0]: "https://me@a.example/" has a user name in it`}},
		{"a callback that runs", client("callbacks: ['javascript:alert(1)', 'JavaScript:///x', 'data:,x']"), []string{
			`:3:17: clients[0].callbacks[0]: "javascript:alert(1)" is not an absolute URL`,
			`:3:40: clients[0].callbacks[1]: "JavaScript:///x" has the scheme javascript, which is no place to send a user to`,
			`:3:59: clients[0].callbacks[2]: "data:,x" is not an absolute URL`}},
		{"a callback without a host", client("callbacks: ['https:///cb']"), []string{`:3:17: clients[0].callbacks[0]: "https:///cb" has no host`}},
		{"an origin with a path", client("web_origins: ['https://a.example/app']"), []string{`:3:19: clients[0].web_origins[0]: "https://a.example/app" is not an origin, such as https://app.example.com`}},
		{"a login URI of a native app", client("initiate_login_uri: 'my.app:/login'"), []string{`:3:25: clients[0].initiate_login_uri: "my.app:/login" is not an https URL`}},
		{"metadata that is no string", client("client_metadata: {a: 1}"), []string{":3:26: clients[0].client_metadata.a: expected a string, got a number"}},
		{"too much metadata", client("client_metadata: {a: '', b: '', c: '', d: '', e: '', f: '', g: '', h: '', i: '', j: '', k: ''}"), []string{
			":3:22: clients[0].client_metadata: there are 11 entries, at most 10 are allowed"}},
		{"long metadata", client("client_metadata: {a: " + strings.Repeat("é", 256) + "}"), []string{
			":3:26: clients[0].client_metadata.a: a key or a value is longer than 255 characters"}},
		{"an unknown default organization", client("default_organization: nowhere"), []string{`:3:27: clients[0].default_organization: there is no organization "nowhere"`}},
		{"rotating tokens that never expire", refreshToken("expiration_type: non-expiring"), []string{
			":5:7: clients[0].refresh_token: rotating refresh tokens must expire: set expiration_type to expiring, and a lifetime"}},
		{"rotating tokens with infinite lifetimes", refreshToken("expiration_type: expiring\n      infinite_token_lifetime: true\n      infinite_idle_token_lifetime: true"), []string{
			":5:7: clients[0].refresh_token: rotating refresh tokens must expire: set expiration_type to expiring, and a lifetime"}},
		{"an idle lifetime beyond the absolute one", refreshToken("expiration_type: expiring\n      token_lifetime: 10\n      idle_token_lifetime: '20'"), []string{
			":8:28: clients[0].refresh_token.idle_token_lifetime: 20 s is longer than token_lifetime, 10 s"}},
		{"a private key", client("jwks: {keys: [{kty: EC, crv: P-256, x: a, y: b, d: c}]}"), []string{
			":3:19: clients[0].jwks.keys[0]: it is a private key: only the public part belongs here"}},
		{"a credential that is no key", client("client_authentication_methods: {private_key_jwt: {credentials: [{pem: text}]}}"), []string{
			":3:75: clients[0].client_authentication_methods.private_key_jwt.credentials[0].pem: it is not in PEM form"}},

		// APIs and grants.
		{"an API that signs with a secret", "resourceServers: [{identifier: https://a, signing_alg: HS256}]\n", []string{
			":1:56: resourceServers[0].signing_alg: HS256 is not supported: use RS256, PS256 or ES256"}},
		{"two APIs of one identifier", "resourceServers:\n  - identifier: https://a\n  - identifier: https://a\n", []string{
			`:3:17: resourceServers[1].identifier: there is a second API "https://a", the first is on line 2`}},
		{"a scope with a space", "resourceServers: [{identifier: https://a, scopes: [{value: read notes}]}]\n", []string{
			`:1:60: resourceServers[0].scopes[0].value: "read notes" is no scope: it has spaces, quotes or other characters that a scope can't have`}},
		{"a scope twice", "resourceServers: [{identifier: https://a, scopes: [{value: r}, {value: r}]}]\n", []string{
			`:1:72: resourceServers[0].scopes[1].value: there is a second scope "r", the first is on line 1`}},
		{"a token that lives too long", "resourceServers: [{identifier: https://a, token_lifetime: 2592001}]\n", []string{
			":1:59: resourceServers[0].token_lifetime: 2592001 is not between 1 and 2592000"}},
		{"a grant of nobody for nothing", "clientGrants: [{client_id: A, audience: https://a, scope: []}]\n", []string{
			`:1:28: clientGrants[0].client_id: there is no client "A"`,
			`:1:41: clientGrants[0].audience: there is no API "https://a" in resourceServers`}},
		{"a grant of an unknown scope", "clients: [{name: A}]\nresourceServers: [{identifier: https://a}]\nclientGrants: [{client_id: A, audience: https://a, scope: [r]}]\n", []string{
			`:3:60: clientGrants[0].scope[0]: the API "https://a" has no scope "r"`}},
		{"a grant twice", "clients: [{name: A}]\nresourceServers: [{identifier: https://a}]\nclientGrants: [{client_id: A, audience: https://a}, {client_id: A, audience: https://a}]\n", []string{
			`:3:53: clientGrants[1]: there is a second grant for "A and https://a", the first is on line 3`}},

		// Connections, organizations, roles.
		{"a connection without a strategy", "connections: [{name: A}]\n", []string{":1:15: connections[0].strategy: a value is required"}},
		{"a connection for an unknown client", "databases: [{name: A, enabled_clients: [B]}]\n", []string{`:1:41: databases[0].enabled_clients[0]: there is no client "B"`}},
		{"a connection in two sections", "databases: [{name: A}]\nconnections: [{name: A, strategy: auth0}]\n", []string{
			`:2:22: connections[0].name: there is a second connection "A", the first is on line 1`}},
		{"an organization with an unknown connection", "organizations: [{name: acme, connections: [{name: B}]}]\n", []string{
			`:1:51: organizations[0].connections[0].name: there is no connection "B"`}},
		{"an organization that looks like an id", "organizations: [{name: org_acme}]\n", []string{
			`:1:24: organizations[0].name: "org_acme" is not a name of 1 to 50 lower-case letters, digits, dots, dashes and underscores`}},
		{"an organization with capitals", "organizations: [{name: Acme}]\n", []string{
			`:1:24: organizations[0].name: "Acme" is not a name of 1 to 50 lower-case letters, digits, dots, dashes and underscores`}},
		{"an organization with another kind of id", "organizations: [{name: acme, id: acme}]\n", []string{`:1:34: organizations[0].id: an organization's id begins with org_`}},
		{"a role with an unknown permission", "resourceServers: [{identifier: https://a}]\nroles: [{name: R, permissions: [{permission_name: r, resource_server_identifier: https://a}]}]\n", []string{
			`:2:51: roles[0].permissions[0].permission_name: the API "https://a" has no scope "r"`}},

		// Actions.
		{"an action without code", "actions: [{name: A}]\n", []string{":1:11: actions[0].code: a value is required"}},
		{"code that is not there", "actions: [{name: A, code: ./actions/none.js}]\n", []string{":1:27: actions[0].code: there is no file actions/none.js"}},
		{"code outside of the folder", "actions: [{name: A, code: ../good.js}]\n", []string{`:1:27: actions[0].code: "../good.js" is outside of the folder of tenant.yaml`}},
		{"too much code", "actions: [{name: A, code: ./actions/large.js}]\n", []string{":1:27: actions[0].code: the code has 102401 bytes, at most 102400 are allowed"}},
		{"a secret that is too long", "actions: [{name: A, code: './actions/good.js', secrets: [{name: S, value: " + strings.Repeat("s", 4097) + "}]}]\n", []string{
			":1:75: actions[0].secrets[0].value: a secret's value has at most 4096 characters"}},
		{"binding an unknown action", "triggers: {post-login: [{action_name: A}]}\n", []string{`:1:39: triggers.post-login[0].action_name: there is no action "A"`}},
		{"binding an action that is not deployed", "actions: [{name: A, code: './actions/good.js'}]\ntriggers: {post-login: [{action_name: A}]}\n", []string{
			`:2:39: triggers.post-login[0].action_name: the action "A" is not deployed: set deployed to true`}},
		{"binding an action of another trigger", "actions: [{name: A, code: 'x', supported_triggers: [{id: credentials-exchange}]}]\ntriggers: {post-login: [{action_name: A}]}\n", []string{
			`:2:39: triggers.post-login[0].action_name: the action "A" does not support the trigger post-login`}},
		{"too many bindings", "actions: [{name: A, code: './actions/good.js', deployed: true}]\ntriggers:\n  post-login:\n" + strings.Repeat("    - action_name: A\n", 21), []string{
			":4:5: triggers.post-login: 21 actions are bound, at most 20 are allowed"}},

		// Users.
		{"a user without a name", "users: [{password: secret}]\n", []string{":1:9: users[0]: a user needs an email or a username"}},
		{"a user with half an email", "users: [{email: alice@}]\n", []string{`:1:17: users[0].email: "alice@" is no email address`}},
		{"a user of no connection", "databases: [{name: A}, {name: B}]\nusers: [{email: a@b.c}]\n", []string{":2:9: users[0]: a connection is required: the tenant has no default_directory"}},
		{"a user of an unknown connection", "users: [{email: a@b.c, connection: X}]\n", []string{`:1:36: users[0].connection: there is no database connection "X"`}},
		{"a user twice, in other letters", "users:\n  - email: a@b.c\n  - email: A@B.C\n    user_id: auth0|other\n", []string{
			`:3:5: users[1]: there is a second user "a@b.c in Username-Password-Authentication", the first is on line 2`}},
		{"two users of one id", "users:\n  - {email: a@b.c, user_id: x}\n  - {email: d@e.f, user_id: auth0|x}\n", []string{`:3:5: users[1]: there is a second user "auth0|x", the first is on line 2`}},
		{"a user with two passwords", "users: [{email: a@b.c, password: x, password_hash: $2b$x}]\n", []string{":1:9: users[0]: a user has a password or a password_hash, not both"}},
		{"an unknown kind of hash", "users: [{email: a@b.c, password_hash: md5}]\n", []string{":1:39: users[0].password_hash: the hash is neither bcrypt nor argon2id"}},
		{"an unknown role and organization", "users: [{email: a@b.c, roles: [R], organizations: [acme, {name: globex, roles: [R]}]}]\n", []string{
			`:1:32: users[0].roles[0]: there is no role "R"`,
			`:1:52: users[0].organizations[0]: there is no organization "acme"`,
			`:1:65: users[0].organizations[1].name: there is no organization "globex"`,
			`:1:81: users[0].organizations[1].roles[0]: there is no role "R"`}},
		{"metadata that JSON has not", "users: [{email: a@b.c, app_metadata: {n: .inf}}]\n", []string{":1:42: users[0].app_metadata.n: JSON has no .inf"}},
		{"metadata that grows beyond measure", "x1: &x1 [a, a, a, a, a, a, a, a, a, a]\n" + billionLaughs + "users: [{email: a@b.c, app_metadata: {l: *x9}}]\n", []string{
			":10:38: users[0].app_metadata: it takes more than 32768 bytes of JSON"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r, err := read(t, tt.document, nil)
			if err == nil {
				t.Fatalf("no error, result %+v", r)
			}
			var want []string
			for _, line := range tt.want {
				want = append(want, FileName+line)
			}
			if diff := cmp.Diff(want, strings.Split(err.Error(), "\n")); diff != "" {
				t.Errorf("errors (-want +got):\n%s", diff)
			}
			var located *Error
			if !errors.As(err, &located) || located.File != FileName {
				t.Errorf("%v is no *Error of %s", err, FileName)
			}
		})
	}
}

// client is a document with one client, whose further keys begin on line 3 in column 5.
func client(keys string) string { return "clients:\n  - name: A\n    " + keys + "\n" }

// refreshToken is a document with a rotating client; further keys of its refresh_token begin on line 6 in column 7.
func refreshToken(keys string) string {
	return "clients:\n  - name: A\n    app_type: native\n    refresh_token:\n      rotation_type: rotating\n      " + keys + "\n"
}

func deepBlock(levels int) string {
	var b strings.Builder
	for i := range levels {
		b.WriteString(strings.Repeat("  ", i) + "a:\n")
	}
	return b.String()
}

const billionLaughs = `x2: &x2 [*x1, *x1, *x1, *x1, *x1, *x1, *x1, *x1]
x3: &x3 [*x2, *x2, *x2, *x2, *x2, *x2, *x2, *x2]
x4: &x4 [*x3, *x3, *x3, *x3, *x3, *x3, *x3, *x3]
x5: &x5 [*x4, *x4, *x4, *x4, *x4, *x4, *x4, *x4]
x6: &x6 [*x5, *x5, *x5, *x5, *x5, *x5, *x5, *x5]
x7: &x7 [*x6, *x6, *x6, *x6, *x6, *x6, *x6, *x6]
x8: &x8 [*x7, *x7, *x7, *x7, *x7, *x7, *x7, *x7]
x9: &x9 [*x8, *x8, *x8, *x8, *x8, *x8, *x8, *x8]
`

func TestEveryProblemIsReportedAtOnce(t *testing.T) {
	t.Parallel()
	_, err := read(t, "users: [{email: nobody}]\nroles: 5\nclients:\n  - name: A\n    app_type: x\n    callbacks: [y]\n", nil)
	want := `tenant.yaml:1:17: users[0].email: "nobody" is no email address
tenant.yaml:2:8: roles: expected a list, got a number
tenant.yaml:5:15: clients[0].app_type: "x" is none of native, spa, regular_web, non_interactive
tenant.yaml:6:17: clients[0].callbacks[0]: "y" is not an absolute URL`
	if err == nil || err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
}

package main

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"text/template"

	"example.com/keepsake/examples"
)

// The benchmark's tenant. It lives as long as a run, on loopback.
const (
	callback      = "http://127.0.0.1/callback"
	apiES256      = "https://es256.bench.example/"
	apiRS256      = "https://rs256.bench.example/"
	scope         = "read:notes offline_access"
	clientMachine = "bench-machine"
	clientSecret  = "bench-secret-0123456789abcdef0123456789abcdef"
	userPassword  = "bench-password"
)

// clientIDs are the clients whose tokens are exchanged, by how they authenticate.
var clientIDs = map[string]string{public: "bench-public", post: "bench-post"}

// issuingIDs are the clients of the plays that issue a token with each operation. They have their own, because a user's oldest tokens
// of a client are removed when there are too many (models.MaxRefreshTokens).
var issuingIDs = map[string]string{public: "bench-public-issuing", post: "bench-post-issuing"}

// users is how many people there are; workers take turns in being one. They are so many that none gets too many tokens in one run.
const users = 64

func userName(n int) string { return fmt.Sprintf("user%02d", n%users) }

// audienceOf returns the API whose tokens are signed with alg.
func audienceOf(alg string) string {
	if alg == rs256 {
		return apiRS256
	}
	return apiES256
}

// actionsOf are the Actions that are bound, in order: files of the demo tenant, without their ending. The one that validates the device
// stands alone, so that one Action is measured; what the other one would have stored at the login is put there by an operator
// (noteCountry).
var actionsOf = map[string][]string{
	noAction: nil,
	device:   {"validate-device"},
	five:     {"store-organization", "consume-organization", "store-device", "validate-device", "demo-commands"},
}

var tenantText = template.Must(template.New("tenant.yaml").Parse(`tenant:
  id: bench
  friendly_name: Bench
  default_directory: people

resourceServers:
{{- range .APIs}}
  - name: {{.Alg}} API
    identifier: {{.Identifier}}
    signing_alg: {{.Alg}}
    allow_offline_access: true
    token_lifetime: {{$.Lifetime}}
    scopes: [{ value: "read:notes" }]
{{- end}}

clients:
{{- range .Public}}
  - name: {{.}}
    client_id: {{.}}
    app_type: native
    token_endpoint_auth_method: none
    grant_types: [authorization_code, refresh_token, password]
    callbacks: ["{{$.Callback}}"]
    client_metadata: { keepsake_token_id: "true" }
    refresh_token: {{template "rotating"}}
{{- end}}
{{- range .Post}}
  - name: {{.}}
    client_id: {{.}}
    client_secret: {{$.Secret}}
    app_type: regular_web
    token_endpoint_auth_method: client_secret_post
    grant_types: [authorization_code, refresh_token, password]
    callbacks: ["{{$.Callback}}"]
    client_metadata: { keepsake_token_id: "true" }
    refresh_token: {{template "rotating"}}
{{- end}}
  - name: Bench Machine
    client_id: {{.Machine}}
    client_secret: {{.Secret}}
    app_type: non_interactive
    token_endpoint_auth_method: client_secret_post
    grant_types: [client_credentials]

clientGrants:
  - client_id: {{.Machine}}
    audience: management
    scope: [read:refresh_tokens, update:refresh_tokens]
{{- range .APIs}}
  - client_id: {{$.Machine}}
    audience: {{.Identifier}}
    scope: [read:notes]
{{- end}}

databases:
  - name: people
    strategy: auth0
    options: { requires_username: true }

actions:
{{- range .Actions}}
  - name: {{.}}
    code: ./actions/{{.}}.js
    deployed: true
    supported_triggers: [{ id: post-login, version: v3 }]
{{- else}} []
{{- end}}

triggers:
  post-login:
{{- range .Actions}}
    - action_name: {{.}}
      display_name: {{.}}
{{- else}} []
{{- end}}

users:
{{- range .Users}}
  - user_id: auth0|{{.}}
    email: {{.}}@bench.example
    email_verified: true
    username: {{.}}
    name: Bench {{.}}
    password_hash: {{$.Hash}}
{{- end}}

{{- define "rotating" -}}
{ rotation_type: rotating, expiration_type: expiring, leeway: 0, token_lifetime: 2592000, idle_token_lifetime: 1296000 }
{{- end}}
`))

// writeTenant writes the tenant with the Actions of a cell into a folder, with the demo tenant's location databases. The lifetime, in
// seconds, is of access tokens.
func writeTenant(folder, actions, passwordHash string, lifetime int) error {
	type api struct{ Alg, Identifier string }
	names := make([]string, users)
	for i := range names {
		names[i] = userName(i)
	}
	bound := actionsOf[actions]
	probe, probed := probeOf(actions)
	if probed {
		bound = []string{"validate-device", actions}
	}
	var text bytes.Buffer
	err := tenantText.Execute(&text, map[string]any{
		"APIs":   []api{{es256, apiES256}, {rs256, apiRS256}},
		"Public": []string{clientIDs[public], issuingIDs[public]}, "Post": []string{clientIDs[post], issuingIDs[post]},
		"Machine": clientMachine, "Secret": clientSecret, "Callback": callback,
		"Actions": bound, "Users": names, "Hash": passwordHash, "Lifetime": lifetime,
	})
	if err != nil {
		return fmt.Errorf("write tenant: %w", err)
	}
	files := map[string][]byte{"tenant.yaml": text.Bytes()}
	for _, pattern := range []string{"actions/*.js", "geo/*.mmdb"} {
		if err := readExamples(files, pattern); err != nil {
			return fmt.Errorf("write tenant: %w", err)
		}
	}
	if probed {
		files["actions/"+actions+".js"] = []byte(probe)
	}
	for name, content := range files {
		path := filepath.Join(folder, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return fmt.Errorf("write tenant: %w", err)
		}
		if err := os.WriteFile(path, content, 0o600); err != nil {
			return fmt.Errorf("write tenant: %w", err)
		}
	}
	return nil
}

// readExamples adds the demo tenant's files that match.
func readExamples(files map[string][]byte, pattern string) error {
	names, err := fs.Glob(examples.FS, pattern)
	if err != nil {
		return err
	}
	for _, name := range names {
		if files[name], err = fs.ReadFile(examples.FS, name); err != nil {
			return err
		}
	}
	return nil
}

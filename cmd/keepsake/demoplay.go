package main

import (
	"context"
	"fmt"
	"net/url"
	"strings"
)

// What the demo uses of the demo tenant (examples/tenant.yaml). All of it is public.
const (
	demoClient       = "NotesNativeApp000000000000000001"
	demoCallback     = "http://127.0.0.1:8787/callback"
	demoAPI          = "https://api.example.com"
	demoScope        = "openid profile offline_access read:notes"
	demoOperator     = "OperationsMachine000000000000004"
	demoOperatorPass = "operations-demo-secret-5b7d90c4e2f81a"
	demoEmail        = "alice@example.com"
	demoPassword     = "alice-demo-password"
)

// Addresses of the demo's traveller, from networks that are reserved for documentation (RFC 5737).
const (
	addressUS = "192.0.2.44"
	addressDE = "198.51.100.7"
)

// The sentences of the documentation that the demo plays, byte for byte.
const (
	messageKeys     = "Failed to set refresh token metadata: Invalid metadata: Metadata keys may only include letters, numbers, underscores, or hyphens"
	messageValue    = "Failed to set refresh token metadata: Invalid metadata: Metadata value must be a string"
	messageSize     = "Metadata must not exceed 25 entries. Each key and value must be ≤ 255 characters."
	messageInvalid  = "Unknown or invalid refresh token."
	messageReuse    = "Unsuccessful Refresh Token exchange, reused refresh token detected"
	messageCountry  = "Suspicious country change detected"
	messageDenied   = "Not on a Sunday"
	messageNotFound = "The refresh token does not exist."
)

// play plays the scenes in order. Each stands for itself, with a login of its own.
func (p *player) play(ctx context.Context) {
	for _, scene := range []func(context.Context){
		p.organizationContext, p.deviceInformation, p.deviceRevoked, p.metadataByAction, p.metadataByOperator, p.errorsOfActions, p.reuse,
	} {
		if p.broken != nil {
			return
		}
		scene(ctx)
	}
}

// tokens is one login of the demo.
type tokens struct{ id, refresh, access string }

func (t *tokens) take(a answer) {
	t.access = a.str("access_token")
	if next := a.str("refresh_token"); next != "" {
		t.refresh = next
	}
	if id := a.str("refresh_token_id"); id != "" {
		t.id = id
	}
}

// login signs Alice in on the login page, exchanges the code and returns the tokens.
func (p *player) login(ctx context.Context, more ...string) *tokens {
	callback, verifier := p.signIn(ctx, more...)
	t := &tokens{}
	a := p.post(ctx, "/oauth/token", pairs("grant_type", "authorization_code", "client_id", demoClient, "code", callback.Get("code"),
		"redirect_uri", demoCallback, "code_verifier", verifier))
	p.status(a, 200)
	t.take(a)
	p.check("the response says the token's id", strings.HasPrefix(t.id, "rt_"))
	return t
}

// refreshWith exchanges the refresh token.
func (p *player) refreshWith(ctx context.Context, t *tokens, more ...string) answer {
	a := p.post(ctx, "/oauth/token", pairs(append([]string{"grant_type", "refresh_token", "client_id", demoClient, "refresh_token", t.refresh}, more...)...))
	if a.status == 200 {
		t.take(a)
	}
	return a
}

// operator gets a Management API token by client_credentials.
func (p *player) operator(ctx context.Context) {
	p.bearer = ""
	a := p.post(ctx, "/oauth/token", pairs("grant_type", "client_credentials", "client_id", demoOperator, "client_secret", demoOperatorPass,
		"audience", p.base.String()+"api/v2/"))
	p.status(a, 200)
	p.bearer = a.str("access_token")
}

// metadata reads a token's metadata over the Management API and checks it.
func (p *player) metadata(ctx context.Context, t *tokens, want map[string]any) {
	a := p.get(ctx, "/api/v2/refresh-tokens/"+url.PathEscape(t.id)+"?fields=refresh_token_metadata")
	p.status(a, 200)
	p.equal("refresh_token_metadata", want, a.body["refresh_token_metadata"])
}

func (p *player) organizationContext(ctx context.Context) {
	p.scene("Use case: store and consume organization context")
	p.say("Alice signs in to the organization acme. An Action stores the organization with her refresh token.")
	p.address = addressUS
	t := p.login(ctx, "organization", "acme")
	p.operator(ctx)
	a := p.get(ctx, "/api/v2/refresh-tokens/"+url.PathEscape(t.id))
	p.status(a, 200)
	got, _ := a.body["refresh_token_metadata"].(map[string]any)
	for _, want := range [][2]string{{"org_id", "org_abc123"}, {"org_slug", "acme"}, {"org_name", "Acme Corp"}} {
		p.equal("metadata "+want[0], want[1], got[want[0]])
	}
	p.say("At the exchange another Action reads it back; the new access token is the organization's.")
	p.status(p.refreshWith(ctx, t), 200)
	p.equal("claim org_id", "org_abc123", claimsOf(t.access)["org_id"])
}

func (p *player) deviceInformation(ctx context.Context) {
	p.scene("Use case: track and validate device information")
	p.say("Alice signs in from %s, in the United States. An Action stores where she was.", addressUS)
	p.address = addressUS
	t := p.login(ctx)
	device := map[string]any{"initial_ip": addressUS, "initial_asn": "AS64496", "initial_country": "US", "initial_user_agent": userAgent}
	p.metadata(ctx, t, device)
	p.say("A refresh from the same country changes nothing.")
	p.status(p.refreshWith(ctx, t), 200)
	p.metadata(ctx, t, device)
	p.say("A refresh from %s, in Germany, is noticed.", addressDE)
	p.address = addressDE
	p.status(p.refreshWith(ctx, t), 200)
	device["country_changed"], device["last_country"] = "true", "DE"
	p.metadata(ctx, t, device)
}

func (p *player) deviceRevoked(ctx context.Context) {
	p.scene("Use case: revoke on a suspicious change")
	p.address = addressUS
	t := p.login(ctx)
	p.say("An Action revokes the token instead: api.refreshToken.revoke(%q).", messageCountry)
	p.oauthError(p.refreshWith(ctx, t, "demo", "revoke"), 403, "access_denied", messageCountry)
	p.say("The token is dead, and gone from the Management API.")
	p.oauthError(p.refreshWith(ctx, t), 403, "invalid_grant", messageInvalid)
	p.managementError(p.get(ctx, "/api/v2/refresh-tokens/"+url.PathEscape(t.id)), 404, messageNotFound)
}

func (p *player) metadataByAction(ctx context.Context) {
	p.scene("Actions: set, read, delete and evict")
	t := p.login(ctx)
	p.status(p.refreshWith(ctx, t, "demo", "set"), 200)
	p.status(p.refreshWith(ctx, t, "demo", "read"), 200)
	p.equal("event.refresh_token.metadata.deviceName", "Auth0's iPhone", claimsOf(t.access)["device_name"])
	p.status(p.refreshWith(ctx, t, "demo", "delete"), 200)
	p.status(p.refreshWith(ctx, t, "demo", "read"), 200)
	p.equal("after deleteMetadata", nil, claimsOf(t.access)["device_name"])
	p.status(p.refreshWith(ctx, t, "demo", "evict"), 200)
	p.metadata(ctx, t, map[string]any{})
}

func (p *player) metadataByOperator(ctx context.Context) {
	p.scene("Management API: read, replace and delete")
	t := p.login(ctx)
	path := "/api/v2/refresh-tokens/" + url.PathEscape(t.id)
	p.say("PATCH replaces the whole map.")
	want := map[string]any{"my_metadata": "my new metadata"}
	a := p.patch(ctx, path, map[string]any{"refresh_token_metadata": want})
	p.status(a, 200)
	p.equal("answer of PATCH", want, a.body["refresh_token_metadata"])
	p.metadata(ctx, t, want)
	p.say("More than 25 entries are refused, and change nothing.")
	many := map[string]any{}
	for i := range 26 {
		many[fmt.Sprintf("key_%d", i)] = "value"
	}
	p.managementError(p.patch(ctx, path, map[string]any{"refresh_token_metadata": many}), 400, messageSize)
	p.metadata(ctx, t, want)
	p.say("An empty object deletes all of it.")
	p.status(p.patch(ctx, path, map[string]any{"refresh_token_metadata": map[string]any{}}), 200)
	p.metadata(ctx, t, map[string]any{})
	p.say("DELETE revokes the token.")
	p.status(p.send(ctx, "DELETE", path, nil), 202)
	p.oauthError(p.refreshWith(ctx, t), 403, "invalid_grant", messageInvalid)
}

func (p *player) errorsOfActions(ctx context.Context) {
	p.scene("Errors of Actions")
	p.say("At /authorize the error goes to the callback.")
	callback, _ := p.signIn(ctx, "ext-demo", "invalid-key", "state", "my-custom-state")
	p.equal("error at the callback", map[string]any{"error": "access_denied", "error_description": messageKeys, "state": "my-custom-state"},
		map[string]any{"error": callback.Get("error"), "error_description": callback.Get("error_description"), "state": callback.Get("state")})
	p.say("And an f record is in the log.")
	p.equal("description of the newest f record", messageKeys, p.newestLog(ctx, "f")["description"])
	p.say("At /oauth/token it is a 403. The exchange consumes nothing: the same token still works.")
	t := p.login(ctx)
	p.oauthError(p.refreshWith(ctx, t, "demo", "not-a-string"), 403, "access_denied", messageValue)
	p.oauthError(p.refreshWith(ctx, t, "demo", "deny"), 403, "access_denied", messageDenied)
	p.status(p.refreshWith(ctx, t), 200)
}

func (p *player) reuse(ctx context.Context) {
	p.scene("A stolen token")
	p.say("A refresh token that was exchanged before is presented again: the whole family is revoked.")
	t := p.login(ctx)
	stolen := *t
	p.status(p.refreshWith(ctx, t), 200)
	p.oauthError(p.refreshWith(ctx, &stolen), 403, "invalid_grant", messageReuse)
	p.oauthError(p.refreshWith(ctx, t), 403, "invalid_grant", messageInvalid)
	p.equal("description of the newest ferrt record", messageReuse, p.newestLog(ctx, "ferrt")["description"])
}

// newestLog reads the newest log record of a type over the Management API.
func (p *player) newestLog(ctx context.Context, typ string) map[string]any {
	a := p.get(ctx, "/api/v2/logs?per_page=1&q="+url.QueryEscape("type:"+typ))
	p.status(a, 200)
	if len(a.list) == 0 {
		return nil
	}
	record, _ := a.list[0].(map[string]any)
	return record
}

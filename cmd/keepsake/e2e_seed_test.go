package main

import (
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/oauth2"
)

// TestE2ESeed plays what the documentation of refresh token metadata promises, with its Actions word for word.
func TestE2ESeed(t *testing.T) {
	eachDatabase(t, func(t *testing.T, o processOptions) {
		p := startProcess(t, o)
		for name, play := range map[string]func(*testing.T, *process){
			"organization context":   playOrganization,
			"device information":     playDevice,
			"error at the callback":  playCallbackError,
			"token object":           playTokenObject,
			"metadata by operators":  playOperatorMetadata,
			"errors at /oauth/token": playTokenErrors,
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				play(t, p.in(t))
			})
		}
	})
}

// notes is the demo tenant's public client.
func (p *process) notes() *party { return p.party(demoClient, "", oauth2.AuthStyleInParams) }

func (p *process) alice(from place) *browser { return p.browser(from, e2eEmail, demoPassword) }

func (p *process) demoOperator() *visit { return p.operator(demoOperator, demoOperatorPass) }

// metadata reads the metadata of a refresh token over the Management API.
func metadata(t testing.TB, operator *visit, id string) map[string]any {
	t.Helper()
	r := operator.get(refreshTokenPath(id)).must(t, http.StatusOK)
	m, ok := r.body["refresh_token_metadata"].(map[string]any)
	if !ok {
		t.Fatalf("refresh_token_metadata is no object: %s", r.text)
	}
	return m
}

func wantMetadata(t testing.TB, operator *visit, id string, want map[string]any) {
	t.Helper()
	if diff := cmp.Diff(want, metadata(t, operator, id)); diff != "" {
		t.Errorf("refresh_token_metadata (-want +got):\n%s", diff)
	}
}

// deviceOf is what the Action store-device stores for a login in the United States.
func deviceOf(from place) map[string]any {
	return map[string]any{"initial_ip": from.ip, "initial_asn": "AS64496", "initial_country": "US", "initial_user_agent": from.userAgent}
}

func with(m map[string]any, kv ...string) map[string]any {
	for i := 0; i < len(kv); i += 2 {
		m[kv[i]] = kv[i+1]
	}
	return m
}

func playOrganization(t *testing.T, p *process) {
	f := p.notes().login(t, fromUSA, p.alice(fromUSA), "organization", "acme")
	operator := p.demoOperator()
	stored := with(deviceOf(fromUSA), "org_id", "org_abc123", "org_slug", "acme", "org_name", "Acme Corp")
	wantMetadata(t, operator, f.id, stored)

	f = p.notes().mustRefresh(t, fromUSA, f)
	if got := claimsOf(f.AccessToken)["org_id"]; got != "org_abc123" {
		t.Errorf("the refreshed access token has org_id %v", got)
	}
	wantMetadata(t, operator, f.id, stored)

	// Without an organization there is nothing to store, and nothing to consume.
	f = p.notes().login(t, fromUSA, p.alice(fromUSA))
	wantMetadata(t, operator, f.id, deviceOf(fromUSA))
	if got, ok := claimsOf(p.notes().mustRefresh(t, fromUSA, f).AccessToken)["org_id"]; ok {
		t.Errorf("org_id %v without an organization", got)
	}
}

func playDevice(t *testing.T, p *process) {
	f := p.notes().login(t, fromUSA, p.alice(fromUSA))
	operator := p.demoOperator()
	wantMetadata(t, operator, f.id, deviceOf(fromUSA))
	f = p.notes().mustRefresh(t, fromUSA, f)
	wantMetadata(t, operator, f.id, deviceOf(fromUSA))
	f = p.notes().mustRefresh(t, fromGermany, f)
	wantMetadata(t, operator, f.id, with(deviceOf(fromUSA), "country_changed", "true", "last_country", "DE"))

	device := operator.get(refreshTokenPath(f.id)).must(t, http.StatusOK).body["device"]
	want := map[string]any{
		"initial_ip": fromUSA.ip, "initial_asn": "AS64496", "initial_user_agent": fromUSA.userAgent,
		"last_ip": fromGermany.ip, "last_asn": "AS64497", "last_user_agent": fromGermany.userAgent,
	}
	if diff := cmp.Diff(any(want), device); diff != "" {
		t.Errorf("device (-want +got):\n%s", diff)
	}
}

// TestE2ESeedRevokes binds the documentation's other option: the line that revokes.
func TestE2ESeedRevokes(t *testing.T) {
	eachDatabase(t, func(t *testing.T, o processOptions) {
		o.Tenant = demoTenantWith(t, "- action_name: validate-device\n", "- action_name: validate-device-revoke\n")
		// Only the demo tenant itself brings the demo's location databases.
		o.Env = append(o.Env, "KEEPSAKE_GEOIP_CITY="+filepath.Join(o.Tenant, "geo/demo-city.mmdb"), "KEEPSAKE_GEOIP_ASN="+filepath.Join(o.Tenant, "geo/demo-asn.mmdb"))
		p := startProcess(t, o)
		f := p.notes().login(t, fromUSA, p.alice(fromUSA))
		f = p.notes().mustRefresh(t, fromUSA, f)
		p.notes().exchange(fromGermany, f.RefreshToken).want(t, http.StatusForbidden, oauthError("access_denied", "Suspicious country change detected"))
		p.notes().exchange(fromUSA, f.RefreshToken).want(t, http.StatusForbidden, oauthError("invalid_grant", "Unknown or invalid refresh token."))

		operator := p.demoOperator()
		if r := operator.get(refreshTokenPath(f.id)); r.status != http.StatusNotFound {
			t.Errorf("the Management API still has it: %d %s", r.status, r.text)
		}
		record := newestRecord(t, operator, "srrt")
		if details, _ := record["details"].(map[string]any); details["credential_id"] != f.id {
			t.Errorf("the srrt record is about another token than %s: %v", f.id, record)
		}
	})
}

// newestRecord reads the newest log record of a type.
func newestRecord(t testing.TB, operator *visit, typ string) map[string]any {
	t.Helper()
	r := operator.get("api/v2/logs?include_totals=true&per_page=1&q="+url.QueryEscape("type:"+typ)).must(t, http.StatusOK)
	logs, _ := r.body["logs"].([]any)
	if len(logs) == 0 {
		t.Fatalf("no %s record: %s", typ, r.text)
	}
	record, _ := logs[0].(map[string]any)
	return record
}

func playCallbackError(t *testing.T, p *process) {
	const message = "Failed to set refresh token metadata: Invalid metadata: Metadata keys may only include letters, numbers, underscores, or hyphens"
	callback := p.alice(fromUSA).open(t, p.notes().authorizeURL(oauth2.GenerateVerifier(), "ext-demo", "invalid-key", "state", "my-custom-state"))
	want := url.Values{
		"error": {"access_denied"}, "error_description": {message}, "state": {"my-custom-state"},
		"iss": {p.Issuer}, // RFC 9207, beside what the documentation shows
	}
	if diff := cmp.Diff(want, callback); diff != "" {
		t.Errorf("at the callback (-want +got):\n%s", diff)
	}

	record := newestRecord(t, p.demoOperator(), "f")
	if record["description"] != message {
		t.Errorf("the f record says %v", record["description"])
	}
	details, _ := record["details"].(map[string]any)
	sample := map[string]any{"error": "access_denied", "error_description": message, "state": "my-custom-state"}
	if diff := cmp.Diff(any(sample), details["response"]); diff != "" {
		t.Errorf("what the f record has of the answer (-want +got):\n%s", diff)
	}
}

func playTokenErrors(t *testing.T, p *process) {
	a := p.notes()
	f := a.login(t, fromUSA, p.alice(fromUSA))
	const invalid = "Failed to set refresh token metadata: Invalid metadata: "
	a.exchange(fromUSA, f.RefreshToken, "demo", "invalid-key").want(t, http.StatusForbidden,
		oauthError("access_denied", invalid+"Metadata keys may only include letters, numbers, underscores, or hyphens"))
	a.exchange(fromUSA, f.RefreshToken, "demo", "not-a-string").want(t, http.StatusForbidden,
		oauthError("access_denied", invalid+"Metadata value must be a string"))
	a.exchange(fromUSA, f.RefreshToken, "demo", "deny").want(t, http.StatusForbidden, oauthError("access_denied", "Not on a Sunday"))

	// None of them consumed the token.
	next := a.mustRefresh(t, fromUSA, f)
	a.exchange(fromUSA, f.RefreshToken).want(t, http.StatusForbidden,
		oauthError("invalid_grant", "Unsuccessful Refresh Token exchange, reused refresh token detected"))
	a.exchange(fromUSA, next.RefreshToken).want(t, http.StatusForbidden, oauthError("invalid_grant", "Unknown or invalid refresh token."))
	a.exchange(fromUSA, "v1.MadeUp"+strings.Repeat("x", 40)).want(t, http.StatusForbidden, oauthError("invalid_grant", "Unknown or invalid refresh token."))
}

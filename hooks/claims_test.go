package hooks_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/keepsake/hooks"
)

// restricted is the list of contract 3.4.
const restricted = `acr act active amr at_hash ath attest aud auth_time authorization_details azp c_hash client_id cnf cty dest
entitlements events exp groups gty htm htu iat internalService iss jcard jku jti jwe jwk kid may_act mky nbf nonce object_id
org_id org_name orig origid permissions roles rph s_hash sid sip_callid sip_cseq_num sip_date sip_from_tag sip_via_branch sub
sub_jwk toe txn typ uuid vot vtm x5t#S256`

// target is one of the two tokens.
type target struct {
	name   string
	set    func(*hooks.API, string, any) error
	delete func(*hooks.API, string)
	claims func(*hooks.Outcome) map[string]any
}

var targets = []target{
	{"access token",
		func(api *hooks.API, n string, v any) error { return api.AccessToken.SetCustomClaim(n, v) },
		func(api *hooks.API, n string) { api.AccessToken.DeleteClaim(n) },
		func(o *hooks.Outcome) map[string]any { return o.AccessTokenClaims }},
	{"ID token",
		func(api *hooks.API, n string, v any) error { return api.IDToken.SetCustomClaim(n, v) },
		func(api *hooks.API, n string) { api.IDToken.DeleteClaim(n) },
		func(o *hooks.Outcome) map[string]any { return o.IDTokenClaims }},
}

func onBothTokens(t *testing.T, test func(t *testing.T, target target)) {
	t.Helper()
	for _, target := range targets {
		t.Run(target.name, func(t *testing.T) {
			t.Parallel()
			test(t, target)
		})
	}
}

func TestRestrictedClaimsAreIgnored(t *testing.T) {
	t.Parallel()
	names := strings.Fields(restricted)
	if len(names) != 60 {
		t.Fatalf("%d names", len(names))
	}
	onBothTokens(t, func(t *testing.T, target target) {
		out := with(t, login(), func(api *hooks.API) {
			for _, name := range names {
				wantMessage(t, name, target.set(api, name, "x"), "")
			}
		})
		if len(target.claims(out)) != 0 {
			t.Errorf("claims: %v", target.claims(out))
		}
	})
}

func TestScopeClaimThrows(t *testing.T) {
	t.Parallel()
	onBothTokens(t, func(t *testing.T, target target) {
		out := with(t, login(), func(api *hooks.API) {
			err := target.set(api, "scope", "x")
			wantMessage(t, "scope", err, `The "scope" claim cannot be set.`)
			if !errors.Is(err, hooks.ErrScopeClaim) {
				t.Error("it is not ErrScopeClaim")
			}
			wantMessage(t, "Scope", target.set(api, "Scope", "x"), "")
		})
		if diff := cmp.Diff(map[string]any{"Scope": "x"}, target.claims(out)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

func TestClaimNames(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name, claim string
		// anywhere: in the tokens of an ordinary API; management: in an access token for the Management API.
		anywhere, management bool
	}{
		{"without a namespace", "country", true, false},
		{"OpenID Connect's own", "email", true, false},
		{"https", "https://example.com/country", true, true},
		{"http", "http://example.com/country", true, true},
		{"urn", "urn:example:country", true, true},
		{"another scheme is none", "ftp://example.com/country", true, false},
		{"restricted", "org_id", false, false},
		{"restricted in another case", "ORG_ID", true, false},
		{"empty", "", false, false},
		{"Auth0's", "https://auth0.com/country", false, false},
		{"under Auth0's", "https://tenant.eu.auth0.com/country", false, false},
		{"Auth0's in another case", "https://TENANT.Auth0.com/country", false, false},
		{"Auth0's with a port", "https://auth0.com:8443/country", false, false},
		{"webtask.io", "http://x.webtask.io/country", false, false},
		{"webtask.run", "https://webtask.run", false, false},
		{"only ends like Auth0's", "https://notauth0.com/country", true, true},
		{"only begins like Auth0's", "https://auth0.com.example.com/country", true, true},
		{"Auth0's in the path", "https://example.com/auth0.com", true, true},
		{"Auth0's urn", "urn:auth0:country", false, false},
		{"Auth0's urn alone", "urn:auth0", false, false},
		{"only begins like Auth0's urn", "urn:auth0example:country", true, true},
		{"no URL after all", "https://[::1/country", true, true},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			for _, system := range []bool{false, true} {
				event := login()
				event.ResourceServer = &hooks.ResourceServer{Identifier: "https://api.example.com", System: system}
				out := with(t, event, func(api *hooks.API) {
					wantMessage(t, "access token", api.AccessToken.SetCustomClaim(row.claim, "x"), "")
					wantMessage(t, "ID token", api.IDToken.SetCustomClaim(row.claim, "x"), "")
				})
				want := row.anywhere
				if system {
					want = row.management
				}
				if _, got := out.AccessTokenClaims[row.claim]; got != want {
					t.Errorf("access token, Management API %v: has it %v, want %v", system, got, want)
				}
				if _, got := out.IDTokenClaims[row.claim]; got != row.anywhere {
					t.Errorf("ID token, Management API %v: has it %v, want %v", system, got, row.anywhere)
				}
			}
		})
	}
}

func TestClaimValues(t *testing.T) {
	t.Parallel()
	onBothTokens(t, func(t *testing.T, target target) {
		out, err := run(t, login(),
			hook("first", func(api *hooks.API) {
				for name, value := range map[string]any{"a": "1", "b": 2.5, "null": nil, "deep": map[string]any{"x": []any{true}}, "gone": 1.0, "over": 1.0} {
					wantMessage(t, name, target.set(api, name, value), "")
				}
			}),
			hook("second", func(api *hooks.API) {
				wantMessage(t, "over", target.set(api, "over", 2.0), "")
				target.delete(api, "gone")
				target.delete(api, "never there")
			}))
		if err != nil {
			t.Fatal(err)
		}
		want := map[string]any{"a": "1", "b": 2.5, "null": nil, "deep": map[string]any{"x": []any{true}}, "over": 2.0}
		if diff := cmp.Diff(want, target.claims(out)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

func TestDeleteClaimOfNothing(t *testing.T) {
	t.Parallel()
	onBothTokens(t, func(t *testing.T, target target) {
		out := with(t, login(), func(api *hooks.API) { target.delete(api, "x") })
		if target.claims(out) != nil {
			t.Errorf("claims: %v", target.claims(out))
		}
	})
}

func TestTheTwoTokensAreSeparate(t *testing.T) {
	t.Parallel()
	out := with(t, login(), func(api *hooks.API) {
		wantMessage(t, "set", api.AccessToken.SetCustomClaim("a", "1"), "")
		wantMessage(t, "set", api.IDToken.SetCustomClaim("b", "2"), "")
		api.IDToken.DeleteClaim("a")
	})
	if out.AccessTokenClaims["a"] != "1" || len(out.AccessTokenClaims) != 1 || out.IDTokenClaims["b"] != "2" || len(out.IDTokenClaims) != 1 {
		t.Errorf("access token %v, ID token %v", out.AccessTokenClaims, out.IDTokenClaims)
	}
}

// TestClaimsAreBounded: 100 KB of JSON per token, over all hooks; beyond it the transaction fails.
func TestClaimsAreBounded(t *testing.T) {
	t.Parallel()
	const tooLarge = "The custom claims of a token must be JSON of at most 100 KB."
	largest := strings.Repeat("<", hooks.MaxClaims-len(`{"k":""}`))
	onBothTokens(t, func(t *testing.T, target target) {
		claim := func(name, value string) hooks.Hook {
			return hook("set "+name, func(api *hooks.API) { wantMessage(t, name, target.set(api, name, value), "") })
		}
		for _, row := range []struct {
			name    string
			hooks   []hooks.Hook
			wantErr string
		}{
			{"the largest", []hooks.Hook{claim("k", largest)}, ""},
			{"a byte more", []hooks.Hook{claim("k", largest+"<")}, tooLarge},
			{"over two hooks", []hooks.Hook{claim("k", largest), claim("l", "")}, tooLarge},
			{"replaced by the second hook", []hooks.Hook{claim("k", largest), claim("k", "")}, ""},
		} {
			t.Run(row.name, func(t *testing.T) {
				t.Parallel()
				out, err := run(t, login(), row.hooks...)
				wantMessage(t, "run", err, row.wantErr)
				if row.wantErr != "" && target.claims(out) != nil {
					t.Error("the claims survived")
				}
			})
		}
	})
}

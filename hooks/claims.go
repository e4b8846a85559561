package hooks

import (
	"errors"
	"fmt"
	"net/url"
	"strings"

	"example.com/keepsake/models"
)

// MaxClaims is how large the custom claims of one token may be, in bytes of JSON (contract 3.4).
const MaxClaims = 100 << 10

// ErrScopeClaim is the one claim name that throws.
var ErrScopeClaim = errors.New(`The "scope" claim cannot be set.`)

// restricted are the claim names that are ignored (contract 3.4).
var restricted = names(`acr act active amr at_hash ath attest aud auth_time authorization_details azp c_hash client_id cnf cty
	dest entitlements events exp groups gty htm htu iat internalService iss jcard jku jti jwe jwk kid may_act mky nbf nonce
	object_id org_id org_name orig origid permissions roles rph s_hash sid sip_callid sip_cseq_num sip_date sip_from_tag
	sip_via_branch sub sub_jwk toe txn typ uuid vot vtm x5t#S256`)

func names(list string) map[string]bool {
	m := make(map[string]bool)
	for _, n := range strings.Fields(list) {
		m[n] = true
	}
	return m
}

// reservedNamespaces are hosts under which no custom claim may be named.
var reservedNamespaces = []string{"auth0.com", "webtask.io", "webtask.run"}

// setClaim records a claim, or ignores it. namespaced demands a namespace: tokens for the Management API take no other claims.
func setClaim(claims *map[string]any, name string, value any, namespaced bool) error {
	if name == "scope" {
		return ErrScopeClaim
	}
	isNamespaced, reserved := namespaceOf(name)
	if restricted[name] || reserved || name == "" || (namespaced && !isNamespaced) {
		return nil
	}
	if *claims == nil {
		*claims = make(map[string]any)
	}
	(*claims)[name] = value
	return nil
}

// ClaimName says what setCustomClaim makes of a name: nil if the claim gets into a token, ErrScopeClaim for the one that throws, another
// error for one that is ignored. A token for the Management API takes only names with a namespace.
func ClaimName(name string) error {
	var claims map[string]any
	if err := setClaim(&claims, name, true, false); err != nil || len(claims) > 0 {
		return err
	}
	return fmt.Errorf("the claim %q is ignored: its name or its namespace is restricted", name)
}

// DeleteClaim forgets a claim: what setting one to undefined does.
func (a AccessTokenAPI) DeleteClaim(name string) { delete(a.out.AccessTokenClaims, name) }

// DeleteClaim forgets a claim: what setting one to undefined does.
func (a IDTokenAPI) DeleteClaim(name string) { delete(a.out.IDTokenClaims, name) }

func namespaceOf(name string) (namespaced, reserved bool) {
	if strings.HasPrefix(name, "urn:") {
		return true, name == "urn:auth0" || strings.HasPrefix(name, "urn:auth0:")
	}
	if !strings.HasPrefix(name, "http://") && !strings.HasPrefix(name, "https://") {
		return false, false
	}
	u, err := url.Parse(name)
	if err != nil {
		return true, false
	}
	host := strings.ToLower(u.Hostname())
	for _, r := range reservedNamespaces {
		if host == r || strings.HasSuffix(host, "."+r) {
			return true, true
		}
	}
	return true, false
}

// checkClaims fails a run whose claims would make a token too large, or are no JSON.
func checkClaims(out *Outcome) error {
	for _, claims := range []map[string]any{out.AccessTokenClaims, out.IDTokenClaims} {
		if len(claims) == 0 {
			continue
		}
		if size, err := jsonSize(claims); err != nil || size > MaxClaims {
			return &ThrownError{models.ExecutionError{
				Class: ClassActionError, Name: "Error", Message: "The custom claims of a token must be JSON of at most 100 KB.",
			}}
		}
	}
	return nil
}

package main

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
)

// TestE2ELibraries lets golang.org/x/oauth2 and coreos/go-oidc judge the protocol, each kind of client of the demo tenant in turn.
func TestE2ELibraries(t *testing.T) {
	eachDatabase(t, func(t *testing.T, o processOptions) {
		p := startProcess(t, o)
		for name, play := range map[string]func(*testing.T, *process){
			"a public client":                         playPublicClient,
			"a client with its secret in the header":  playBasicClient,
			"a client with its secret in the body":    playPasswordClient,
			"a client that is somebody else's":        playThirdParty,
			"a browser that is signed in":             playSSO,
			"an ID token for one nonce and no other":  playNonce,
			"the client's own token, for its own API": playClientCredentials,
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				play(t, p.in(t))
			})
		}
	})
}

// provider is what go-oidc discovers of the server.
func (p *process) provider(ctx context.Context) *oidc.Provider {
	p.t.Helper()
	provider, err := oidc.NewProvider(oidc.ClientContext(ctx, p.visit(fromUSA).client), p.Issuer)
	if err != nil {
		p.t.Fatal(err)
	}
	return provider
}

// checkTokens verifies an ID token and an access token by the published keys, and the user by /userinfo.
func (p *process) checkTokens(clientID string, token *oauth2.Token, nonce string) {
	p.t.Helper()
	ctx := p.context(p.t.Context(), fromUSA)
	provider := p.provider(ctx)
	raw, _ := token.Extra("id_token").(string)
	idToken, err := provider.Verifier(&oidc.Config{ClientID: clientID}).Verify(ctx, raw)
	if err != nil {
		p.t.Fatalf("ID token: %v", err)
	}
	if idToken.Nonce != nonce || idToken.Subject != demoUser {
		p.t.Errorf("the ID token has nonce %q and subject %q", idToken.Nonce, idToken.Subject)
	}
	if idToken.AccessTokenHash != "" {
		if err := idToken.VerifyAccessToken(token.AccessToken); err != nil {
			p.t.Errorf("at_hash: %v", err)
		}
	}
	// The Notes API would verify the access token like this.
	access, err := provider.Verifier(&oidc.Config{ClientID: e2eAPI, SupportedSigningAlgs: []string{oidc.ES256}}).Verify(ctx, token.AccessToken)
	if err != nil {
		p.t.Fatalf("access token: %v", err)
	}
	if access.Subject != demoUser {
		p.t.Errorf("the access token's subject is %q", access.Subject)
	}
	info, err := provider.UserInfo(ctx, oauth2.StaticTokenSource(token))
	if err != nil {
		p.t.Fatalf("/userinfo: %v", err)
	}
	if info.Subject != demoUser || info.Email != e2eEmail || !info.EmailVerified {
		p.t.Errorf("/userinfo says %+v", info)
	}
}

func playPublicClient(t *testing.T, p *process) {
	a := p.notes()
	a.config.Endpoint = p.provider(t.Context()).Endpoint() // as discovered
	a.config.Endpoint.AuthStyle = oauth2.AuthStyleInParams
	f := a.login(t, fromUSA, p.alice(fromUSA), "nonce", "a-nonce")
	p.checkTokens(demoClient, f.Token, "a-nonce")
	next := a.mustRefresh(t, fromUSA, f)
	p.checkTokens(demoClient, next.Token, "")
	if next.RefreshToken == f.RefreshToken {
		t.Error("the refresh token did not rotate")
	}
	_, err := a.refresh(t.Context(), fromUSA, f)
	var refused *oauth2.RetrieveError
	if !errors.As(err, &refused) || refused.ErrorCode != "invalid_grant" || refused.Response.StatusCode != http.StatusForbidden {
		t.Errorf("the library's error for a reused token: %v", err)
	}
}

func playBasicClient(t *testing.T, p *process) {
	const clientID = "NotesReportsWeb00000000000000003"
	a := p.party(clientID, demoSecrets[clientID], oauth2.AuthStyleInHeader)
	f := a.login(t, fromUSA, p.alice(fromUSA))
	p.checkTokens(clientID, f.Token, "")
	for range 3 {
		next := a.mustRefresh(t, fromUSA, f)
		if next.RefreshToken != f.RefreshToken {
			t.Fatal("a token that does not rotate changed")
		}
		f = next
	}
}

func playPasswordClient(t *testing.T, p *process) {
	a := p.party(demoWebClient, demoSecrets[demoWebClient], oauth2.AuthStyleInParams)
	ctx := p.context(t.Context(), fromUSA)
	if _, err := a.config.PasswordCredentialsToken(ctx, e2eEmail, "not her password"); err == nil {
		t.Error("a wrong password was accepted")
	}
	// The library can't ask for an audience with a password: what it gets is for /userinfo.
	token, err := a.config.PasswordCredentialsToken(ctx, e2eEmail, demoPassword)
	if err != nil {
		t.Fatal(err)
	}
	f := a.mustRefresh(t, fromUSA, a.keep(token))
	info, err := p.provider(t.Context()).UserInfo(ctx, oauth2.StaticTokenSource(f.Token))
	if err != nil || info.Subject != demoUser {
		t.Errorf("/userinfo: %v, %v", info, err)
	}
}

func playThirdParty(t *testing.T, p *process) {
	const clientID = "PartnerCalendar00000000000000005"
	a := p.party(clientID, demoSecrets[clientID], oauth2.AuthStyleInParams)
	alice := p.alice(fromUSA)
	p.checkTokens(clientID, a.login(t, fromUSA, alice).Token, "")
	if alice.consents != 1 {
		t.Errorf("%d consent pages at the first login, want 1", alice.consents)
	}
	a.login(t, fromUSA, alice)
	if alice.consents != 1 {
		t.Errorf("asked again for a consent that was given")
	}
	a.login(t, fromUSA, alice, "prompt", "consent")
	if alice.consents != 2 {
		t.Errorf("%d consent pages after prompt=consent, want 2", alice.consents)
	}
}

func playSSO(t *testing.T, p *process) {
	a, alice := p.notes(), p.alice(fromUSA)
	silently := []string{"prompt", "none"}
	if got := alice.open(t, a.authorizeURL(oauth2.GenerateVerifier(), silently...)).Get("error"); got != "login_required" {
		t.Errorf("prompt=none without a session: error %q", got)
	}
	a.login(t, fromUSA, alice)
	alice.password = "nobody asks for it"
	p.checkTokens(demoClient, a.login(t, fromUSA, alice, silently...).Token, "")

	if r := alice.get("v2/logout?client_id=" + demoClient + "&returnTo=http%3A%2F%2F127.0.0.1%3A8787%2F"); r.location != "http://127.0.0.1:8787/" {
		t.Errorf("logout: %d to %q", r.status, r.location)
	}
	if got := alice.open(t, a.authorizeURL(oauth2.GenerateVerifier(), silently...)).Get("error"); got != "login_required" {
		t.Errorf("prompt=none after the logout: error %q", got)
	}
}

func playNonce(t *testing.T, p *process) {
	a, alice := p.notes(), p.alice(fromUSA)
	verifier := oauth2.GenerateVerifier()
	code := alice.open(t, a.authorizeURL(verifier, "nonce", "first")).Get("code")
	ctx := p.context(t.Context(), fromUSA)
	if _, err := a.config.Exchange(ctx, code, oauth2.VerifierOption(oauth2.GenerateVerifier())); err == nil {
		t.Error("another verifier was accepted")
	}
	code = alice.open(t, a.authorizeURL(verifier, "nonce", "second")).Get("code")
	token, err := a.config.Exchange(ctx, code, oauth2.VerifierOption(verifier))
	if err != nil {
		t.Fatal(err)
	}
	p.checkTokens(demoClient, a.keep(token).Token, "second")
	if _, err := a.config.Exchange(ctx, code, oauth2.VerifierOption(verifier)); err == nil {
		t.Error("a used code was accepted")
	}
}

func playClientCredentials(t *testing.T, p *process) {
	const clientID = "NotesReportsWeb00000000000000003"
	config := clientcredentials.Config{
		ClientID: clientID, ClientSecret: demoSecrets[clientID], TokenURL: p.url("oauth/token"), AuthStyle: oauth2.AuthStyleInHeader,
		EndpointParams: map[string][]string{"audience": {e2eAPI}},
	}
	ctx := p.context(t.Context(), fromUSA)
	token, err := config.Token(ctx)
	if err != nil {
		t.Fatal(err)
	}
	p.Vault.add("an access token", token.AccessToken)
	access, err := p.provider(ctx).Verifier(&oidc.Config{ClientID: e2eAPI, SupportedSigningAlgs: []string{oidc.ES256}}).Verify(ctx, token.AccessToken)
	if err != nil {
		t.Fatal(err)
	}
	var claims struct{ Scope, Gty string }
	if err := access.Claims(&claims); err != nil {
		t.Fatal(err)
	}
	if access.Subject != clientID+"@clients" || claims.Scope != "read:notes" || claims.Gty != "client-credentials" {
		t.Errorf("subject %q, claims %+v", access.Subject, claims)
	}
	if left := time.Until(access.Expiry); left <= 0 || !slices.Contains(access.Audience, e2eAPI) {
		t.Errorf("audience %v, %s left", access.Audience, left)
	}
}

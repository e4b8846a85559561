package main

import (
	"context"
	"net/url"
	"testing"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
)

// party is an application, played by golang.org/x/oauth2.
type party struct {
	p      *process
	config *oauth2.Config
}

func (p *process) party(clientID, secret string, style oauth2.AuthStyle) *party {
	p.Vault.add("a client's secret", secret)
	return &party{p: p, config: &oauth2.Config{
		ClientID: clientID, ClientSecret: secret, RedirectURL: e2eCallback,
		Scopes: []string{"openid", "profile", "email", "offline_access", "read:notes"},
		Endpoint: oauth2.Endpoint{
			AuthURL: p.url("authorize"), TokenURL: p.url("oauth/token"), AuthStyle: style,
		},
	}}
}

// context makes the library reach the server from a place.
func (p *process) context(ctx context.Context, from place) context.Context {
	return context.WithValue(ctx, oauth2.HTTPClient, p.visit(from).client)
}

// family is a refresh token and what came with it.
type family struct {
	*oauth2.Token
	id string // of the refresh token
}

// login signs a person in with PKCE and exchanges the code, from the browser's place. More are pairs of parameters of
// /authorize.
func (a *party) login(t testing.TB, from place, b *browser, more ...string) family {
	t.Helper()
	verifier := oauth2.GenerateVerifier()
	a.p.Vault.add("a PKCE verifier", verifier)
	callback := b.open(t, a.authorizeURL(verifier, more...))
	if callback.Get("error") != "" || callback.Get("state") != "a-state" {
		t.Fatalf("the callback got %v", callback)
	}
	token, err := a.config.Exchange(a.p.context(t.Context(), from), callback.Get("code"), oauth2.VerifierOption(verifier))
	if err != nil {
		t.Fatalf("exchange the code: %v", err)
	}
	return a.keep(token)
}

func (a *party) authorizeURL(verifier string, more ...string) string {
	options := []oauth2.AuthCodeOption{oauth2.S256ChallengeOption(verifier), oauth2.SetAuthURLParam("audience", e2eAPI)}
	for i := 0; i < len(more); i += 2 {
		options = append(options, oauth2.SetAuthURLParam(more[i], more[i+1]))
	}
	return a.config.AuthCodeURL("a-state", options...)
}

// refresh exchanges the refresh token of f by the library's TokenSource.
func (a *party) refresh(ctx context.Context, from place, f family) (family, error) {
	expired := &oauth2.Token{RefreshToken: f.RefreshToken, Expiry: time.Unix(1, 0)}
	token, err := a.config.TokenSource(a.p.context(ctx, from), expired).Token()
	if err != nil {
		return family{}, err
	}
	next := a.keep(token)
	if next.id == "" {
		next.id = f.id
	}
	return next, nil
}

func (a *party) mustRefresh(t testing.TB, from place, f family) family {
	t.Helper()
	next, err := a.refresh(t.Context(), from, f)
	if err != nil {
		t.Fatalf("refresh: %v", err)
	}
	return next
}

// exchange is refresh without the library: for more parameters, and for the bytes of errors.
func (a *party) exchange(from place, refreshToken string, more ...string) reply {
	a.p.t.Helper()
	r := a.p.visit(from).post("oauth/token", a.refreshForm(refreshToken, more...))
	a.p.Vault.add("a refresh token", r.str("refresh_token"))
	a.p.Vault.add("an access token", r.str("access_token"))
	return r
}

func (a *party) refreshForm(refreshToken string, more ...string) url.Values {
	form := pairs(append([]string{"grant_type", "refresh_token", "client_id", a.config.ClientID, "refresh_token", refreshToken}, more...)...)
	if a.config.ClientSecret != "" {
		form.Set("client_secret", a.config.ClientSecret)
	}
	return form
}

func (a *party) keep(token *oauth2.Token) family {
	a.p.Vault.add("a refresh token", token.RefreshToken)
	a.p.Vault.add("an access token", token.AccessToken)
	idToken, _ := token.Extra("id_token").(string)
	a.p.Vault.add("an ID token", idToken)
	id, _ := token.Extra("refresh_token_id").(string)
	return family{Token: token, id: id}
}

// operator returns somebody with a token for the Management API, got by client_credentials.
func (p *process) operator(clientID, secret string) *visit {
	p.t.Helper()
	p.Vault.add("the machine's secret", secret)
	config := clientcredentials.Config{
		ClientID: clientID, ClientSecret: secret, TokenURL: p.url("oauth/token"), AuthStyle: oauth2.AuthStyleInParams,
		EndpointParams: url.Values{"audience": {p.url("api/v2/")}},
	}
	token, err := config.Token(p.context(p.t.Context(), fromUSA))
	if err != nil {
		p.t.Fatalf("client_credentials: %v", err)
	}
	p.Vault.add("a Management API token", token.AccessToken)
	v := p.visit(fromUSA)
	v.bearer = token.AccessToken
	return v
}

// refreshTokenPath is where the Management API has a refresh token.
func refreshTokenPath(id string) string { return "api/v2/refresh-tokens/" + url.PathEscape(id) }

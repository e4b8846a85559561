package main

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/auth0/go-auth0/v2/management"
	"github.com/auth0/go-auth0/v2/management/client"
	"github.com/auth0/go-auth0/v2/management/option"
	"github.com/google/go-cmp/cmp"
)

// playTokenObject holds GET /api/v2/refresh-tokens/{id} to contract 4.2, member by member, before and after an exchange.
func playTokenObject(t *testing.T, p *process) {
	f := p.notes().login(t, fromUSA, p.alice(fromUSA))
	operator := p.demoOperator()
	times := regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$`)
	read := func(exchanged bool) map[string]any {
		t.Helper()
		object := operator.get(refreshTokenPath(f.id)).must(t, http.StatusOK).body
		for _, name := range []string{"created_at", "expires_at", "idle_expires_at", "last_exchanged_at"} {
			text, _ := object[name].(string)
			if name == "last_exchanged_at" && !exchanged {
				if object[name] != nil {
					t.Errorf("%s before the first exchange: %v", name, object[name])
				}
			} else if !times.MatchString(text) {
				t.Errorf("%s is %v", name, object[name])
			}
			object[name] = "a time"
		}
		if session, _ := object["session_id"].(string); !strings.HasPrefix(session, "sess_") {
			t.Errorf("session_id is %v", object["session_id"])
		}
		object["session_id"] = "a session"
		return object
	}
	want := map[string]any{
		"id": f.id, "user_id": demoUser, "client_id": demoClient, "session_id": "a session", "rotating": true,
		"created_at": "a time", "expires_at": "a time", "idle_expires_at": "a time", "last_exchanged_at": "a time",
		"device": map[string]any{
			"initial_ip": fromUSA.ip, "initial_asn": "AS64496", "initial_user_agent": fromUSA.userAgent,
			"last_ip": fromUSA.ip, "last_asn": "AS64496", "last_user_agent": fromUSA.userAgent,
		},
		"resource_servers":       []any{map[string]any{"audience": e2eAPI, "scopes": "openid profile email offline_access read:notes"}},
		"refresh_token_metadata": deviceOf(fromUSA),
	}
	if diff := cmp.Diff(want, read(false)); diff != "" {
		t.Errorf("after the login (-want +got):\n%s", diff)
	}
	f = p.notes().mustRefresh(t, fromUSA, f)
	if diff := cmp.Diff(want, read(true)); diff != "" {
		t.Errorf("after a refresh (-want +got):\n%s", diff)
	}
}

// playOperatorMetadata plays GET, PATCH and DELETE, by hand and with Auth0's SDK.
func playOperatorMetadata(t *testing.T, p *process) {
	f := p.notes().login(t, fromUSA, p.alice(fromUSA))
	operator := p.demoOperator()
	path := refreshTokenPath(f.id)
	patch := func(metadata any) reply {
		t.Helper()
		return operator.call(http.MethodPatch, path, map[string]any{"refresh_token_metadata": metadata})
	}
	for _, metadata := range []map[string]any{{"my_metadata": "my new metadata"}, {}, fullMetadata("v", 25)} {
		r := patch(metadata).must(t, http.StatusOK)
		if diff := cmp.Diff(any(metadata), r.body["refresh_token_metadata"]); diff != "" {
			t.Errorf("the answer of PATCH (-want +got):\n%s", diff)
		}
		wantMetadata(t, operator, f.id, metadata)
	}
	// The documentation's bodies, byte for byte.
	for _, body := range []string{`{"refresh_token_metadata":{"my_metadata":"my new metadata"}}`, `{"refresh_token_metadata":{}}`} {
		operator.send(http.MethodPatch, path, "application/json", body).must(t, http.StatusOK)
		if got := operator.get(path+"?fields=refresh_token_metadata").must(t, http.StatusOK).text; strings.TrimSpace(got) != body {
			t.Errorf("GET answers %s, want %s", got, body)
		}
	}

	const refused = `{"statusCode":400,"error":"Bad Request","message":"Metadata must not exceed 25 entries. Each key and value must be ≤ 255 characters."}`
	for name, metadata := range map[string]map[string]any{
		"26 entries":                fullMetadata("v", 26),
		"a key of 256 characters":   {strings.Repeat("k", 256): "v"},
		"a value of 256 characters": {"k": strings.Repeat("v", 256)},
		"a value of 256 UTF-16":     {"k": strings.Repeat("😀", 128)},
	} {
		r := patch(metadata)
		if r.status != http.StatusBadRequest || strings.TrimSpace(r.text) != refused {
			t.Errorf("%s: %d %s", name, r.status, r.text)
		}
	}
	// An emoji is two UTF-16 units: 127 of them and a letter are 255.
	patch(map[string]any{"k": strings.Repeat("😀", 127) + "v"}).must(t, http.StatusOK)

	playSDK(t, p, f)
	p.notes().exchange(fromUSA, f.RefreshToken).want(t, http.StatusForbidden, oauthError("invalid_grant", "Unknown or invalid refresh token."))
	operator.get(path).must(t, http.StatusNotFound)
}

// fullMetadata has n entries.
func fullMetadata(value string, n int) map[string]any {
	m := map[string]any{}
	for i := range n {
		m[fmt.Sprintf("key-%02d", i)] = value
	}
	return m
}

// playSDK has Auth0's own SDK read, patch and delete a refresh token.
func playSDK(t *testing.T, p *process, f family) {
	ctx := t.Context()
	sdk, err := client.New(strings.TrimSuffix(p.Issuer, "/"), option.WithInsecure(), option.WithHTTPClient(p.visit(fromUSA).client),
		option.WithClientCredentialsAndAudience(ctx, demoOperator, demoOperatorPass, p.url("api/v2/")))
	if err != nil {
		t.Fatal(err)
	}
	set := management.RefreshTokenMetadata{"from": "the SDK"}
	updated, err := sdk.RefreshTokens.Update(ctx, f.id, &management.UpdateRefreshTokenRequestContent{RefreshTokenMetadata: &set})
	if err != nil {
		t.Fatal(err)
	}
	got, err := sdk.RefreshTokens.Get(ctx, f.id)
	if err != nil {
		t.Fatal(err)
	}
	for _, metadata := range []management.RefreshTokenMetadata{updated.GetRefreshTokenMetadata(), got.GetRefreshTokenMetadata()} {
		if diff := cmp.Diff(set, metadata); diff != "" {
			t.Errorf("metadata by the SDK (-want +got):\n%s", diff)
		}
	}
	if got.GetID() != f.id || got.GetUserID() != demoUser {
		t.Errorf("the SDK got %v", got)
	}
	if err := sdk.RefreshTokens.Delete(ctx, f.id); err != nil {
		t.Error(err)
	}
}

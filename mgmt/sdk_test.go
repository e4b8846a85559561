package mgmt

import (
	"net/http/httptest"
	"testing"

	"github.com/auth0/go-auth0/v2/management"
	"github.com/auth0/go-auth0/v2/management/client"
	"github.com/auth0/go-auth0/v2/management/option"
	"github.com/google/go-cmp/cmp"
)

// Auth0's own SDK must find what it expects.
func TestAuth0SDK(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	server := httptest.NewServer(w.handler)
	t.Cleanup(server.Close)
	sdk, err := client.New(server.URL, option.WithInsecure(), option.WithToken(everything()))
	if err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()

	metadata := management.RefreshTokenMetadata{"my_metadata": "my new metadata"}
	updated, err := sdk.RefreshTokens.Update(ctx, "rt_full", &management.UpdateRefreshTokenRequestContent{RefreshTokenMetadata: &metadata})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(metadata, updated.GetRefreshTokenMetadata()); diff != "" {
		t.Errorf("metadata after update (-want +got):\n%s", diff)
	}
	got, err := sdk.RefreshTokens.Get(ctx, "rt_full")
	if err != nil {
		t.Fatal(err)
	}
	if got.GetID() != "rt_full" || got.Device.GetInitialAsn() != "AS13335" || !got.GetRotating() {
		t.Errorf("got %v", got)
	}

	page, err := sdk.RefreshTokens.List(ctx, &management.GetRefreshTokensRequestParameters{UserID: "auth0|ann", Take: management.Int(1)})
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for it := page.Iterator(); it.Next(ctx); {
		ids = append(ids, it.Current().GetID())
	}
	if diff := cmp.Diff([]string{"rt_full", "rt_plain"}, ids); diff != "" {
		t.Errorf("listed (-want +got):\n%s", diff)
	}

	session, err := sdk.Sessions.Get(ctx, "sess_1")
	if err != nil || session.GetUserID() != "auth0|ann" {
		t.Errorf("session %v: %v", session, err)
	}
	logs, err := sdk.Logs.List(ctx, &management.ListLogsRequestParameters{})
	if err != nil || len(logs.Results) != 1 || logs.Results[0].GetType() != "sapi" {
		t.Errorf("logs %v: %v", logs, err)
	}
	if err := sdk.RefreshTokens.Revoke(ctx, &management.RevokeRefreshTokensRequestContent{UserID: management.String("auth0|ann")}); err != nil {
		t.Error(err)
	}
	if err := sdk.Sessions.Revoke(ctx, "sess_1"); err != nil {
		t.Error(err)
	}
	if _, err := sdk.RefreshTokens.Get(ctx, "rt_full"); err == nil {
		t.Error("a revoked token is still there")
	}
}

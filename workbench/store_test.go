package workbench_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/keepsake/hooks"
	"example.com/keepsake/models"
	"example.com/keepsake/workbench"
)

// TestStore: a refresh finds what the login before it has left.
func TestStore(t *testing.T) {
	t.Parallel()
	store := &workbench.Store{}
	sets := []string{"user.app_metadata.plan=free", `session.metadata.logins="1"`, "request.ip=198.51.100.7", `authentication.methods=[{"name":"mfa","type":"otp"}]`}
	play := func(m workbench.Moment, body string) (*workbench.Report, *hooks.Event) {
		t.Helper()
		e := workbench.Sample(m, now)
		store.Restore(e)
		for _, set := range sets {
			change, err := workbench.ParseSet(set)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := workbench.Change(e, store.Pending(change)); err != nil {
				t.Fatal(err)
			}
		}
		seen := *e
		r, err := workbench.Run(t.Context(), workbench.Options{Actions: bound(body), Event: e, Store: store, Now: func() time.Time { return now }})
		if err != nil || r.Result != workbench.Succeeded {
			t.Fatalf("%v, %+v", err, r)
		}
		return r, &seen
	}
	play(workbench.Login, `
		api.refreshToken.setMetadata("country", "DE");
		api.refreshToken.setExpiresAt(`+millis(now.Add(48*time.Hour))+`);
		api.session.setMetadata("logins", "2");
		api.session.setIdleExpiresAt(`+millis(now.Add(time.Hour))+`);
		api.session.setCookieMode("non-persistent");
		api.user.setAppMetadata("plan", "pro");
		api.user.setUserMetadata("seen", true);
		api.cache.set("k", "v");`)
	r, e := play(workbench.Refresh, `
		console.log(api.cache.get("k").value, event.authentication.riskAssessment.assessments.NewDevice.code);
		api.refreshToken.setExpiresAt(`+millis(now.Add(96*time.Hour))+`);`)

	if got := r.Executions[0].Console; got != "v match" {
		t.Errorf("the Action printed %q", got)
	}
	if !r.ExpiresAt.Equal(now.Add(48*time.Hour)) || len(r.Logs) != 2 {
		t.Errorf("the token ends at %s, logs %v", r.ExpiresAt, r.Logs)
	}
	token, session := e.RefreshToken, e.Session
	if diff := cmp.Diff(models.Metadata{"country": "DE"}, token.Metadata); diff != "" {
		t.Errorf("refresh token metadata (-want +got):\n%s", diff)
	}
	if !token.CreatedAt.Equal(now) || !token.ExpiresAt.Equal(now.Add(48*time.Hour)) || !token.IdleExpiresAt.Equal(now.Add(models.DefaultIdleTokenLifetime)) ||
		token.Device.InitialIP != "198.51.100.7" || token.SessionID != session.ID || !token.LastExchangedAt.IsZero() {
		t.Errorf("refresh token %+v", token)
	}
	if diff := cmp.Diff([]hooks.TokenResourceServer{{Audience: "https://api.example.com", Scopes: "openid profile offline_access"}}, token.ResourceServers); diff != "" {
		t.Errorf("resource servers (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(models.Metadata{"logins": "2"}, session.Metadata); diff != "" {
		t.Errorf("session metadata (-want +got):\n%s", diff)
	}
	if !session.IdleExpiresAt.Equal(now.Add(time.Hour)) || session.CookieMode != models.CookieNonPersistent || !session.CreatedAt.Equal(now) {
		t.Errorf("session %+v", session)
	}
	if diff := cmp.Diff([]any{map[string]any{"plan": "pro"}, map[string]any{"seen": true}}, []any{e.User.AppMetadata, e.User.UserMetadata}); diff != "" {
		t.Errorf("the user's metadata (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]models.AuthMethod{{Name: "mfa", Type: "otp"}}, e.Authentication.Methods); diff != "" {
		t.Errorf("methods (-want +got):\n%s", diff)
	}
}

// TestStoreOfNobody: without a login before, an exchange has what the sample and the changes say.
func TestStoreOfNobody(t *testing.T) {
	t.Parallel()
	store := &workbench.Store{}
	e, want := workbench.Sample(workbench.Refresh, now), workbench.Sample(workbench.Refresh, now)
	store.Restore(e)
	e.Lookup, want.Lookup = hooks.Lookup{}, hooks.Lookup{}
	if diff := cmp.Diff(want, e); diff != "" {
		t.Errorf("event (-want +got):\n%s", diff)
	}
	change := map[string]any{"session": nil, "user": map[string]any{"email": "a@b"}}
	if diff := cmp.Diff(change, store.Pending(change)); diff != "" {
		t.Errorf("change (-want +got):\n%s", diff)
	}
}

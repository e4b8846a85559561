package hooks_test

import (
	"context"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/keepsake/hooks"
	"example.com/keepsake/models"
)

// everything calls as much of the api object as one hook can.
func everything(t *testing.T, api *hooks.API) {
	t.Helper()
	if err := errors.Join(
		api.AccessToken.SetCustomClaim("a", "new"), api.IDToken.SetCustomClaim("a", "new"),
		api.AccessToken.AddScope("second"), api.AccessToken.RemoveScope("first"),
		api.RefreshToken.SetMetadata("a", "new"), api.RefreshToken.DeleteMetadata("old"), api.RefreshToken.SetExpiresAt(1e12),
		api.Session.SetMetadata("a", "new"), api.Session.SetCookieMode("persistent"),
		api.Transaction.SetMetadata("a", "new"), api.User.SetAppMetadata("a", "new"), api.User.SetUserMetadata("a", "new"),
		api.Multifactor.Enable(hooks.Multifactor{Provider: hooks.ProviderAny}),
		api.Redirect.SendUserTo("https://example.com/"),
	); err != nil {
		t.Error(err)
	}
	api.Access.Deny("no")
}

// earlier is what a hook before has decided.
func earlier(t *testing.T) hooks.Hook {
	return hook("earlier", func(api *hooks.API) {
		if err := errors.Join(
			api.AccessToken.SetCustomClaim("a", "old"), api.AccessToken.AddScope("first"), api.RefreshToken.SetMetadata("a", "old"),
			api.Session.SetMetadata("b", "old"), api.Transaction.SetMetadata("a", "old"), api.User.SetAppMetadata("a", "old"),
		); err != nil {
			t.Error(err)
		}
	})
}

func state(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestRollbackTakesBackWhatAHookDid(t *testing.T) {
	t.Parallel()
	event := exchange(models.Metadata{"old": "x"})
	var before, after string
	out, err := run(t, event, earlier(t), hook("undone", func(api *hooks.API) {
		var c hooks.Checkpoint
		api.Checkpoint(&c)
		before = state(t, api.Remote())
		everything(t, api)
		if state(t, api.Remote()) == before {
			t.Error("the hook did nothing")
		}
		api.Rollback(&c)
		after = state(t, api.Remote())
		// It begins anew: what was set before does not count.
		if err := api.RefreshToken.SetMetadata("b", "kept"); err != nil {
			t.Error(err)
		}
	}))
	if err != nil {
		t.Fatal(err)
	}
	var was, is any
	if json.Unmarshal([]byte(before), &was) != nil || json.Unmarshal([]byte(after), &is) != nil {
		t.Fatal("the states are no JSON")
	}
	delete(was.(map[string]any), "now")
	delete(is.(map[string]any), "now")
	if diff := cmp.Diff(was, is); diff != "" {
		t.Errorf("after the rollback (-before +after):\n%s", diff)
	}
	if diff := cmp.Diff(models.MetadataDelta{Set: map[string]string{"a": "old", "b": "kept"}}, out.Metadata); diff != "" {
		t.Errorf("metadata (-want +got):\n%s", diff)
	}
}

// A hook that runs in another process, on what has gone through JSON, comes to the same as one that runs here.
func TestARemoteRunComesToTheSame(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	play := func(second hooks.Hook) (*hooks.Event, *hooks.Outcome, error) {
		event := exchange(models.Metadata{"old": "x"})
		event.User.AppMetadata = map[string]any{"n": 1.5, "list": []any{"a", nil}}
		event.Lookup.Groups = func(context.Context) ([]models.Group, error) { return []models.Group{{ID: "g1", Name: "staff"}}, nil }
		event.Lookup.Factors = func(context.Context) ([]models.Factor, error) { return nil, errors.New("a secret of the database's") }
		chain := hooks.Chain{Hooks: []hooks.Hook{earlier(t), second}, Now: func() time.Time { return at }}
		out, err := chain.Run(t.Context(), event)
		event.Lookup = hooks.Lookup{}
		return event, out, err
	}
	do := func(api *hooks.API) {
		everything(t, api)
		ttl := 1000.0
		_, code := api.Cache.Set("k", "v", hooks.CacheExpiry{TTL: &ttl})
		record, found := api.Cache.Get("k")
		groups, _, err := api.Groups.UserGroups(hooks.Paging{})
		_, lookupErr := api.EnrolledFactors()
		risk, riskErr := api.RiskAssessment()
		if err := errors.Join(
			api.User.SetAppMetadata("groups", groups[0].Name), api.User.SetAppMetadata("cached", record.Value),
			api.User.SetAppMetadata("ends", record.ExpiresAt), err, riskErr,
		); err != nil {
			t.Error(err)
		}
		if code != "" || !found || risk != nil || lookupErr == nil || lookupErr.Error() != "The server could not read what the event is made of." {
			t.Errorf("code %q, found %v, risk %v, lookup %v", code, found, risk, lookupErr)
		}
		if code := api.Cache.Delete("k"); code != "" {
			t.Errorf("delete: %s", code)
		}
	}
	here, hereOut, hereErr := play(hook("second", do))
	there, thereOut, thereErr := play(hooks.Func("second", func(_ context.Context, _ *hooks.Event, api *hooks.API) error {
		var sent hooks.Remote
		if err := json.Unmarshal([]byte(state(t, api.Remote())), &sent); err != nil {
			return err
		}
		remote := sent.API(func() time.Time { return at }, api.Answer)
		do(remote)
		var changes hooks.Changes
		if err := json.Unmarshal([]byte(state(t, remote.Changes())), &changes); err != nil {
			return err
		}
		api.Apply(changes)
		return nil
	}))
	if message(hereErr) != message(thereErr) || message(hereErr) != "no" {
		t.Errorf("here: %v, there: %v", hereErr, thereErr)
	}
	if diff := cmp.Diff(state(t, hereOut), state(t, thereOut)); diff != "" {
		t.Errorf("outcome (-here +there):\n%s", diff)
	}
	if diff := cmp.Diff(state(t, here), state(t, there)); diff != "" {
		t.Errorf("event (-here +there):\n%s", diff)
	}
}

// What a run may not take back is announced before it happens.
func TestOutsideIsAnnounced(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name string
		do   func(api *hooks.API)
		want bool
	}{
		{"a change of its own", func(api *hooks.API) { _ = api.RefreshToken.SetMetadata("a", "b") }, false},
		{"a read of the cache", func(api *hooks.API) { api.Cache.Get("a") }, false},
		{"a write to the cache", func(api *hooks.API) { api.Cache.Set("a", "b", hooks.CacheExpiry{}) }, true},
		{"a removal from the cache", func(api *hooks.API) { api.Cache.Delete("a") }, true},
		{"a lookup", func(api *hooks.API) { _, _, _ = api.Groups.UserGroups(hooks.Paging{}) }, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			event := exchange(nil)
			event.Lookup.Groups = func(context.Context) ([]models.Group, error) { return nil, nil }
			told := 0
			if _, err := run(t, event, hook("test", func(api *hooks.API) {
				api.OnOutside(func() { told++ })
				test.do(api)
				test.do(api)
			})); err != nil {
				t.Fatal(err)
			}
			if told > 1 || (told == 1) != test.want {
				t.Errorf("told %d times, want %v", told, test.want)
			}
		})
	}
}

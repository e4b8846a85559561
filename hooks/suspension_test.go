package hooks_test

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/keepsake/hooks"
	"example.com/keepsake/models"
)

// twoParts is a hook with both of its parts.
type twoParts struct {
	id            string
	login, resume func(event *hooks.Event, api *hooks.API) error
}

func (h twoParts) Info() hooks.Info { return hooks.Info{ID: h.id, Name: h.id} }

func (h twoParts) PostLogin(_ context.Context, event *hooks.Event, api *hooks.API) error {
	if h.login == nil {
		return nil
	}
	return h.login(event, api)
}

func (h twoParts) ContinuePostLogin(_ context.Context, event *hooks.Event, api *hooks.API) error {
	if h.resume == nil {
		return hooks.ErrNotHandled
	}
	return h.resume(event, api)
}

func sendAway(_ *hooks.Event, api *hooks.API) error {
	return api.Redirect.SendUserTo("https://terms.example/accept", nil)
}

func claim(name string) func(*hooks.Event, *hooks.API) error {
	return func(_ *hooks.Event, api *hooks.API) error { return api.AccessToken.SetCustomClaim(name, true) }
}

// suspend runs the chain and returns the state that it waits with, after a round trip through JSON.
func suspend(t *testing.T, chain *hooks.Chain, event *hooks.Event) *hooks.State {
	t.Helper()
	_, err := chain.Run(t.Context(), event)
	return stateOf(t, err)
}

func stateOf(t *testing.T, err error) *hooks.State {
	t.Helper()
	var suspended *hooks.SuspendedError
	if !errors.As(err, &suspended) {
		t.Fatalf("the chain was not suspended: %v", err)
	}
	text, err := json.Marshal(suspended.State)
	if err != nil {
		t.Fatal(err)
	}
	var state hooks.State
	if err := json.Unmarshal(text, &state); err != nil {
		t.Fatal(err)
	}
	return &state
}

func TestResumeGoesOnBehindTheSuspension(t *testing.T) {
	t.Parallel()
	chain := &hooks.Chain{Hooks: []hooks.Hook{
		twoParts{id: "before", login: claim("before")},
		twoParts{id: "away", login: sendAway, resume: func(event *hooks.Event, api *hooks.API) error {
			return api.AccessToken.SetCustomClaim("answer", event.Request.Query["answer"])
		}},
		twoParts{id: "after", login: claim("after")},
	}}
	state := suspend(t, chain, &hooks.Event{})
	want := &hooks.Suspension{HookID: "away", Redirect: &hooks.Redirect{URL: "https://terms.example/accept"}}
	if diff := cmp.Diff(want, state.Suspension()); diff != "" {
		t.Errorf("suspension (-want +got):\n%s", diff)
	}
	out, err := chain.Resume(t.Context(), &hooks.Event{Request: hooks.Request{Query: map[string]any{"answer": "yes"}}}, state)
	if err != nil || out.Suspension != nil {
		t.Fatalf("Resume: %v, suspension %v", err, out.Suspension)
	}
	if diff := cmp.Diff(map[string]any{"before": true, "answer": "yes", "after": true}, out.AccessTokenClaims); diff != "" {
		t.Errorf("claims (-want +got):\n%s", diff)
	}
	var ran []string
	for _, r := range out.Results {
		ran = append(ran, r.ActionName)
	}
	if diff := cmp.Diff([]string{"before", "away", "away", "after"}, ran); diff != "" {
		t.Errorf("executions (-want +got):\n%s", diff)
	}
}

func TestResumeAfterABindingHasChanged(t *testing.T) {
	t.Parallel()
	one, two := twoParts{id: "one", login: claim("one")}, twoParts{id: "two", login: claim("two")}
	away := twoParts{id: "away", login: sendAway, resume: claim("continued")}
	silent := twoParts{id: "away", login: sendAway}
	factor := twoParts{id: "away", resume: claim("continued"), login: func(_ *hooks.Event, api *hooks.API) error {
		api.Authentication.RequestFactors(models.FactorRequest{Mode: models.FactorChallenge, Factors: []models.Factor{{Type: "otp"}}})
		return nil
	}}
	for _, row := range []struct {
		name          string
		first, second []hooks.Hook
		want          map[string]any
	}{
		{"nothing has changed", []hooks.Hook{one, away, two}, []hooks.Hook{one, away, two}, map[string]any{"one": true, "continued": true, "two": true}},
		{"it is gone: what follows goes on", []hooks.Hook{one, away, two}, []hooks.Hook{one, two}, map[string]any{"one": true, "two": true}},
		{"it has moved, and what comes behind it now runs", []hooks.Hook{one, away, two}, []hooks.Hook{away, two, one}, map[string]any{"one": true, "continued": true, "two": true}},
		{"everything is gone", []hooks.Hook{one, away}, nil, map[string]any{"one": true}},
		{"a new one is before it: it is not run", []hooks.Hook{away}, []hooks.Hook{one, away, two}, map[string]any{"continued": true, "two": true}},
		{"it does not continue", []hooks.Hook{one, silent, two}, []hooks.Hook{one, silent, two}, map[string]any{"one": true, "two": true}},
		{"a factor is no return: it does not continue", []hooks.Hook{factor, two}, []hooks.Hook{factor, two}, map[string]any{"two": true}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			state := suspend(t, &hooks.Chain{Hooks: row.first}, &hooks.Event{})
			out, err := (&hooks.Chain{Hooks: row.second}).Resume(t.Context(), &hooks.Event{}, state)
			if diff := cmp.Diff(row.want, out.AccessTokenClaims); err != nil || diff != "" {
				t.Errorf("error %v, claims (-want +got):\n%s", err, diff)
			}
		})
	}
}

func TestStateKeepsWhatLaterHooksSee(t *testing.T) {
	t.Parallel()
	var seen *hooks.Event
	chain := &hooks.Chain{Hooks: []hooks.Hook{
		twoParts{id: "first", login: func(event *hooks.Event, api *hooks.API) error {
			for k, v := range map[string]any{"text": "x", "number": 1.5, "yes": true, "nan": math.NaN()} {
				if err := api.Transaction.SetMetadata(k, v); err != nil {
					return err
				}
			}
			if err := api.Session.SetMetadata("place", "Bern"); err != nil {
				return err
			}
			if err := api.RefreshToken.SetMetadata("kept", "1"); err != nil {
				return err
			}
			return sendAway(event, api)
		}},
		twoParts{id: "second", login: func(event *hooks.Event, _ *hooks.API) error {
			seen = event
			return nil
		}},
	}}
	event := func() *hooks.Event {
		return &hooks.Event{
			Transaction: &hooks.Transaction{Metadata: map[string]any{}},
			Session:     &hooks.Session{Metadata: models.Metadata{"old": "1"}}, RefreshToken: &hooks.RefreshToken{Metadata: models.Metadata{}},
		}
	}
	out, err := chain.Resume(t.Context(), event(), suspend(t, chain, event()))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]any{"text": "x", "number": 1.5, "yes": true}, seen.Transaction.Metadata); diff != "" {
		t.Errorf("transaction metadata (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(models.Metadata{"old": "1", "place": "Bern"}, seen.Session.Metadata); diff != "" {
		t.Errorf("session metadata (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(models.Metadata{"kept": "1"}, seen.RefreshToken.Metadata); diff != "" {
		t.Errorf("refresh token metadata (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[string]string{"kept": "1"}, out.Metadata.Set); diff != "" {
		t.Errorf("outcome (-want +got):\n%s", diff)
	}
}

func TestDenialOrFailureEndsASuspension(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name string
		end  func(api *hooks.API) error
	}{
		{"denied", func(api *hooks.API) error { api.Access.Deny("no"); return nil }},
		{"failed", func(*hooks.API) error { return errors.New("no") }},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			both := func(event *hooks.Event, api *hooks.API) error {
				if err := sendAway(event, api); err != nil {
					return err
				}
				return row.end(api)
			}
			chain := &hooks.Chain{Hooks: []hooks.Hook{twoParts{id: "both", login: both}}}
			out, err := chain.Run(t.Context(), &hooks.Event{})
			if err == nil || err.Error() != "no" || out.Suspension != nil {
				t.Errorf("Run: %v, suspension %v", err, out.Suspension)
			}
			away := twoParts{id: "away", login: sendAway, resume: func(_ *hooks.Event, api *hooks.API) error { return row.end(api) }}
			chain = &hooks.Chain{Hooks: []hooks.Hook{away, twoParts{id: "later", login: claim("later")}}}
			out, err = chain.Resume(t.Context(), &hooks.Event{}, suspend(t, chain, &hooks.Event{}))
			if err == nil || err.Error() != "no" || len(out.Results) != 2 {
				t.Errorf("Resume: %v, %d executions, want 2", err, len(out.Results))
			}
		})
	}
}

func TestEndedRunResumesWithNothingMoreToRun(t *testing.T) {
	t.Parallel()
	chain := &hooks.Chain{Hooks: []hooks.Hook{twoParts{id: "one", login: claim("one")}}}
	event := &hooks.Event{}
	out, err := chain.Run(t.Context(), event)
	if err != nil {
		t.Fatal(err)
	}
	state := stateOf(t, &hooks.SuspendedError{State: hooks.EndedState(event, out)})
	got, err := chain.Resume(t.Context(), &hooks.Event{}, state)
	if diff := cmp.Diff(out, got, cmp.Comparer(func(a, b time.Time) bool { return a.Equal(b) })); err != nil || diff != "" {
		t.Errorf("error %v, outcome (-want +got):\n%s", err, diff)
	}
}

func TestASuspensionCanSuspendAgain(t *testing.T) {
	t.Parallel()
	again := false
	chain := &hooks.Chain{Hooks: []hooks.Hook{twoParts{id: "twice", login: sendAway, resume: func(event *hooks.Event, api *hooks.API) error {
		if again {
			return claim("done")(event, api)
		}
		again = true
		return sendAway(event, api)
	}}}}
	state := suspend(t, chain, &hooks.Event{})
	_, err := chain.Resume(t.Context(), &hooks.Event{}, state)
	out, err := chain.Resume(t.Context(), &hooks.Event{}, stateOf(t, err))
	if diff := cmp.Diff(map[string]any{"done": true}, out.AccessTokenClaims); err != nil || diff != "" {
		t.Errorf("error %v, claims (-want +got):\n%s", err, diff)
	}
}

func TestRedirectAndRender(t *testing.T) {
	t.Parallel()
	const clash, second = "Redirect and render commands cannot be used in the same action.", "Only 1 render command per action is allowed."
	big := map[string]any{"text": string(make([]byte, hooks.MaxRender))}
	render := func(api *hooks.API) error { return api.Prompt.Render("form", nil, nil) }
	send := func(url string) func(*hooks.API) error {
		return func(api *hooks.API) error { return api.Redirect.SendUserTo(url, nil) }
	}
	for _, row := range []struct {
		name  string
		calls []func(*hooks.API) error
		want  string
	}{
		{"render after redirect", []func(*hooks.API) error{send("https://a.example"), render}, clash},
		{"redirect after render", []func(*hooks.API) error{render, send("https://a.example")}, clash},
		{"two renders", []func(*hooks.API) error{render, render}, second},
		{"a large form", []func(*hooks.API) error{func(api *hooks.API) error { return api.Prompt.Render("form", big, nil) }}, "The render command must be at most 24 KiB."},
		{"a script for a URL", []func(*hooks.API) error{send("javascript:alert(1)")}, "The url must be an absolute http or https URL."},
		{"no host", []func(*hooks.API) error{send("/path")}, "The url must be an absolute http or https URL."},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			var err error
			chain := &hooks.Chain{Hooks: []hooks.Hook{hooks.Func("h", func(_ context.Context, _ *hooks.Event, api *hooks.API) error {
				for _, call := range row.calls {
					err = call(api)
				}
				return err
			})}}
			if _, failed := chain.Run(t.Context(), &hooks.Event{}); failed == nil || err == nil || err.Error() != row.want {
				t.Errorf("got %v, want %q", err, row.want)
			}
		})
	}
}

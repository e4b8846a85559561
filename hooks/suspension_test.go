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
	return api.Redirect.SendUserTo("https://terms.example/accept")
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
		return api.Authentication.RequestFactors(models.FactorRequest{Mode: models.FactorChallenge, Factors: []models.Factor{{Type: "otp"}}})
	}}
	for _, row := range []struct {
		name          string
		first, second []hooks.Hook
		want          map[string]any
	}{
		{"nothing has changed", []hooks.Hook{one, away, two}, []hooks.Hook{one, away, two}, map[string]any{"one": true, "continued": true, "two": true}},
		{"it is gone: what follows goes on", []hooks.Hook{one, away, two}, []hooks.Hook{one, two}, map[string]any{"one": true, "two": true}},
		{"it has moved, and what comes behind it now runs, unless it has run", []hooks.Hook{one, away, two}, []hooks.Hook{away, two, one}, map[string]any{"one": true, "continued": true, "two": true}},
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
			ran := map[string]int{}
			for _, r := range out.Results {
				ran[r.ActionID]++
			}
			if ran["one"] > 1 || ran["two"] > 1 {
				t.Errorf("one and the same ran again: %v", ran)
			}
		})
	}
}

// TestWhatRanStaysKnown has the order change while a run waits, and the run wait again.
func TestWhatRanStaysKnown(t *testing.T) {
	t.Parallel()
	one, two := twoParts{id: "one", login: claim("one")}, twoParts{id: "two", login: claim("two")}
	away := twoParts{id: "away", login: sendAway, resume: sendAway}
	state := suspend(t, &hooks.Chain{Hooks: []hooks.Hook{one, away, two}}, &hooks.Event{})
	moved := &hooks.Chain{Hooks: []hooks.Hook{away, two, one}}
	_, err := moved.Resume(t.Context(), &hooks.Event{}, state)
	moved.Hooks[0] = twoParts{id: "away"}
	out, err := moved.Resume(t.Context(), &hooks.Event{}, stateOf(t, err))
	var ran []string
	for _, r := range out.Results {
		ran = append(ran, r.ActionID)
	}
	if diff := cmp.Diff([]string{"one", "away", "away", "two"}, ran); err != nil || diff != "" {
		t.Errorf("error %v, executions (-want +got):\n%s", err, diff)
	}
}

// TestMethodsShowOnce has a run go on with the event that it was suspended with: what it recorded is there already.
func TestMethodsShowOnce(t *testing.T) {
	t.Parallel()
	const passport = "https://idv.example/passport"
	chain := &hooks.Chain{Hooks: []hooks.Hook{
		twoParts{id: "idv", login: sendAway, resume: func(_ *hooks.Event, api *hooks.API) error { return api.Authentication.RecordMethod(passport) }},
		twoParts{id: "factor", login: func(_ *hooks.Event, api *hooks.API) error {
			return api.Authentication.RequestFactors(models.FactorRequest{Mode: models.FactorChallenge, Factors: []models.Factor{{Type: "otp"}}})
		}},
	}}
	event := &hooks.Event{Authentication: &hooks.Authentication{Methods: []models.AuthMethod{{Name: "pwd"}}}}
	_, err := chain.Resume(t.Context(), event, suspend(t, chain, event))
	if _, err := chain.Resume(t.Context(), event, stateOf(t, err)); err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, m := range event.Authentication.Methods {
		names = append(names, m.Name)
	}
	if diff := cmp.Diff([]string{"pwd", passport}, names); diff != "" {
		t.Error(diff)
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
		return func(api *hooks.API) error { return api.Redirect.SendUserTo(url) }
	}
	for _, row := range []struct {
		name  string
		calls []func(*hooks.API) error
		want  string
	}{
		{"render after redirect", []func(*hooks.API) error{send("https://a.example"), render}, clash},
		{"redirect after render", []func(*hooks.API) error{render, send("https://a.example")}, clash},
		{"two renders", []func(*hooks.API) error{render, render}, second},
		{"a large form", []func(*hooks.API) error{func(api *hooks.API) error { return api.Prompt.Render("form", big, nil) }}, "The total size of the prompt options exceeds the limit of 24576 bytes."},
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

// TestClashCanNotBeCaught shows that the run fails although the hook goes on as if nothing had happened.
func TestClashCanNotBeCaught(t *testing.T) {
	t.Parallel()
	chain := &hooks.Chain{Hooks: []hooks.Hook{hooks.Func("h", func(_ context.Context, _ *hooks.Event, api *hooks.API) error {
		_ = api.Prompt.Render("form", nil, nil)
		_ = api.Redirect.SendUserTo("https://a.example")
		return nil
	})}}
	if _, err := chain.Run(t.Context(), &hooks.Event{}); err == nil || err.Error() != "Redirect and render commands cannot be used in the same action." {
		t.Errorf("Run: %v", err)
	}
}

func TestSendUserToAndState(t *testing.T) {
	t.Parallel()
	type parameters = []hooks.Parameter
	for _, row := range []struct {
		name, url string
		query     parameters
		want      string
	}{
		{"no query", "https://a.example", nil, "https://a.example?state=s%2F1"},
		{"a path and a fragment", "https://a.example/x#top", nil, "https://a.example/x?state=s%2F1#top"},
		{"its own query stays as it was written", "https://a.example/?b=%7e&a=1+2", parameters{{"c", "ü"}}, "https://a.example/?b=%7e&a=1+2&c=%C3%BC&state=s%2F1"},
		{"a parameter is replaced", "https://a.example/?a=1&b=2", parameters{{"a", "3"}}, "https://a.example/?b=2&a=3&state=s%2F1"},
		{"a state of its own is replaced", "https://a.example/?state=mine", nil, "https://a.example/?state=s%2F1"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			chain := &hooks.Chain{Hooks: []hooks.Hook{hooks.Func("h", func(_ context.Context, _ *hooks.Event, api *hooks.API) error {
				return api.Redirect.SendUserTo(row.url, row.query...)
			})}}
			got, err := suspend(t, chain, &hooks.Event{}).Suspension().Redirect.WithState("s/1")
			if err != nil || got != row.want {
				t.Errorf("got %q, %v; want %q", got, err, row.want)
			}
		})
	}
}

func TestCanRedirect(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name, prompt, protocol string
		want                   bool
	}{
		{"a browser", "", hooks.ProtocolCode, true},
		{"a silent login", "none", hooks.ProtocolCode, false},
		{"a login page asked for", "login", hooks.ProtocolCode, true},
		{"a refresh", "", hooks.ProtocolRefresh, false},
		{"a password", "", hooks.ProtocolPassword, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			var got bool
			chain := &hooks.Chain{Hooks: []hooks.Hook{hooks.Func("h", func(_ context.Context, _ *hooks.Event, api *hooks.API) error {
				got = api.Redirect.CanRedirect()
				return nil
			})}}
			event := &hooks.Event{Request: hooks.Request{Query: map[string]any{"prompt": row.prompt}}, Transaction: &hooks.Transaction{Protocol: row.protocol}}
			if _, err := chain.Run(t.Context(), event); err != nil || got != row.want {
				t.Errorf("got %v, %v; want %v", got, err, row.want)
			}
		})
	}
}

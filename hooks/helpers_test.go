package hooks_test

import (
	"context"
	"testing"

	"example.com/keepsake/hooks"
	"example.com/keepsake/models"
)

// login is the event of an initial login, exchange that of a refresh token exchange in a browser session.
func login() *hooks.Event {
	return &hooks.Event{Transaction: &hooks.Transaction{Protocol: hooks.ProtocolCode}}
}

func exchange(stored models.Metadata) *hooks.Event {
	return &hooks.Event{
		Transaction:  &hooks.Transaction{Protocol: hooks.ProtocolRefresh},
		RefreshToken: &hooks.RefreshToken{ID: "rt_1", Access: hooks.AccessOffline, Metadata: stored},
		Session:      &hooks.Session{ID: "sess_1"},
	}
}

// with runs one hook on event and returns what it decided. The hook itself must not fail.
func with(t *testing.T, event *hooks.Event, do func(api *hooks.API)) *hooks.Outcome {
	t.Helper()
	out, err := run(t, event, hook("test", do))
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// run runs hooks one after another.
func run(t *testing.T, event *hooks.Event, list ...hooks.Hook) (*hooks.Outcome, error) {
	t.Helper()
	chain := hooks.Chain{Hooks: list}
	out, err := chain.Run(t.Context(), event)
	if out == nil {
		t.Fatal("the Outcome is nil")
	}
	return out, err
}

func hook(name string, do func(api *hooks.API)) hooks.Hook {
	return hooks.Func(name, func(_ context.Context, _ *hooks.Event, api *hooks.API) error {
		do(api)
		return nil
	})
}

// message returns the text of an error, "" for none.
func message(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// wantMessage fails the test when err does not say want ("": no error).
func wantMessage(t *testing.T, what string, err error, want string) {
	t.Helper()
	if got := message(err); got != want {
		t.Errorf("%s: %q, want %q", what, got, want)
	}
}

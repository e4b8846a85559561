package actions_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"example.com/keepsake/hooks"
	"example.com/keepsake/hooks/actions"
	"example.com/keepsake/models"
	"github.com/google/go-cmp/cmp"
)

// bindings is a source that always says the same.
type bindings struct{ bound *models.BoundActions }

func (b bindings) PostLoginActions(context.Context) (*models.BoundActions, error) {
	return b.bound, nil
}

// changing is a source that a test changes.
type changing struct {
	bound *models.BoundActions
	err   error
}

func (c *changing) PostLoginActions(context.Context) (*models.BoundActions, error) {
	return c.bound, c.err
}

func bound(actions ...models.Action) *models.BoundActions {
	b := &models.BoundActions{}
	for _, a := range actions {
		b.Actions = append(b.Actions, models.BoundAction{BindingID: "binding_" + a.ID, DisplayName: "shown " + a.Name, Action: a})
	}
	return b
}

func action(id, body string, version int64) models.Action {
	return models.Action{ID: id, Name: id, File: id + ".js", Version: version, Code: "exports.onExecutePostLogin = async (event, api) => {\n" + body + "\n};"}
}

func names(chain *hooks.Chain) []string {
	var list []string
	for _, h := range chain.Hooks {
		list = append(list, h.Info().Name)
	}
	return list
}

func TestRegistryRunsGoHooksThenActionsInBindingOrder(t *testing.T) {
	t.Parallel()
	goHook := hooks.Func("in Go", func(_ context.Context, event *hooks.Event, api *hooks.API) error {
		return api.Transaction.SetMetadata("from", "Go")
	})
	registry := actions.NewRegistry(actions.Options{
		Source: bindings{bound(
			action("a", "api.accessToken.setCustomClaim('order', [event.transaction.metadata.from]);", 1),
			action("b", "api.transaction.setMetadata('from', 'b');", 1),
		)},
		GoHooks: []hooks.Hook{goHook},
	})
	chain, err := registry.Chain(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"in Go", "a", "b"}, names(chain)); diff != "" {
		t.Errorf("hooks (-want +got):\n%s", diff)
	}
	event := baseEvent()
	out, err := chain.Run(t.Context(), event)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]any{"order": []any{"Go"}}, out.AccessTokenClaims); diff != "" {
		t.Errorf("claims (-want +got):\n%s", diff)
	}
	if got := event.Transaction.Metadata["from"]; got != "b" {
		t.Errorf("transaction metadata = %v, want what b set", got)
	}
	if r := out.Results[1]; r.ActionID != "a" || r.BindingID != "binding_a" || r.Version != 1 {
		t.Errorf("record = %+v", r)
	}
}

func TestRegistryMakesTheChainAnewOnlyWhenTheBindingsChange(t *testing.T) {
	t.Parallel()
	source := &changing{bound: bound(action("a", "console.log(1)", 1))}
	registry := actions.NewRegistry(actions.Options{Source: source})
	get := func() *hooks.Chain {
		chain, err := registry.Chain(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return chain
	}
	first := get()
	if get() != first {
		t.Error("the chain changed without a change of the bindings")
	}
	source.bound = bound(action("a", "console.log(2)", 2))
	second := get()
	if second == first {
		t.Fatal("the chain did not change with the bindings")
	}
	out, err := second.Run(t.Context(), baseEvent())
	if err != nil || out.Results[0].Logs != "2" {
		t.Errorf("logs = %q, error %v; want those of version 2", out.Results[0].Logs, err)
	}
	source.bound = nil
	if n := len(get().Hooks); n != 0 {
		t.Errorf("%d hooks with nothing bound", n)
	}
}

func TestRegistryFailsClosedWhenAnActionDoesNotCompile(t *testing.T) {
	t.Parallel()
	source := &changing{bound: bound(action("good", "", 1), action("bad", "  nonsense here;", 1))}
	registry := actions.NewRegistry(actions.Options{Source: source})
	chain, err := registry.Chain(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	_, err = chain.Run(t.Context(), baseEvent())
	var failed *hooks.FailedError
	if !errors.As(err, &failed) || failed.Cause.Name != "SyntaxError" || !strings.HasPrefix(failed.Error(), "bad.js:2:12: SyntaxError: ") {
		t.Errorf("error = %v, want the syntax error with its place", err)
	}
	if err := registry.Check(t.Context()); err == nil || !strings.Contains(err.Error(), `"bad"`) {
		t.Errorf("Check = %v, want an error that names the Action", err)
	}
	source.bound = bound(action("good", "", 1), action("bad", "", 2))
	if err := registry.Check(t.Context()); err != nil {
		t.Errorf("Check after the repair = %v", err)
	}
}

func TestRegistryPassesOnTheSourcesError(t *testing.T) {
	t.Parallel()
	cause := errors.New("no database")
	registry := actions.NewRegistry(actions.Options{Source: &changing{err: cause}})
	if _, err := registry.Chain(t.Context()); !errors.Is(err, cause) {
		t.Errorf("Chain: %v, want the source's error", err)
	}
	if err := registry.Check(t.Context()); !errors.Is(err, cause) {
		t.Errorf("Check: %v, want the source's error", err)
	}
}

func TestRegistryIsSafeForConcurrentUse(t *testing.T) {
	t.Parallel()
	registry := actions.NewRegistry(actions.Options{Source: bindings{bound(action("a", deviceBody, 1))}, MaxConcurrency: 4})
	done := make(chan error)
	const workers = 16
	for range workers {
		go func() {
			chain, err := registry.Chain(t.Context())
			if err == nil {
				_, err = chain.Run(t.Context(), newEventWithoutToken())
			}
			done <- err
		}()
	}
	for range workers {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

const deviceBody = `api.refreshToken.setMetadata('ip', event.request.ip); for (const s of event.transaction.requested_scopes) api.idToken.setCustomClaim(s, 1);`

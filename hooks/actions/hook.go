package actions

import (
	"context"
	"maps"

	"example.com/keepsake/hooks"
	"example.com/keepsake/models"
)

// New makes a hook of a bound Action. The error is a *SyntaxError.
func New(action models.BoundAction, opts Options) (hooks.Hook, error) {
	program, err := compileAction(action.Action)
	if err != nil {
		return nil, err
	}
	return newHook(action, program, newEngine(opts.withDefaults())), nil
}

func compileAction(a models.Action) (*Program, error) {
	return Compile(Source{Name: a.Name, File: a.File, Code: a.Code, Bundle: a.Bundle})
}

// hook is one bound Action.
type hook struct {
	info    hooks.Info
	program *Program
	secrets map[string]string
	engine  *engine
}

func newHook(b models.BoundAction, p *Program, e *engine) *hook {
	return &hook{info: infoOf(b), program: p, secrets: maps.Clone(b.Action.Secrets), engine: e}
}

func infoOf(b models.BoundAction) hooks.Info {
	return hooks.Info{ID: b.Action.ID, Name: b.Action.Name, BindingID: b.BindingID, Version: b.Action.Version}
}

// Info implements hooks.Hook.
func (h *hook) Info() hooks.Info { return h.info }

// PostLogin implements hooks.Hook: it runs the Action's onExecutePostLogin in a runtime of its own.
func (h *hook) PostLogin(ctx context.Context, event *hooks.Event, api *hooks.API) error {
	return h.engine.run(ctx, job{program: h.program, secrets: h.secrets, event: event, api: api})
}

// ContinuePostLogin implements hooks.Continuer: it runs the Action's onContinuePostLogin, if it has one.
func (h *hook) ContinuePostLogin(ctx context.Context, event *hooks.Event, api *hooks.API) error {
	return h.engine.run(ctx, job{program: h.program, secrets: h.secrets, event: event, api: api, continues: true})
}

// brokenHook stands for a bound Action that does not compile. The chain fails closed: an Action that can't be run is not
// skipped, as it may be the one that denies.
type brokenHook struct {
	info  hooks.Info
	cause error
}

// Info implements hooks.Hook.
func (h *brokenHook) Info() hooks.Info { return h.info }

// PostLogin implements hooks.Hook: it fails.
func (h *brokenHook) PostLogin(context.Context, *hooks.Event, *hooks.API) error {
	return thrown(hooks.ClassActionError, "SyntaxError", h.cause.Error())
}

// ContinuePostLogin implements hooks.Continuer: it fails.
func (h *brokenHook) ContinuePostLogin(ctx context.Context, event *hooks.Event, api *hooks.API) error {
	return h.PostLogin(ctx, event, api)
}

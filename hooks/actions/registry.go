package actions

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"example.com/keepsake/hooks"
	"example.com/keepsake/models"
)

// Registry keeps the chain of the Actions that are bound now.
type Registry struct {
	opts   Options
	engine *engine
	cache  *hooks.Cache // of every chain: it outlives a change of the bindings

	mu       sync.Mutex
	bound    *models.BoundActions
	chain    *hooks.Chain
	problem  error // what of bound does not compile
	compiled map[version]compilation
}

// version names what runs: an Action's Version grows with every change of it.
type version struct {
	id     string
	number int64
}

type compilation struct {
	program *Program
	err     error
}

// NewRegistry returns a registry of what opts.Source says is bound.
func NewRegistry(opts Options) *Registry {
	opts = opts.withDefaults()
	return &Registry{opts: opts, engine: newEngine(opts), cache: hooks.NewCache(opts.Now)}
}

// Chain returns the Go hooks and the bound Actions, in order. It is made anew only when the bindings have changed. An
// Action that does not compile is in it as a hook that fails. The error is the source's, wrapped.
func (r *Registry) Chain(ctx context.Context) (*hooks.Chain, error) {
	chain, _, err := r.current(ctx)
	return chain, err
}

// Check returns nil when the bindings can be read and every bound Action compiles.
func (r *Registry) Check(ctx context.Context) error {
	_, problem, err := r.current(ctx)
	if err != nil {
		return err
	}
	return problem
}

// Close stops the worker processes. Actions that run in them fail.
func (r *Registry) Close() { r.engine.close() }

func (r *Registry) current(ctx context.Context) (*hooks.Chain, error, error) {
	bound, err := r.opts.Source.PostLoginActions(ctx)
	if err != nil {
		return nil, nil, fmt.Errorf("read the bound Actions: %w", err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.chain == nil || r.bound != bound {
		r.build(ctx, bound)
	}
	return r.chain, r.problem, nil
}

func (r *Registry) build(ctx context.Context, bound *models.BoundActions) {
	list := slices.Clone(r.opts.GoHooks)
	compiled := make(map[version]compilation)
	var problems []error
	for _, b := range actionsOf(bound) {
		key := version{b.Action.ID, b.Action.Version}
		c, ok := r.compiled[key]
		if !ok {
			if c.program, c.err = compileAction(b.Action); c.err == nil {
				r.engine.expect(c.program)
			}
		}
		compiled[key] = c
		if c.err != nil {
			problems = append(problems, fmt.Errorf("compile the Action %q: %w", b.Action.Name, c.err))
			r.opts.Logger.ErrorContext(ctx, "a bound Action does not compile; every login fails until it does", "action", b.Action.Name, "error", c.err)
			list = append(list, &brokenHook{info: infoOf(b), cause: c.err})
			continue
		}
		list = append(list, newHook(b, c.program, r.engine))
	}
	r.bound, r.compiled, r.problem = bound, compiled, errors.Join(problems...)
	r.chain = &hooks.Chain{
		Hooks: list, Timeout: r.opts.Timeout, MaxLog: r.opts.MaxLog, Logger: r.opts.Logger, Now: r.opts.Now, Cache: r.cache,
	}
}

func actionsOf(bound *models.BoundActions) []models.BoundAction {
	if bound == nil {
		return nil
	}
	return bound.Actions
}

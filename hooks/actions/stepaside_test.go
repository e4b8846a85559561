package actions_test

import (
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"example.com/keepsake/hooks"
	"example.com/keepsake/hooks/actions"
)

// An Action that waits does not keep its request's turn; one that works does.
func TestAnActionThatWaitsStepsAside(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name      string
		isolation actions.Isolation
		code      string
		want      int64
	}{
		{"what only works", actions.IsolationNone, `await Promise.resolve();`, 0},
		{"a timer", actions.IsolationNone, `await new Promise((done) => setTimeout(done, 1));`, 1},
		{"two timers, one after the other", actions.IsolationNone, `for (let i = 0; i < 2; i++) await new Promise((done) => setTimeout(done, 1));`, 2},
		{"a worker process, whatever it does there", actions.IsolationProcess, `await new Promise((done) => setTimeout(done, 1));`, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var times, aside atomic.Int64
			engine := newEngine(t, test.isolation, actions.Options{StepAside: func() func() {
				times.Add(1)
				aside.Add(1)
				return func() { aside.Add(-1) }
			}})
			hook := newHookOn(t, engine, `exports.onExecutePostLogin = async (event, api) => { `+test.code+` };`)
			if _, err := (&hooks.Chain{Hooks: []hooks.Hook{hook}}).Run(t.Context(), baseEvent()); err != nil {
				t.Fatal(err)
			}
			if times.Load() != test.want || aside.Load() != 0 {
				t.Errorf("stepped aside %d times, want %d; %d did not come back", times.Load(), test.want, aside.Load())
			}
		})
	}
}

// An Action that waits, and whose turn to hear of its deadline comes late, has done nothing wrong.
func TestAnActionWhoseTurnComesLate(t *testing.T) {
	t.Parallel()
	log := new(syncBuilder)
	engine := newEngine(t, actions.IsolationAuto, actions.Options{
		Logger:    slog.New(slog.NewTextHandler(log, nil)),
		StepAside: func() (back func()) { return func() { time.Sleep(500 * time.Millisecond) } },
	})
	h := newHookOn(t, engine, `exports.onExecutePostLogin = async () => { await new Promise((done) => setTimeout(done, 10000)); };`)
	_, err := (&hooks.Chain{Hooks: []hooks.Hook{h}, Timeout: 100 * time.Millisecond}).Run(t.Context(), baseEvent())
	if err == nil || err.Error() != timeout {
		t.Errorf("error = %v, want the deadline's", err)
	}
	if actions.Confined(h) || strings.Contains(log.String(), "did not stop") {
		t.Errorf("confined: %t; log:\n%s", actions.Confined(h), log.String())
	}
}

package actions_test

import (
	"testing"
	"time"

	"example.com/keepsake/hooks"
	"example.com/keepsake/hooks/actions"
)

// TestClocks: an Action has the server's time wherever it runs, and a clock that stands still does so in a worker process too.
func TestClocks(t *testing.T) {
	t.Parallel()
	start := time.Date(2031, 2, 3, 4, 5, 6, 0, time.UTC)
	for _, test := range []struct {
		name     string
		standing bool
	}{{"a clock that goes", false}, {"a clock that stands still", true}} {
		for where, isolation := range isolations {
			t.Run(test.name+", "+where, func(t *testing.T) {
				t.Parallel()
				began := time.Now()
				now := func() time.Time { return start.Add(time.Since(began)) }
				if test.standing {
					now = func() time.Time { return start }
				}
				engine := newEngine(t, isolation, actions.Options{Now: now, StandingClock: test.standing})
				hook := newHookOn(t, engine, `exports.onExecutePostLogin = async (event, api) => {
					api.user.setAppMetadata('began', new Date().toISOString());
					await new Promise((done) => setTimeout(done, 20));
					api.user.setAppMetadata('ended', new Date().toISOString());
				};`)
				out, err := (&hooks.Chain{Hooks: []hooks.Hook{hook}, Now: now}).Run(t.Context(), baseEvent())
				if err != nil {
					t.Fatal(err)
				}
				at := func(name string) time.Duration {
					text, _ := out.AppMetadata[name].(string)
					moment, err := time.Parse(time.RFC3339, text)
					if err != nil {
						t.Fatal(err)
					}
					return moment.Sub(start)
				}
				if began, ended := at("began"), at("ended"); began < 0 || began > time.Minute || (ended == began) != test.standing || test.standing && began != 0 {
					t.Errorf("it began after %s and ended after %s", began, ended)
				}
			})
		}
	}
}

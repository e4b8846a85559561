package hooks_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"example.com/keepsake/hooks"
	"example.com/keepsake/models"
)

func TestEmptyChain(t *testing.T) {
	t.Parallel()
	out, err := run(t, login())
	if diff := cmp.Diff(&hooks.Outcome{}, out); diff != "" || err != nil {
		t.Errorf("error %v, outcome (-want +got):\n%s", err, diff)
	}
}

func TestHooksRunInOrderAndAccumulate(t *testing.T) {
	t.Parallel()
	var order []string
	step := func(name string, do func(*hooks.API)) hooks.Hook {
		return hook(name, func(api *hooks.API) { order = append(order, name); do(api) })
	}
	set := func(key, value string) func(*hooks.API) {
		return func(api *hooks.API) {
			_ = api.RefreshToken.SetMetadata(key, value)
			_ = api.AccessToken.SetCustomClaim(key, value)
			_ = api.AccessToken.AddScope("scope:" + key)
			_ = api.User.SetAppMetadata(key, value)
		}
	}
	out, err := run(t, login(), step("first", set("a", "1")), step("second", set("b", "2")), step("third", set("a", "3")))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"first", "second", "third"}, order); diff != "" {
		t.Errorf("order (-want +got):\n%s", diff)
	}
	want := &hooks.Outcome{
		Metadata:          models.MetadataDelta{Set: map[string]string{"a": "3", "b": "2"}},
		AccessTokenClaims: map[string]any{"a": "3", "b": "2"},
		AddedScopes:       []string{"scope:a", "scope:b"},
		AppMetadata:       map[string]any{"a": "3", "b": "2"},
		Results:           []models.ExecutionResult{{ActionName: "first"}, {ActionName: "second"}, {ActionName: "third"}},
	}
	times := cmpopts.IgnoreFields(models.ExecutionResult{}, "StartedAt", "EndedAt")
	if diff := cmp.Diff(want, out, times); diff != "" {
		t.Errorf("outcome (-want +got):\n%s", diff)
	}
}

// decideEverything makes one decision of every kind.
func decideEverything(api *hooks.API) {
	_ = api.RefreshToken.SetMetadata("k", "v")
	_ = api.RefreshToken.SetExpiresAt(2e12)
	_ = api.RefreshToken.SetIdleExpiresAt(2e12)
	_ = api.AccessToken.SetCustomClaim("k", "v")
	_ = api.AccessToken.AddScope("more")
	_ = api.AccessToken.RemoveScope("less")
	_ = api.IDToken.SetCustomClaim("k", "v")
	_ = api.Session.SetMetadata("k", "v")
	_ = api.User.SetAppMetadata("k", "v")
	_ = api.User.SetUserMetadata("k", "v")
}

// TestHowARunEnds is contract 3.2: who still runs after what, and what survives.
func TestHowARunEnds(t *testing.T) {
	t.Parallel()
	kept := map[string]any{"k": "v"}
	for _, row := range []struct {
		name string
		// second is what the hook in the middle does after it decided everything; the third hook records that it ran.
		second    func(ctx context.Context, api *hooks.API) error
		wantErr   error
		wantThird bool
		wantUser  map[string]any
	}{
		{"no objection", func(context.Context, *hooks.API) error { return nil }, nil, true, kept},
		{"deny", func(_ context.Context, api *hooks.API) error {
			api.Access.Deny("not today")
			return nil
		}, &hooks.DeniedError{Reason: "not today", Hook: "second"}, false, kept},
		{"deny without a reason", func(_ context.Context, api *hooks.API) error {
			api.Access.Deny("")
			return nil
		}, &hooks.DeniedError{Hook: "second"}, false, kept},
		{"deny twice: the first reason", func(_ context.Context, api *hooks.API) error {
			api.Access.Deny("first")
			api.Access.Deny("second")
			return nil
		}, &hooks.DeniedError{Reason: "first", Hook: "second"}, false, kept},
		{"revoke", func(_ context.Context, api *hooks.API) error {
			return api.RefreshToken.Revoke("suspicious")
		}, &hooks.DeniedError{Reason: "suspicious", Revoke: true, Hook: "second"}, false, kept},
		{"deny, then revoke: revoked for its reason", func(_ context.Context, api *hooks.API) error {
			api.Access.Deny("denied")
			return api.RefreshToken.Revoke("suspicious")
		}, &hooks.DeniedError{Reason: "suspicious", Revoke: true, Hook: "second"}, false, kept},
		{"revoke, then deny: still revoked", func(_ context.Context, api *hooks.API) error {
			if err := api.RefreshToken.Revoke("suspicious"); err != nil {
				return err
			}
			api.Access.Deny("denied")
			return nil
		}, &hooks.DeniedError{Reason: "suspicious", Revoke: true, Hook: "second"}, false, kept},
		{"error", func(context.Context, *hooks.API) error { return errors.New("no database") },
			failed(hooks.ClassActionError, "Error", "no database"), false, nil},
		{"deny, then an error: the error", func(_ context.Context, api *hooks.API) error {
			api.Access.Deny("not today")
			return errors.New("no database")
		}, failed(hooks.ClassActionError, "Error", "no database"), false, nil},
		{"error that says how", func(context.Context, *hooks.API) error {
			return fmt.Errorf("run: %w", &hooks.ThrownError{ExecutionError: models.ExecutionError{
				Class: hooks.ClassRateLimited, Name: "TypeError", Message: "too many", Stack: "at action.js:3",
			}})
		}, &hooks.FailedError{Info: hooks.Info{Name: "second"}, Cause: models.ExecutionError{
			Class: hooks.ClassRateLimited, Name: "TypeError", Message: "too many", Stack: "at action.js:3",
		}}, false, nil},
		{"panic", func(context.Context, *hooks.API) error { panic("secret value") },
			failed(hooks.ClassPlatformError, "Error", "The Action stopped unexpectedly."), false, nil},
		{"runtime panic", func(_ context.Context, api *hooks.API) error {
			var nobody hooks.Hook
			return nobody.PostLogin(t.Context(), nil, api)
		},
			failed(hooks.ClassPlatformError, "Error", "The Action stopped unexpectedly."), false, nil},
		{"claims that are no JSON", func(_ context.Context, api *hooks.API) error {
			return api.AccessToken.SetCustomClaim("f", func() {})
		}, failed(hooks.ClassActionError, "Error", "The custom claims of a token must be JSON of at most 100 KB."), false, nil},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			ranThird := false
			finished := hooks.Func("second", func(ctx context.Context, _ *hooks.Event, api *hooks.API) error {
				decideEverything(api)
				return row.second(ctx, api)
			})
			out, err := run(t, exchange(nil), hook("first", func(*hooks.API) {}), finished, hook("third", func(*hooks.API) { ranThird = true }))
			if diff := cmp.Diff(row.wantErr, err); diff != "" {
				t.Errorf("error (-want +got):\n%s", diff)
			}
			if ranThird != row.wantThird {
				t.Errorf("the third hook ran: %v, want %v", ranThird, row.wantThird)
			}
			if diff := cmp.Diff(row.wantUser, out.AppMetadata); diff != "" {
				t.Errorf("app_metadata (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(row.wantUser, out.UserMetadata); diff != "" {
				t.Errorf("user_metadata (-want +got):\n%s", diff)
			}
			wantResults := 2
			if row.wantThird {
				wantResults = 3
			}
			if len(out.Results) != wantResults {
				t.Fatalf("%d executions are recorded, want %d", len(out.Results), wantResults)
			}
			var failure *hooks.FailedError
			if errors.As(row.wantErr, &failure) {
				if diff := cmp.Diff(&failure.Cause, out.Results[1].Error); diff != "" {
					t.Errorf("recorded error (-want +got):\n%s", diff)
				}
			} else if e := out.Results[1].Error; e != nil {
				t.Errorf("recorded error %+v, want none", e)
			}
			if row.wantErr == nil {
				return
			}
			rest := *out
			rest.AppMetadata, rest.UserMetadata, rest.Results = nil, nil, nil
			if diff := cmp.Diff(hooks.Outcome{}, rest); diff != "" {
				t.Errorf("this survived, and must not (-want +got):\n%s", diff)
			}
		})
	}
}

func failed(class, name, text string) *hooks.FailedError {
	return &hooks.FailedError{Info: hooks.Info{Name: "second"}, Cause: models.ExecutionError{Class: class, Name: name, Message: text}}
}

func TestCodeAfterADenialRuns(t *testing.T) {
	t.Parallel()
	after := false
	out, err := run(t, login(), hook("h", func(api *hooks.API) {
		api.Access.Deny("no")
		after = api.User.SetUserMetadata("denied", true) == nil
	}))
	var denied *hooks.DeniedError
	if !errors.As(err, &denied) || !after || out.UserMetadata["denied"] != true {
		t.Errorf("error %v, ran to its end %v, user metadata %v", err, after, out.UserMetadata)
	}
}

func TestErrorsSpeakToTheClient(t *testing.T) {
	t.Parallel()
	wantMessage(t, "denied", &hooks.DeniedError{Reason: "not today", Hook: "h"}, "not today")
	wantMessage(t, "failed", failed(hooks.ClassActionError, "TypeError", "x is undefined"), "x is undefined")
	wantMessage(t, "thrown", &hooks.ThrownError{ExecutionError: models.ExecutionError{Name: "TypeError", Message: "x is undefined"}}, "TypeError: x is undefined")
}

func TestDeadline(t *testing.T) {
	t.Parallel()
	const late = `The Action "slow" did not finish in time.`
	const gone = `The request ended before the Action "slow" did.`
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	for _, row := range []struct {
		name        string
		ctx         context.Context
		slow        func(ctx context.Context) error
		class, text string
	}{
		{"the hook returns the context's error", t.Context(),
			func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }, hooks.ClassActionTimeout, late},
		{"wrapped", t.Context(),
			func(ctx context.Context) error { <-ctx.Done(); return fmt.Errorf("query: %w", ctx.Err()) }, hooks.ClassActionTimeout, late},
		{"the hook finishes as if nothing were", t.Context(),
			func(ctx context.Context) error { <-ctx.Done(); return nil }, hooks.ClassActionTimeout, late},
		{"the hook has another error after all", t.Context(),
			func(ctx context.Context) error { <-ctx.Done(); return errors.New("no database") }, hooks.ClassActionError, "no database"},
		{"a deadline of its own passed, the run's did not", nil,
			func(context.Context) error { return fmt.Errorf("query: %w", context.DeadlineExceeded) }, hooks.ClassActionError, "query: context deadline exceeded"},
		{"the client is gone", canceled,
			func(ctx context.Context) error { return ctx.Err() }, hooks.ClassPlatformError, gone},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			chain := hooks.Chain{Timeout: time.Nanosecond, Hooks: []hooks.Hook{
				hooks.Func("slow", func(ctx context.Context, _ *hooks.Event, _ *hooks.API) error { return row.slow(ctx) }),
				hook("next", func(*hooks.API) { t.Error("the next hook ran") }),
			}}
			ctx := row.ctx
			if ctx == nil {
				ctx, chain.Timeout = t.Context(), 0
			} else if ctx == canceled {
				chain.Timeout = 0
			}
			out, err := chain.Run(ctx, login())
			var failure *hooks.FailedError
			if !errors.As(err, &failure) || failure.Cause.Class != row.class || failure.Error() != row.text {
				t.Errorf("error is %#v, want %s: %s", err, row.class, row.text)
			}
			if len(out.Results) != 1 {
				t.Errorf("%d executions are recorded, want 1", len(out.Results))
			}
		})
	}
}

func TestTheDeadlineIsForAllHooksTogether(t *testing.T) {
	t.Parallel()
	var first, second time.Time
	deadline := func(at *time.Time) hooks.Hook {
		return hooks.Func("h", func(ctx context.Context, _ *hooks.Event, _ *hooks.API) error {
			*at, _ = ctx.Deadline()
			return nil
		})
	}
	before := time.Now()
	if _, err := run(t, login(), deadline(&first), deadline(&second)); err != nil {
		t.Fatal(err)
	}
	if first.IsZero() || !first.Equal(second) {
		t.Errorf("deadlines are %v and %v, want one", first, second)
	}
	if first.Before(before.Add(hooks.DefaultTimeout)) || first.After(time.Now().Add(hooks.DefaultTimeout)) {
		t.Errorf("the deadline is %v, want %v from the start", first, hooks.DefaultTimeout)
	}
}

type misbehaving struct{ hooks.Hook }

func (misbehaving) Info() hooks.Info { panic("no name") }

func TestPanicsOutsideOfTheHookAreContained(t *testing.T) {
	t.Parallel()
	for name, h := range map[string]hooks.Hook{"nil hook": nil, "nil inside, no name": misbehaving{}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			out, err := run(t, login(), h)
			var failure *hooks.FailedError
			if !errors.As(err, &failure) || failure.Cause.Class != hooks.ClassPlatformError || len(out.Results) != 1 {
				t.Errorf("error %v, outcome %+v", err, out)
			}
		})
	}
}

func TestPanicsAreLoggedNotShown(t *testing.T) {
	t.Parallel()
	var text bytes.Buffer
	chain := hooks.Chain{
		Logger: slog.New(slog.NewTextHandler(&text, nil)),
		Hooks:  []hooks.Hook{hook("broken", func(*hooks.API) { panic("index 7") })},
	}
	out, err := chain.Run(t.Context(), login())
	if strings.Contains(message(err), "index 7") || strings.Contains(fmt.Sprint(out.Results), "index 7") {
		t.Errorf("the panic shows: %v, %+v", err, out.Results)
	}
	if !strings.Contains(text.String(), "index 7") || !strings.Contains(text.String(), "action=broken") || !strings.Contains(text.String(), "chain_test.go") {
		t.Errorf("the log lacks the panic, the Action or the place:\n%s", text.String())
	}
}

type infoHook struct{ hooks.Hook }

func (infoHook) Info() hooks.Info {
	return hooks.Info{ID: "act_1", Name: "Device", BindingID: "bnd_1", Version: 7}
}

func TestExecutionResult(t *testing.T) {
	t.Parallel()
	clock := time.Date(2026, 8, 1, 12, 0, 0, 0, time.UTC)
	chain := hooks.Chain{
		Now: func() time.Time { clock = clock.Add(time.Second); return clock },
		Hooks: []hooks.Hook{infoHook{hook("", func(api *hooks.API) {
			api.Log(slog.LevelInfo, "one")
			api.Log(slog.LevelError, "two")
		})}},
	}
	out, err := chain.Run(t.Context(), login())
	if err != nil {
		t.Fatal(err)
	}
	want := []models.ExecutionResult{{
		ActionID: "act_1", ActionName: "Device", BindingID: "bnd_1", Version: 7, Logs: "one\ntwo",
		StartedAt: time.Date(2026, 8, 1, 12, 0, 1, 0, time.UTC), EndedAt: time.Date(2026, 8, 1, 12, 0, 2, 0, time.UTC),
	}}
	if diff := cmp.Diff(want, out.Results); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestConsoleGoesToTheLoggerInFull(t *testing.T) {
	t.Parallel()
	var text bytes.Buffer
	logger := slog.New(slog.NewTextHandler(&text, &slog.HandlerOptions{Level: slog.LevelDebug}))
	long := strings.Repeat("x", 1000)
	chain := hooks.Chain{Logger: logger, MaxLog: 3, Hooks: []hooks.Hook{hook("chatty", func(api *hooks.API) {
		api.Log(slog.LevelDebug, long)
		api.Log(slog.LevelWarn, "done")
		if api.Logger() != logger {
			t.Error("API.Logger is another one")
		}
	})}}
	out, err := chain.Run(t.Context(), login())
	if err != nil {
		t.Fatal(err)
	}
	if got := out.Results[0].Logs; got != "xxx" {
		t.Errorf("kept %q", got)
	}
	for _, want := range []string{"level=DEBUG msg=" + long, "level=WARN msg=done", "action=chatty"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("the log lacks %q:\n%s", want, text.String())
		}
	}
}

// TestConsoleIsCut: the record is the beginning of what was printed, at most so many characters of it, and valid UTF-8.
func TestConsoleIsCut(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name  string
		max   int
		lines []string
		want  string
	}{
		{"256 by default", 0, []string{strings.Repeat("x", 300)}, strings.Repeat("x", 256)},
		{"exactly 256", 0, []string{strings.Repeat("x", 256)}, strings.Repeat("x", 256)},
		{"characters, not bytes", 0, []string{strings.Repeat("😀", 300)}, strings.Repeat("😀", 256)},
		{"over several lines", 5, []string{"ab", "cd", "ef"}, "ab\ncd"},
		{"in the middle of a line", 4, []string{"ab", "cd", "ef"}, "ab\nc"},
		{"at the end of a line", 2, []string{"ab", "cd"}, "ab"},
		{"nothing printed", 0, nil, ""},
		{"bytes that are not UTF-8", 0, []string{"a\xffb"}, "a\ufffdb"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			chain := hooks.Chain{MaxLog: row.max, Hooks: []hooks.Hook{hook("h", func(api *hooks.API) {
				for _, line := range row.lines {
					api.Log(slog.LevelInfo, line)
				}
			})}}
			out, err := chain.Run(t.Context(), login())
			if err != nil || out.Results[0].Logs != row.want {
				t.Errorf("kept %q (%v), want %q", out.Results[0].Logs, err, row.want)
			}
		})
	}
	rapid.Check(t, func(rt *rapid.T) {
		lines := rapid.SliceOf(rapid.StringN(1, 20, -1)).Draw(rt, "lines")
		limit := rapid.IntRange(1, 60).Draw(rt, "limit")
		chain := hooks.Chain{MaxLog: limit, Hooks: []hooks.Hook{hook("h", func(api *hooks.API) {
			for _, line := range lines {
				api.Log(slog.LevelInfo, line)
			}
		})}}
		out, err := chain.Run(t.Context(), login())
		if err != nil {
			rt.Fatal(err)
		}
		all := []rune(strings.Join(lines, "\n"))
		want := string(all[:min(len(all), limit)])
		if got := out.Results[0].Logs; got != want || !utf8.ValidString(got) {
			rt.Fatalf("kept %q, want %q", got, want)
		}
	})
}

// TestNoExecutionIsLost: there is one result for each hook that was started, in order, however the run ended.
func TestNoExecutionIsLost(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		ends := rapid.SliceOfN(rapid.SampledFrom([]string{"ok", "ok", "ok", "ok", "deny", "revoke", "error", "panic"}), 0, 6).Draw(rt, "ends")
		var started []string
		var list []hooks.Hook
		for i, end := range ends {
			name := fmt.Sprintf("%d %s", i, end)
			list = append(list, hooks.Func(name, func(_ context.Context, _ *hooks.Event, api *hooks.API) error {
				started = append(started, name)
				switch end {
				case "deny":
					api.Access.Deny("no")
				case "revoke":
					return api.RefreshToken.Revoke("no")
				case "error":
					return errors.New("no")
				case "panic":
					panic("no")
				}
				return nil
			}))
		}
		chain := hooks.Chain{Hooks: list}
		out, err := chain.Run(t.Context(), exchange(nil))
		if out == nil {
			rt.Fatal("the Outcome is nil")
		}
		var recorded []string
		for _, r := range out.Results {
			recorded = append(recorded, r.ActionName)
			if r.StartedAt.IsZero() || r.EndedAt.Before(r.StartedAt) {
				rt.Fatalf("%s ran from %v to %v", r.ActionName, r.StartedAt, r.EndedAt)
			}
		}
		if diff := cmp.Diff(started, recorded); diff != "" {
			rt.Fatalf("started and recorded hooks differ (-started +recorded):\n%s", diff)
		}
		if complete := len(started) == len(ends); err == nil && !complete {
			rt.Fatalf("only %v of %v ran, without an error", started, ends)
		}
	})
}

func BenchmarkChain(b *testing.B) {
	chain := hooks.Chain{Hooks: []hooks.Hook{hook("h", func(api *hooks.API) { _ = api.RefreshToken.SetMetadata("last_country", "DE") })}}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := chain.Run(b.Context(), exchange(models.Metadata{"initial_country": "US"})); err != nil {
			b.Fatal(err)
		}
	}
}

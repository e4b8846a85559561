package hooks_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"example.com/keepsake/hooks"
	"example.com/keepsake/models"
)

func TestScopes(t *testing.T) {
	t.Parallel()
	const (
		noString   = "The value for the scope must be a string."
		required   = "The value for the scope is required."
		tooLong    = "The value for the scope exceeds the allowed maximum of 280 characters."
		whitespace = "The value for the scope must not have whitespace."
	)
	for _, row := range []struct {
		name    string
		scope   any
		wantErr string
		want    string
	}{
		{"a scope", "read:notes", "", "read:notes"},
		{"blanks around it", " \t read:notes \r\n", "", "read:notes"},
		{"JavaScript's other blanks around it", "\u00a0\ufeff\u2003read:notes\u2028\u3000", "", "read:notes"},
		{"no string", 5.0, noString, ""},
		{"null", nil, noString, ""},
		{"empty", "", required, ""},
		{"only blanks", " \n\u00a0", required, ""},
		{"280 characters", strings.Repeat("s", 280), "", strings.Repeat("s", 280)},
		{"280 characters of two bytes", strings.Repeat("ü", 280), "", strings.Repeat("ü", 280)},
		{"281 characters", strings.Repeat("s", 281), tooLong, ""},
		{"281 characters, some of them blanks: the length first", strings.Repeat("s ", 140) + "s", tooLong, ""},
		{"280 characters and blanks around them", " " + strings.Repeat("s", 280) + " ", "", strings.Repeat("s", 280)},
		{"a blank inside", "read notes", whitespace, ""},
		{"a tab inside", "read\tnotes", whitespace, ""},
		{"a narrow blank inside", "read\u202fnotes", whitespace, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			var want []string
			if row.want != "" {
				want = []string{row.want}
			}
			added := with(t, login(), func(api *hooks.API) {
				err := api.AccessToken.AddScope(row.scope)
				wantMessage(t, "AddScope", err, row.wantErr)
				if got := errors.Is(err, hooks.ErrScopeType); got != (row.wantErr == noString) {
					t.Errorf("is a TypeError: %v", got)
				}
			})
			if diff := cmp.Diff(want, added.AddedScopes); diff != "" {
				t.Errorf("added (-want +got):\n%s", diff)
			}
			removed := with(t, login(), func(api *hooks.API) {
				wantMessage(t, "RemoveScope", api.AccessToken.RemoveScope(row.scope), row.wantErr)
			})
			if diff := cmp.Diff(want, removed.RemovedScopes); diff != "" {
				t.Errorf("removed (-want +got):\n%s", diff)
			}
		})
	}
}

func TestScopesOverwriteEachOther(t *testing.T) {
	t.Parallel()
	out := with(t, login(), func(api *hooks.API) {
		for _, err := range []error{
			api.AccessToken.AddScope("a"), api.AccessToken.AddScope("a"), api.AccessToken.RemoveScope("a"),
			api.AccessToken.RemoveScope("b"), api.AccessToken.RemoveScope("b"), api.AccessToken.AddScope("b"),
		} {
			wantMessage(t, "scope", err, "")
		}
	})
	if diff := cmp.Diff([]string{"b"}, out.AddedScopes); diff != "" {
		t.Errorf("added (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"a"}, out.RemovedScopes); diff != "" {
		t.Errorf("removed (-want +got):\n%s", diff)
	}
}

func TestAtMost1000Scopes(t *testing.T) {
	t.Parallel()
	const tooMany = "The number of scopes exceeds the allowed maximum of 1000."
	for name, method := range map[string]func(*hooks.API, any) error{
		"added":   func(api *hooks.API, s any) error { return api.AccessToken.AddScope(s) },
		"removed": func(api *hooks.API, s any) error { return api.AccessToken.RemoveScope(s) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fill := func(from, to int) hooks.Hook {
				return hook("fill", func(api *hooks.API) {
					for i := from; i < to; i++ {
						wantMessage(t, "scope", method(api, fmt.Sprint("s", i)), "")
					}
				})
			}
			out, err := run(t, login(), fill(0, 600), fill(600, 1000), hook("more", func(api *hooks.API) {
				wantMessage(t, "the 1001st", method(api, "more"), tooMany)
				wantMessage(t, "one of them again", method(api, "s7"), "")
			}))
			if n := len(out.AddedScopes) + len(out.RemovedScopes); n != 1000 || err != nil {
				t.Errorf("%d scopes, %v", n, err)
			}
		})
	}
}

func TestTransactionMetadata(t *testing.T) {
	t.Parallel()
	const (
		noKey      = "Failed to set transaction metadata: the key must be a string"
		longKey    = "Failed to set transaction metadata: the key must be at most 64 characters long"
		noValue    = "Failed to set transaction metadata: the value must be a string, a number or a boolean"
		largeValue = "Failed to set transaction metadata: the value must be at most 8 KB"
		largeTotal = "Failed to set transaction metadata: the metadata must be at most 16 KB in total"
	)
	stored := map[string]any{"a": "1"}
	half := strings.Repeat("v", 8<<10)
	for _, row := range []struct {
		name       string
		stored     map[string]any
		key, value any
		wantErr    string
		want       map[string]any
	}{
		{"string", stored, "b", "2", "", map[string]any{"a": "1", "b": "2"}},
		{"number", stored, "b", 2.5, "", map[string]any{"a": "1", "b": 2.5}},
		{"Go's integers", stored, "b", 2, "", map[string]any{"a": "1", "b": 2.0}},
		{"JavaScript's integers", stored, "b", int64(2), "", map[string]any{"a": "1", "b": 2.0}},
		{"boolean", stored, "b", false, "", map[string]any{"a": "1", "b": false}},
		{"over an older one", stored, "a", true, "", map[string]any{"a": true}},
		{"the first", nil, "a", "1", "", stored},
		{"null deletes", stored, "a", nil, "", map[string]any{}},
		{"null for what is not there", stored, "b", nil, "", stored},
		{"undefined", stored, "b", struct{}{}, noValue, stored},
		{"object", stored, "b", map[string]any{}, noValue, stored},
		{"array", stored, "b", []any{}, noValue, stored},
		{"key that is no string", stored, 5.0, "2", noKey, stored},
		{"key that is no string, to delete", stored, 5.0, nil, noKey, stored},
		{"key of 64", nil, strings.Repeat("k", 64), "2", "", map[string]any{strings.Repeat("k", 64): "2"}},
		{"key of 64 two-byte letters", nil, strings.Repeat("ü", 64), "2", "", map[string]any{strings.Repeat("ü", 64): "2"}},
		{"key of 65", stored, strings.Repeat("k", 65), "2", longKey, stored},
		{"value of 8 KB", nil, "b", half, "", map[string]any{"b": half}},
		{"value of a byte more", stored, "b", half + "v", largeValue, stored},
		{"16 KB in total", map[string]any{"a": half}, "b", half[:8<<10-2], "", map[string]any{"a": half, "b": half[:8<<10-2]}},
		{"a byte more in total", map[string]any{"a": half}, "b", half[:8<<10-1], largeTotal, map[string]any{"a": half}},
		{"the value that goes is not counted", map[string]any{"a": half, "b": half[:8<<10-2]}, "b", half[1 : 8<<10-1], "", map[string]any{"a": half, "b": half[1 : 8<<10-1]}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			event := login()
			event.Transaction.Metadata = row.stored
			_, err := run(t, event, hook("h", func(api *hooks.API) {
				wantMessage(t, "SetMetadata", api.Transaction.SetMetadata(row.key, row.value), row.wantErr)
				if diff := cmp.Diff(row.want, event.Transaction.Metadata, cmpopts.EquateEmpty()); diff != "" {
					t.Errorf("at once (-want +got):\n%s", diff)
				}
			}), hook("next", func(*hooks.API) {
				if diff := cmp.Diff(row.want, event.Transaction.Metadata, cmpopts.EquateEmpty()); diff != "" {
					t.Errorf("in the next hook (-want +got):\n%s", diff)
				}
			}))
			if err != nil {
				t.Fatal(err)
			}
		})
	}
	if diff := cmp.Diff(map[string]any{"a": "1"}, stored); diff != "" {
		t.Errorf("the map that was there changed (-want +got):\n%s", diff)
	}
}

func TestTransactionMetadataMakesATransaction(t *testing.T) {
	t.Parallel()
	event := &hooks.Event{}
	with(t, event, func(api *hooks.API) { wantMessage(t, "set", api.Transaction.SetMetadata("a", "1"), "") })
	if event.Transaction == nil || event.Transaction.Metadata["a"] != "1" {
		t.Errorf("transaction is %+v", event.Transaction)
	}
}

// TestUserMetadata runs for app_metadata and for user_metadata, whose messages differ by a full stop.
func TestUserMetadata(t *testing.T) {
	t.Parallel()
	for _, s := range []struct {
		name, message string
		current       func(*hooks.Event, map[string]any)
		set           func(*hooks.API, string, any) error
		patch         func(*hooks.Outcome) map[string]any
	}{
		{"app_metadata", "Unexpected app_metadata format. Must be a valid JSON object",
			func(e *hooks.Event, m map[string]any) { e.User.AppMetadata = m },
			func(api *hooks.API, k string, v any) error { return api.User.SetAppMetadata(k, v) },
			func(o *hooks.Outcome) map[string]any { return o.AppMetadata }},
		{"user_metadata", "Unexpected user_metadata format. Must be a valid JSON object.",
			func(e *hooks.Event, m map[string]any) { e.User.UserMetadata = m },
			func(api *hooks.API, k string, v any) error { return api.User.SetUserMetadata(k, v) },
			func(o *hooks.Outcome) map[string]any { return o.UserMetadata }},
	} {
		// {"k":"…"} has eight bytes around the value.
		largest := strings.Repeat("v", models.MaxUserMetadata-8)
		for _, row := range []struct {
			name    string
			current map[string]any
			key     string
			value   any
			wantErr bool
		}{
			{"string", nil, "k", "v", false},
			{"object", nil, "k", map[string]any{"deep": []any{1.0, true, nil}}, false},
			{"null deletes", map[string]any{"k": "v"}, "k", nil, false},
			{"null for what is not there", nil, "k", nil, false},
			{"32 KB", nil, "k", largest, false},
			{"a byte more", nil, "k", largest + "v", true},
			{"32 KB with what is there already", map[string]any{"a": largest[8:]}, "k", "v", false},
			{"a byte more with it", map[string]any{"a": largest[7:]}, "k", "v", true},
			{"instead of what is there already", map[string]any{"k": largest}, "k", largest[1:], false},
			{"characters that HTML would escape count once", nil, "k", strings.Repeat("<", len(largest)), false},
			{"what JSON can't say", nil, "k", math.Inf(1), true},
			{"a function", nil, "k", func() {}, true},
		} {
			t.Run(s.name+"/"+row.name, func(t *testing.T) {
				t.Parallel()
				event := login()
				s.current(event, row.current)
				before := fmt.Sprint(row.current)
				wantErr, wantPatch := "", map[string]any{row.key: row.value}
				if row.wantErr {
					wantErr, wantPatch = s.message, nil
				}
				out := with(t, event, func(api *hooks.API) { wantMessage(t, "set", s.set(api, row.key, row.value), wantErr) })
				if diff := cmp.Diff(wantPatch, s.patch(out)); diff != "" {
					t.Errorf("patch (-want +got):\n%s", diff)
				}
				if after := fmt.Sprint(row.current); after != before {
					t.Error("event.user changed within the run")
				}
			})
		}
	}
}

func TestUserMetadataLimitIsForAllHooks(t *testing.T) {
	t.Parallel()
	half := strings.Repeat("v", models.MaxUserMetadata/2)
	out, err := run(t, login(),
		hook("first", func(api *hooks.API) { wantMessage(t, "first half", api.User.SetAppMetadata("a", half), "") }),
		hook("second", func(api *hooks.API) {
			wantMessage(t, "second half", api.User.SetAppMetadata("b", half), "Unexpected app_metadata format. Must be a valid JSON object")
			wantMessage(t, "delete", api.User.SetAppMetadata("a", nil), "")
			wantMessage(t, "second half again", api.User.SetAppMetadata("b", half), "")
			wantMessage(t, "the other one has a limit of its own", api.User.SetUserMetadata("b", half), "")
		}))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]any{"a": nil, "b": half}, out.AppMetadata); diff != "" {
		t.Errorf("patch (-want +got):\n%s", diff)
	}
}

func TestRevokeBoundsTheReason(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ name, reason, want string }{
		{"1024 characters", strings.Repeat("r", 1024), ""},
		{"1024 characters of four bytes", strings.Repeat("😀", 1024), ""},
		{"1025 characters", strings.Repeat("r", 1025), "message must NOT have more than 1024 characters"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			_, err := run(t, exchange(nil), hook("h", func(api *hooks.API) {
				wantMessage(t, "Revoke", api.RefreshToken.Revoke(row.reason), row.want)
			}))
			var denied *hooks.DeniedError
			if got := errors.As(err, &denied); got != (row.want == "") {
				t.Errorf("denied: %v", err)
			}
		})
	}
}

// TestExpiries runs each row for the absolute and for the idle end.
func TestExpiries(t *testing.T) {
	t.Parallel()
	const missing = "Either inactivity or absolute expiration time must be provided"
	at := func(ms int64) time.Time { return time.UnixMilli(ms).UTC() }
	for _, row := range []struct {
		name     string
		calls    []float64
		wantErrs []string
		want     time.Time
	}{
		{"once", []float64{1785585600000}, []string{""}, at(1785585600000)},
		{"the earlier of two", []float64{1785585600000, 1785585500000}, []string{"", ""}, at(1785585500000)},
		{"the earlier of two, the other way round", []float64{1785585500000, 1785585600000}, []string{"", ""}, at(1785585500000)},
		{"a fraction of a millisecond", []float64{1785585600000.9}, []string{""}, at(1785585600000)},
		{"zero", []float64{0}, []string{missing}, time.Time{}},
		{"NaN", []float64{math.NaN()}, []string{missing}, time.Time{}},
		{"infinity", []float64{math.Inf(1)}, []string{"KIND must be number"}, time.Time{}},
		{"a failure changes nothing", []float64{1785585600000, 0}, []string{"", missing}, at(1785585600000)},
		{"in the past", []float64{1}, []string{""}, at(1)},
		{"before 1970", []float64{-5}, []string{""}, at(0)},
		{"the instant that Go takes for never", []float64{float64(time.Time{}.UnixMilli())}, []string{""}, at(0)},
		{"as far back as JavaScript goes", []float64{-8.64e15}, []string{""}, at(0)},
		{"as far ahead", []float64{8.64e15}, []string{""}, time.Date(9999, 12, 31, 23, 59, 59, 999e6, time.UTC)},
		{"beyond every integer", []float64{math.MaxFloat64}, []string{""}, time.Date(9999, 12, 31, 23, 59, 59, 999e6, time.UTC)},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			for _, event := range []*hooks.Event{login(), exchange(nil)} {
				var chain []hooks.Hook // each call in a hook of its own
				for i, ms := range row.calls {
					chain = append(chain, hook("h", func(api *hooks.API) {
						absolute, idle := strings.Replace(row.wantErrs[i], "KIND", "absolute", 1), strings.Replace(row.wantErrs[i], "KIND", "inactivity", 1)
						wantMessage(t, "SetExpiresAt", api.RefreshToken.SetExpiresAt(ms), absolute)
						wantMessage(t, "SetIdleExpiresAt", api.RefreshToken.SetIdleExpiresAt(ms), idle)
						wantMessage(t, "Session.SetExpiresAt", api.Session.SetExpiresAt(ms), absolute)
						wantMessage(t, "Session.SetIdleExpiresAt", api.Session.SetIdleExpiresAt(ms), idle)
					}))
				}
				out, err := run(t, event, chain...)
				if err != nil {
					t.Fatal(err)
				}
				if !out.Session.ExpiresAt.Equal(row.want) || !out.Session.IdleExpiresAt.Equal(row.want) {
					t.Errorf("the session's ends are %v and %v, want %v", out.Session.ExpiresAt, out.Session.IdleExpiresAt, row.want)
				}
				if !out.ExpiresAt.Equal(row.want) || !out.IdleExpiresAt.Equal(row.want) {
					t.Errorf("ends are %v and %v, want %v", out.ExpiresAt, out.IdleExpiresAt, row.want)
				}
				if _, err := json.Marshal(out.Decision()); err != nil {
					t.Errorf("the decision can't be stored: %v", err)
				}
			}
		})
	}
}

func TestTheTwoExpiriesAreSeparate(t *testing.T) {
	t.Parallel()
	out := with(t, exchange(nil), func(api *hooks.API) {
		wantMessage(t, "absolute", api.RefreshToken.SetExpiresAt(2e12), "")
		wantMessage(t, "idle", api.RefreshToken.SetIdleExpiresAt(1e12), "")
	})
	if out.ExpiresAt.UnixMilli() != 2e12 || out.IdleExpiresAt.UnixMilli() != 1e12 {
		t.Errorf("ends are %v and %v", out.ExpiresAt, out.IdleExpiresAt)
	}
}

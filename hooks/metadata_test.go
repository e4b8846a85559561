package hooks_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"example.com/keepsake/hooks"
	"example.com/keepsake/models"
)

// metadataAPI is what api.refreshToken and api.session have in common.
type metadataAPI interface {
	SetMetadata(key, value any) error
	DeleteMetadata(key string) error
	EvictMetadata() error
}

// side is one of the two: how to reach it, its map in the event, its delta in the outcome, and how its messages begin.
type side struct {
	name    string
	prefix  string
	event   func(stored models.Metadata) *hooks.Event
	api     func(*hooks.API) metadataAPI
	visible func(*hooks.Event) models.Metadata
	delta   func(*hooks.Outcome) models.MetadataDelta
}

var sides = []side{
	{
		name: "refresh token", prefix: "Failed to set refresh token metadata: ",
		event:   exchange,
		api:     func(a *hooks.API) metadataAPI { return a.RefreshToken },
		visible: func(e *hooks.Event) models.Metadata { return e.RefreshToken.Metadata },
		delta:   func(o *hooks.Outcome) models.MetadataDelta { return o.Metadata },
	},
	{
		name: "session", prefix: "Failed to set session metadata: ",
		event: func(stored models.Metadata) *hooks.Event {
			e := exchange(nil)
			e.Session.Metadata = stored
			return e
		},
		api:     func(a *hooks.API) metadataAPI { return a.Session },
		visible: func(e *hooks.Event) models.Metadata { return e.Session.Metadata },
		delta:   func(o *hooks.Outcome) models.MetadataDelta { return o.SessionMetadata },
	},
}

func onBothSides(t *testing.T, test func(t *testing.T, s side)) {
	t.Helper()
	for _, s := range sides {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			test(t, s)
		})
	}
}

// many returns n entries.
func many(n int) models.Metadata {
	m := make(models.Metadata, n)
	for i := range n {
		m[fmt.Sprintf("k%02d", i)] = "v"
	}
	return m
}

// TestSetMetadata is the table of contract 1.3 and the messages of 1.4, for one call.
func TestSetMetadata(t *testing.T) {
	t.Parallel()
	const (
		noKeyString   = "Invalid metadata: Metadata key must be a string"
		noValueString = "Invalid metadata: Metadata value must be a string"
		charset       = "Invalid metadata: Metadata keys may only include letters, numbers, underscores, or hyphens"
		entries       = "Invalid metadata: Metadata must not contain more than 25 entries"
		keyLength     = "Invalid metadata: All metadata keys must be at most 255 characters long"
		valueLength   = "Invalid metadata: All metadata values must be at most 255 characters long"
		keyNUL        = `Invalid metadata: Metadata keys must not contain null bytes (\x00)`
		valueNUL      = `Invalid metadata: Metadata values must not contain null bytes (\x00)`
	)
	undefined := struct{}{} // stands for JavaScript's undefined: neither a string nor nil
	stored := models.Metadata{"deviceName": "iPhone"}
	for _, row := range []struct {
		name       string
		stored     models.Metadata
		key, value any
		wantErr    string
		want       models.Metadata // visible afterwards
	}{
		{"a string", stored, "country", "DE", "", models.Metadata{"deviceName": "iPhone", "country": "DE"}},
		{"over an older one", stored, "deviceName", "iPad", "", models.Metadata{"deviceName": "iPad"}},
		{"an empty string", stored, "country", "", "", models.Metadata{"deviceName": "iPhone", "country": ""}},
		{"the first", nil, "country", "DE", "", models.Metadata{"country": "DE"}},
		{"null deletes", stored, "deviceName", nil, "", models.Metadata{}},
		{"null for a key that is not there", stored, "country", nil, "", stored},
		{"null for a key that never can be", stored, "a b", nil, "", stored},
		{"undefined", stored, "country", undefined, noValueString, stored},
		{"a number", stored, "country", 5.0, noValueString, stored},
		{"a boolean", stored, "country", true, noValueString, stored},
		{"an array", stored, "country", []any{"DE"}, noValueString, stored},
		{"an object", stored, "country", map[string]any{}, noValueString, stored},
		{"a date", stored, "country", time.Time{}, noValueString, stored},
		{"no string for a bad key: the value first", stored, "a b", 5.0, noValueString, stored},
		{"no string where there is no room: the value first", many(25), "more", 5.0, noValueString, many(25)},
		{"a key that is no string", stored, 5.0, "DE", noKeyString, stored},
		{"a key that is no string, to delete", stored, 5.0, nil, noKeyString, stored},
		{"neither is a string: the key first", stored, nil, 5.0, noKeyString, stored},
		{"empty key", stored, "", "DE", charset, stored},
		{"key with a dot", stored, "a.b", "DE", charset, stored},
		{"key of 256", stored, strings.Repeat("k", 256), "DE", keyLength, stored},
		{"key with NUL", stored, "a\x00", "DE", keyNUL, stored},
		{"value of 255", nil, "k", strings.Repeat("v", 255), "", models.Metadata{"k": strings.Repeat("v", 255)}},
		{"value of 256", stored, "k", strings.Repeat("v", 256), valueLength, stored},
		{"value of 128 emoji", stored, "k", strings.Repeat("😀", 128), valueLength, stored},
		{"value with NUL", stored, "k", "a\x00", valueNUL, stored},
		{"the 25th", many(24), "k24", "v", "", many(25)},
		{"the 26th", many(25), "k25", "v", entries, many(25)},
		{"the 26th with a bad key: the number first", many(25), "a b", "v", entries, many(25)},
		{"a new value where there is no room for a key", many(25), "k00", "v", "", many(25)},
		{"__proto__ is a silent no-op", stored, "__proto__", "x", "", stored},
		{"__proto__ with what is no string", stored, "__proto__", 5.0, noValueString, stored},
		{"__proto__ with null", stored, "__proto__", nil, "", stored},
		{"constructor is a key like others", stored, "constructor", "x", "", models.Metadata{"deviceName": "iPhone", "constructor": "x"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			onBothSides(t, func(t *testing.T, s side) {
				want := row.wantErr
				if want != "" {
					want = s.prefix + want
				}
				event := s.event(row.stored.Clone())
				out := with(t, event, func(api *hooks.API) {
					wantMessage(t, "SetMetadata", s.api(api).SetMetadata(row.key, row.value), want)
				})
				if diff := cmp.Diff(row.want, s.visible(event), cmpopts.EquateEmpty()); diff != "" {
					t.Errorf("the event's metadata (-want +got):\n%s", diff)
				}
				if diff := cmp.Diff(row.want, s.delta(out).Apply(row.stored), cmpopts.EquateEmpty()); diff != "" {
					t.Errorf("what will be stored (-want +got):\n%s", diff)
				}
			})
		})
	}
}

// step is one call in a hook and what it must answer.
type step struct {
	call    func(metadataAPI) error
	wantErr string // without the prefix that a set has
}

func set(key string, value any) func(metadataAPI) error {
	return func(a metadataAPI) error { return a.SetMetadata(key, value) }
}

func del(key string) func(metadataAPI) error {
	return func(a metadataAPI) error { return a.DeleteMetadata(key) }
}

func evict(a metadataAPI) error { return a.EvictMetadata() }

// TestMetadataSequences is the buffer of contract 1.3 and 1.5. Each row holds the hooks of one exchange, with their calls.
func TestMetadataSequences(t *testing.T) {
	t.Parallel()
	const charset = "Invalid metadata: Metadata keys may only include letters, numbers, underscores, or hyphens"
	const valueLength = "Invalid metadata: All metadata values must be at most 255 characters long"
	const entries = "Invalid metadata: Metadata must not contain more than 25 entries"
	const noValueString = "Invalid metadata: Metadata value must be a string"
	long := strings.Repeat("v", 256)
	for _, row := range []struct {
		name   string
		stored models.Metadata
		hooks  [][]step
		delta  models.MetadataDelta
		want   models.Metadata
	}{
		{"two sets accumulate", models.Metadata{"a": "1"},
			[][]step{{{set("b", "2"), ""}, {set("c", "3"), ""}}},
			models.MetadataDelta{Set: map[string]string{"b": "2", "c": "3"}}, models.Metadata{"a": "1", "b": "2", "c": "3"}},
		{"two hooks accumulate", models.Metadata{"a": "1"},
			[][]step{{{set("b", "2"), ""}}, {{set("c", "3"), ""}}},
			models.MetadataDelta{Set: map[string]string{"b": "2", "c": "3"}}, models.Metadata{"a": "1", "b": "2", "c": "3"}},
		{"the later hook wins", nil,
			[][]step{{{set("a", "1"), ""}}, {{set("a", "2"), ""}}},
			models.MetadataDelta{Set: map[string]string{"a": "2"}}, models.Metadata{"a": "2"}},
		{"a later hook deletes", models.Metadata{"a": "1"},
			[][]step{{{set("b", "2"), ""}}, {{del("a"), ""}, {del("b"), ""}}},
			models.MetadataDelta{Delete: []string{"a", "b"}}, models.Metadata{}},
		{"deleting what is not there", models.Metadata{"a": "1"},
			[][]step{{{del("b"), ""}, {del(""), ""}, {del("constructor"), ""}, {del("__proto__"), ""}}},
			models.MetadataDelta{}, models.Metadata{"a": "1"}},
		{"evict, then set", models.Metadata{"a": "1", "b": "2"},
			[][]step{{{evict, ""}, {set("c", "3"), ""}}},
			models.MetadataDelta{Evict: true, Set: map[string]string{"c": "3"}}, models.Metadata{"c": "3"}},
		{"evict what is empty", nil, [][]step{{{evict, ""}}}, models.MetadataDelta{}, models.Metadata{}},
		{"evict makes room", many(25),
			[][]step{{{evict, ""}, {set("new", "1"), ""}}},
			models.MetadataDelta{Evict: true, Set: map[string]string{"new": "1"}}, models.Metadata{"new": "1"}},
		{"delete makes room", many(25),
			[][]step{{{set("new", "1"), entries}, {del("new"), ""}, {del("k00"), ""}, {set("new", "1"), ""}}},
			models.MetadataDelta{Delete: []string{"k00"}, Set: map[string]string{"new": "1"}}, swap(many(25), "k00", "new")},
		{"the limit is for all hooks together", many(24),
			[][]step{{{set("k24", "v"), ""}}, {{set("k25", "v"), entries}}},
			models.MetadataDelta{Set: map[string]string{"k24": "v"}}, many(25)},

		{"a caught bad key poisons later sets", models.Metadata{"a": "1"},
			[][]step{{{set("a b", "x"), charset}, {set("b", "2"), charset}, {set("a", "3"), charset}}},
			models.MetadataDelta{}, models.Metadata{"a": "1"}},
		{"until it is deleted", models.Metadata{"a": "1"},
			[][]step{{{set("a b", "x"), charset}, {del("a b"), ""}, {set("b", "2"), ""}}},
			models.MetadataDelta{Set: map[string]string{"b": "2"}}, models.Metadata{"a": "1", "b": "2"}},
		{"null deletes it also", models.Metadata{"a": "1"},
			[][]step{{{set("a b", "x"), charset}, {set("a b", nil), ""}, {set("b", "2"), ""}}},
			models.MetadataDelta{Set: map[string]string{"b": "2"}}, models.Metadata{"a": "1", "b": "2"}},
		{"or evicted", models.Metadata{"a": "1"},
			[][]step{{{set("a b", "x"), charset}, {evict, ""}, {set("b", "2"), ""}}},
			models.MetadataDelta{Evict: true, Set: map[string]string{"b": "2"}}, models.Metadata{"b": "2"}},
		{"null does not look at what remains", models.Metadata{"a": "1"},
			[][]step{{{set("a b", "x"), charset}, {set("a", nil), ""}, {set("b", "2"), charset}}},
			models.MetadataDelta{Delete: []string{"a"}}, models.Metadata{}},
		{"a key's own bad value poisons it", models.Metadata{"a": "1"},
			[][]step{{{set("a", long), valueLength}, {set("b", "2"), valueLength}}},
			models.MetadataDelta{}, models.Metadata{"a": "1"}},
		{"a good value over it mends it", models.Metadata{"a": "1"},
			[][]step{{{set("a", long), valueLength}, {set("a", "3"), ""}, {set("b", "2"), ""}}},
			models.MetadataDelta{Set: map[string]string{"a": "3", "b": "2"}}, models.Metadata{"a": "3", "b": "2"}},
		{"what is no string never gets in, and poisons nothing", models.Metadata{"a": "1"},
			[][]step{{{set("b", 5.0), noValueString}, {set("a b", true), noValueString}, {set("c", "3"), ""}}},
			models.MetadataDelta{Set: map[string]string{"c": "3"}}, models.Metadata{"a": "1", "c": "3"}},
		{"the next hook begins with a clean buffer", models.Metadata{"a": "1"},
			[][]step{{{set("a b", "x"), charset}, {del("a"), ""}}, {{set("b", "2"), ""}}},
			models.MetadataDelta{Delete: []string{"a"}, Set: map[string]string{"b": "2"}}, models.Metadata{"b": "2"}},
		{"of two bad entries the integer-like one speaks first", nil,
			[][]step{{{set("a b", "x"), charset}, {set("7", long), valueLength}, {del("7"), ""}, {set("c", "3"), charset}}},
			models.MetadataDelta{Delete: []string{"7"}}, models.Metadata{}},
		{"of two others the one that came first", nil,
			[][]step{{{set("zz", long), valueLength}, {set("a b", "x"), valueLength}, {del("zz"), ""}, {set("c", "3"), charset}}},
			models.MetadataDelta{Delete: []string{"zz"}}, models.Metadata{}},
		{"__proto__ checks what is there", nil,
			[][]step{{{set("a b", "x"), charset}, {set("__proto__", "x"), charset}}},
			models.MetadataDelta{}, models.Metadata{}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			onBothSides(t, func(t *testing.T, s side) {
				event := s.event(row.stored.Clone())
				out := playSteps(t, s, event, row.hooks)
				if diff := cmp.Diff(row.delta, s.delta(out), cmpopts.EquateEmpty()); diff != "" {
					t.Errorf("delta (-want +got):\n%s", diff)
				}
				if diff := cmp.Diff(row.want, s.visible(event), cmpopts.EquateEmpty()); diff != "" {
					t.Errorf("the event's metadata (-want +got):\n%s", diff)
				}
			})
		})
	}
}

// playSteps runs one hook per list of steps, checking each answer.
func playSteps(t *testing.T, s side, event *hooks.Event, lists [][]step) *hooks.Outcome {
	t.Helper()
	var chain []hooks.Hook
	for i, steps := range lists {
		chain = append(chain, hook(fmt.Sprintf("hook %d", i+1), func(api *hooks.API) {
			for n, step := range steps {
				want := step.wantErr
				if want != "" {
					want = s.prefix + want
				}
				wantMessage(t, fmt.Sprintf("hook %d, call %d", i+1, n+1), step.call(s.api(api)), want)
			}
		}))
	}
	out, err := run(t, event, chain...)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func swap(m models.Metadata, out, in string) models.Metadata {
	delete(m, out)
	m[in] = "1"
	return m
}

// TestMetadataAtLogin: there is no refresh token yet, and event.refresh_token stays undefined whatever is set.
func TestMetadataAtLogin(t *testing.T) {
	t.Parallel()
	const entries = "Invalid metadata: Metadata must not contain more than 25 entries"
	full := make([]step, 0, 25)
	for k := range many(25) {
		full = append(full, step{set(k, "v"), ""})
	}
	for _, row := range []struct {
		name  string
		hooks [][]step
		want  models.Metadata
	}{
		{"several hooks accumulate", [][]step{{{set("a", "1"), ""}}, {{set("b", "2"), ""}}, {{set("a", "3"), ""}}}, models.Metadata{"a": "3", "b": "2"}},
		{"a later hook deletes", [][]step{{{set("a", "1"), ""}, {set("b", "2"), ""}}, {{del("a"), ""}}}, models.Metadata{"b": "2"}},
		{"a later hook evicts", [][]step{{{set("a", "1"), ""}}, {{evict, ""}, {set("b", "2"), ""}}}, models.Metadata{"b": "2"}},
		{"set, then deleted by null", [][]step{{{set("a", "1"), ""}, {set("a", nil), ""}}}, models.Metadata{}},
		{"25 over two hooks", [][]step{full[:20], full[20:]}, many(25)},
		{"the 26th, in a hook that set nothing else", [][]step{full[:20], full[20:], {{set("more", "v"), entries}}}, many(25)},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			event := login()
			out := playSteps(t, sides[0], event, row.hooks)
			if event.RefreshToken != nil {
				t.Error("event.refresh_token came to be")
			}
			if diff := cmp.Diff(row.want, out.Metadata.Apply(nil), cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("the new token's metadata (-want +got):\n%s", diff)
			}
			if err := out.Metadata.Apply(nil).Validate(); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestSessionMetadataWithoutASession(t *testing.T) {
	t.Parallel()
	out := with(t, login(), func(api *hooks.API) {
		const want = "Failed to set session metadata: Cannot set metadata on a session that does not exist."
		wantMessage(t, "set", api.Session.SetMetadata("a", "1"), want)
		wantMessage(t, "set of null", api.Session.SetMetadata("a", nil), want)
		wantMessage(t, "set without a key", api.Session.SetMetadata(5, "1"), want)
		wantMessage(t, "delete", api.Session.DeleteMetadata("a"), "")
		wantMessage(t, "evict", api.Session.EvictMetadata(), "")
	})
	if !out.SessionMetadata.IsZero() {
		t.Errorf("delta is %+v, want none", out.SessionMetadata)
	}
}

func TestTheTwoMetadataAreSeparate(t *testing.T) {
	t.Parallel()
	event := exchange(models.Metadata{"a": "token"})
	event.Session.Metadata = models.Metadata{"a": "session"}
	out := with(t, event, func(api *hooks.API) {
		wantMessage(t, "set", api.RefreshToken.SetMetadata("b", "token"), "")
		wantMessage(t, "delete", api.Session.DeleteMetadata("a"), "")
	})
	wantOut := &hooks.Outcome{
		Metadata:        models.MetadataDelta{Set: map[string]string{"b": "token"}},
		SessionMetadata: models.MetadataDelta{Delete: []string{"a"}},
	}
	if diff := cmp.Diff(wantOut, out, cmpopts.IgnoreFields(hooks.Outcome{}, "Results"), cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("outcome (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(models.Metadata{"a": "token", "b": "token"}, event.RefreshToken.Metadata); diff != "" {
		t.Errorf("token (-want +got):\n%s", diff)
	}
}

func TestMetadataInTheEventIsReplacedNotChanged(t *testing.T) {
	t.Parallel()
	onBothSides(t, func(t *testing.T, s side) {
		stored := models.Metadata{"a": "1", "b": "2"} // may be shared with whoever read it
		with(t, s.event(stored), func(api *hooks.API) {
			for _, do := range []func(metadataAPI) error{set("a", "3"), set("c", "4"), del("b"), evict, set("d", "5")} {
				wantMessage(t, "change", do(s.api(api)), "")
			}
		})
		if diff := cmp.Diff(models.Metadata{"a": "1", "b": "2"}, stored); diff != "" {
			t.Errorf("the stored map changed (-want +got):\n%s", diff)
		}
	})
}

func TestVisibleInTheSameHook(t *testing.T) {
	t.Parallel()
	onBothSides(t, func(t *testing.T, s side) {
		event := s.event(models.Metadata{"a": "1"})
		with(t, event, func(api *hooks.API) {
			for _, look := range []struct {
				do   func(metadataAPI) error
				want models.Metadata
			}{
				{set("b", "2"), models.Metadata{"a": "1", "b": "2"}},
				{del("a"), models.Metadata{"b": "2"}},
				{evict, models.Metadata{}},
			} {
				wantMessage(t, "change", look.do(s.api(api)), "")
				if diff := cmp.Diff(look.want, s.visible(event)); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
			}
		})
	})
}

func TestOnlineRefreshTokensHaveNone(t *testing.T) {
	t.Parallel()
	event := exchange(nil)
	event.RefreshToken.Access = hooks.AccessOnline
	out := with(t, event, func(api *hooks.API) {
		wantMessage(t, "set", api.RefreshToken.SetMetadata("a", "1"),
			"Failed to set refresh token metadata: Cannot call setMetadata on an online refresh token.")
		wantMessage(t, "set, before the key is looked at", api.RefreshToken.SetMetadata(5, nil),
			"Failed to set refresh token metadata: Cannot call setMetadata on an online refresh token.")
		wantMessage(t, "delete", api.RefreshToken.DeleteMetadata("a"), "Cannot call deleteMetadata on an online refresh token.")
		wantMessage(t, "evict", api.RefreshToken.EvictMetadata(), "Cannot call evictMetadata on an online refresh token.")
		wantMessage(t, "setExpiresAt", api.RefreshToken.SetExpiresAt(0), "Cannot call setExpiresAt on an online refresh token.")
		wantMessage(t, "setIdleExpiresAt", api.RefreshToken.SetIdleExpiresAt(2e12), "Cannot call setIdleExpiresAt on an online refresh token.")
		wantMessage(t, "the session's", api.Session.SetMetadata("a", "1"), "")
	})
	if !out.Metadata.IsZero() || !out.ExpiresAt.IsZero() || !out.IdleExpiresAt.IsZero() {
		t.Errorf("outcome %+v, want nothing for the token", out)
	}
}

// TestMetadataNeverBreaksItsRules: whatever hooks do, what will be stored is what the last hook saw, and it is valid.
func TestMetadataNeverBreaksItsRules(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("v", 256)
	rapid.Check(t, func(rt *rapid.T) {
		s := rapid.SampledFrom(sides).Draw(rt, "side")
		stored := many(rapid.IntRange(0, 25).Draw(rt, "stored"))
		key := rapid.SampledFrom([]string{"k00", "k01", "k24", "k25", "new", "7", "", "a b", "a\x00", "__proto__", "constructor", long})
		value := rapid.SampledFrom([]any{"1", "2", "", nil, 5.0, long, "a\x00"})
		var chain []hooks.Hook
		for range rapid.IntRange(1, 3).Draw(rt, "hooks") {
			var calls []func(metadataAPI) error
			for range rapid.IntRange(0, 8).Draw(rt, "calls") {
				k := key.Draw(rt, "key")
				switch rapid.SampledFrom([]string{"set", "set", "set", "set", "delete", "delete", "evict"}).Draw(rt, "call") {
				case "set":
					calls = append(calls, set(k, value.Draw(rt, "value")))
				case "delete":
					calls = append(calls, del(k))
				case "evict":
					calls = append(calls, evict)
				}
			}
			chain = append(chain, hook("h", func(api *hooks.API) {
				for _, c := range calls {
					_ = c(s.api(api)) // caught
				}
			}))
		}
		event := s.event(stored.Clone())
		c := hooks.Chain{Hooks: chain}
		out, err := c.Run(t.Context(), event)
		if err != nil {
			rt.Fatal(err)
		}
		after := s.delta(out).Apply(stored)
		if err := after.Validate(); err != nil {
			rt.Fatalf("%v would be stored: %v", after, err)
		}
		if diff := cmp.Diff(after, s.visible(event), cmpopts.EquateEmpty()); diff != "" {
			rt.Fatalf("stored and visible differ (-stored +visible):\n%s", diff)
		}
		for _, k := range s.delta(out).Delete {
			if models.ValidateMetadataEntry(k, "") != nil {
				rt.Fatalf("the store would be asked to delete %q", k)
			}
		}
	})
}

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// runawayTimeout is how long the Actions of a transaction may take in the study of those that run away.
const runawayTimeout = time.Second

// probes are Actions that run away, by what they use up: what they do when a request asks for it. Each is bound behind the one that validates the device, at
// every exchange.
var probes = []struct{ kind, name, code string }{
	{"time", "endless_loop", `for (;;) {}`},
	{"time", "endless_microtasks", `const again = () => Promise.resolve().then(again); await again();`},
	{"time", "slow_comparator", `new Array(100000).fill(0).sort(() => { for (let i = 0; i < 1e9; i++); return 0; });`},
	{"other", "deep_recursion", `const f = () => 1 + f(); f();`},
	{"memory", "growing_array", `const a = []; for (;;) a.push({ a: 1 });`},
	{"memory", "growing_string", `const list = []; let s = 'x'; for (;;) { s += 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx'; list.push(s); }`},
	{"memory", "doubling_string", `let s = 'x'; for (;;) s += s;`},
	{"memory", "huge_string", `'x'.repeat(2 ** 28);`},
	{"memory", "huge_array", `new Array(2 ** 32 - 1).fill(0);`},
	{"time", "exploding_pattern", `/^(a+)+\1b$/.test('a'.repeat(60));`},
	{"other", "nested_json", `JSON.parse('['.repeat(2 ** 22));`},
	{"other", "pending_promises", `await Promise.all(Array.from({ length: 10000 }, () => new Promise(() => {})));`},
	{"other", "prototype_pollution", `Object.prototype.metadata = 'x'; Array.prototype.push = null; String.prototype.split = () => { throw 'x'; }; Promise.prototype.then = null; throw new Error('polluted');`},
	{"other", "throwing_getter", `return { get then() { throw new Error('no then'); } };`},
	{"time", "bigint", `let n = 2n ** 2n ** 40n; for (;;) n *= n;`},
}

// runawayPrefix is what the names of the probes' sets of Actions begin with.
const runawayPrefix = "runaway_"

// probeOf returns the code of the Action that a set of Actions has beside the one that validates the device.
func probeOf(actions string) (code string, ok bool) {
	name, ok := strings.CutPrefix(actions, runawayPrefix)
	for _, p := range probes {
		if ok && p.name == name {
			return "exports.onExecutePostLogin = async (event, api) => {\n  if (event.request.body.probe !== 'yes') return;\n  " + p.code + "\n};\n", true
		}
	}
	return "", false
}

// runawayWith measures refreshes with and without Actions of a kind beside them that run away.
func runawayWith(kind string) func(context.Context, *world, *section) error {
	return func(ctx context.Context, w *world, s *section) error { return w.studyRunaway(ctx, s, kind) }
}

func (w *world) studyRunaway(ctx context.Context, s *section, kind string) error {
	workers := w.options.workersOr(32)[0]
	s.note("Each probe has a server of its own, with --action-timeout=%s and two Actions: the one that validates the device, and one that runs away when a request asks for it. "+
		"Runs of %s alternate: %d workers refresh alone; they do it while one more worker has the Action run away without a pause. %d runs of each, medians with the least and the most.",
		runawayTimeout, w.options.Duration, workers, w.options.Runs)
	rows := s.add("", "probe", "refreshes per second alone", "p99 ms alone (min–max)", "per second beside", "p99 ms beside (min–max)", "÷ alone", "failed refreshes", "RSS MiB",
		"runaways", "longest ms", "not ended as an error", "its error")
	for _, p := range probes {
		if p.kind != kind {
			continue
		}
		row, err := w.runaway(ctx, s, p.name, workers)
		if err != nil {
			return fmt.Errorf("probe %s: %w", p.name, err)
		}
		rows.row(row...)
		w.say("%s", strings.Join(row, " | "))
	}
	return nil
}

// runaway plays one probe and returns its row.
func (w *world) runaway(ctx context.Context, s *section, probe string, workers int) ([]string, error) {
	t, err := w.open(ctx, s, postgres, runawayPrefix+probe)
	if err != nil {
		return nil, err
	}
	players, err := w.chains(ctx, t, workers)
	if err != nil {
		return nil, err
	}
	form, err := t.chain(ctx, cell{Play: playRefresh, Client: public, Alg: es256}, workers)
	if err != nil {
		return nil, err
	}
	wild := &runner{target: t, form: form}
	var alone, beside []result
	var ended []time.Duration
	wrong := 0
	for range w.options.Runs {
		if err := w.settle(ctx, t); err != nil {
			return nil, err
		}
		quiet, failure, err := w.run(ctx, t, players)
		if err != nil {
			return nil, err
		}
		loud, seen, loudFailure, err := w.runBeside(ctx, t, players, []player{wild.play})
		if err != nil {
			return nil, err
		}
		for _, failure := range []error{failure, loudFailure, seen.first} {
			if failure != nil {
				s.note("%s: %v", probe, failure)
			}
		}
		alone, beside = append(alone, quiet), append(beside, loud)
		ended, wrong = append(ended, seen.latencies...), wrong+seen.errors
	}
	t.process.stop() // its memory and its worker processes are for the next one
	factor := ratio(over(beside, p99Of).Median, over(alone, p99Of).Median)
	failed := over(alone, errorsOf).Max + over(beside, errorsOf).Max
	longest := time.Duration(0)
	for _, d := range ended {
		longest = max(longest, d)
	}
	s.Figures["p99_beside_to_alone/"+probe] = factor
	s.Figures["failed/"+probe], s.Figures["wrong/"+probe] = failed, float64(wrong)
	s.Figures["longest_ms/"+probe], s.Figures["runaways/"+probe] = asMillis(longest), float64(len(ended))
	return []string{
		probe, number(over(alone, rateOf).Median), spreadText(over(alone, p99Of)), number(over(beside, rateOf).Median), spreadText(over(beside, p99Of)), fmt.Sprintf("%.2f", factor),
		fmt.Sprintf("%.0f", failed), fmt.Sprintf("%.0f", over(beside, func(r result) float64 { return r.PeakMiB }).Max),
		fmt.Sprint(len(ended)), inMillis(longest), fmt.Sprint(wrong), wild.message,
	}, nil
}

func p99Of(r result) float64    { return r.P99 }
func rateOf(r result) float64   { return r.Rate }
func errorsOf(r result) float64 { return r.Errors }

func spreadText(s spread) string { return fmt.Sprintf("%.2f (%.2f–%.2f)", s.Median, s.Min, s.Max) }

// runner has an Action run away, again and again. A failed exchange uses nothing up, so that it always presents the same token.
type runner struct {
	target  *target
	form    url.Values
	message string // of the last error
}

// play is one exchange that must end as an error of its own.
func (r *runner) play(ctx context.Context) error {
	form := url.Values{"probe": {"yes"}}
	for name, values := range r.form {
		form[name] = values
	}
	_, err := r.target.token(ctx, addressAbroad, form)
	var refused *statusError
	if !errors.As(err, &refused) || refused.status != http.StatusForbidden {
		return fmt.Errorf("the exchange did not fail as it should: %w", err)
	}
	var answer struct {
		Description string `json:"error_description"`
	}
	if err := json.Unmarshal([]byte(refused.body), &answer); err != nil {
		return fmt.Errorf("read the error: %w", err)
	}
	r.message = answer.Description
	return nil
}

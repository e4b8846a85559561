package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
)

const (
	// changeLimit is when a change counts as never seen.
	changeLimit = time.Minute
	// changePoll is how often the database is asked whether a change is there, and each process what it goes by.
	changePoll = 2 * time.Millisecond
	// tokenLifetime is that of the tenant's APIs, in seconds. A change makes it longer by one.
	tokenLifetime = 3600
)

// studyChanges has another process change an API's token lifetime, and measures how long after the commit each process goes by it.
func studyChanges(ctx context.Context, w *world, s *section) error {
	r, err := w.openReplicas(ctx, s, noAction)
	if err != nil {
		return err
	}
	defer r.close()
	var delays []float64
	for n := range w.options.Changes {
		seen, err := w.change(ctx, r, tokenLifetime+n+1)
		if err != nil {
			return err
		}
		delays = append(delays, seen...)
		w.say("change %d was seen after %.1f ms at the latest", n+1, slices.Max(seen))
	}
	f := spreadOf(delays)
	s.note("%d times a further process on the same database applied a tenant whose API has another token lifetime. The time is from when the database had the change to when a process issued a token with it; "+
		"each was asked without a pause, and the further process was starting on the same processors.", w.options.Changes)
	s.add("", "processes", "changes", "seen after ms: median", "least", "most").
		row(fmt.Sprint(len(r.targets)), fmt.Sprint(w.options.Changes), fmt.Sprintf("%.1f", f.Median), fmt.Sprintf("%.1f", f.Min), fmt.Sprintf("%.1f", f.Max))
	s.Figures["seen_after_ms_median"], s.Figures["seen_after_ms_most"] = f.Median, f.Max
	return nil
}

// change changes the lifetime and returns after how many milliseconds each process was seen to go by it.
func (w *world) change(ctx context.Context, r *replicas, lifetime int) ([]float64, error) {
	ctx, cancel := context.WithTimeout(ctx, changeLimit)
	defer cancel()
	first := r.targets[0]
	changed := *first
	changed.folder = filepath.Join(first.folder, fmt.Sprintf("tenant-%d", lifetime))
	if err := os.Mkdir(changed.folder, 0o700); err != nil {
		return nil, err
	}
	if err := writeTenant(changed.folder, first.key.actions, w.passwordHash, lifetime); err != nil {
		return nil, err
	}
	version, err := watchVersion(ctx, first.url)
	if err != nil {
		return nil, err
	}
	var (
		wg     sync.WaitGroup
		seen   = make([]time.Time, len(r.targets))
		errs   = make([]error, len(r.targets)+1)
		commit time.Time
	)
	wg.Go(func() { commit, errs[len(r.targets)] = version() })
	for i, t := range r.targets {
		wg.Go(func() { seen[i], errs[i] = awaitLifetime(ctx, t, lifetime) })
	}
	p, _, err := w.start(ctx, &changed, changed.url, w.binary)
	if err != nil {
		cancel()
		wg.Wait()
		return nil, fmt.Errorf("apply the change: %w", err)
	}
	defer p.stop()
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		return nil, fmt.Errorf("see the change: %w", err)
	}
	delays := make([]float64, len(seen))
	for i, at := range seen {
		delays[i] = asMillis(max(0, at.Sub(commit)))
	}
	return delays, nil
}

// watchVersion reads the configuration's version and returns what waits until it is another one, and says when that was.
func watchVersion(ctx context.Context, url string) (func() (time.Time, error), error) {
	db, err := pgx.Connect(ctx, url)
	if err != nil {
		return nil, fmt.Errorf("watch the configuration: %w", err)
	}
	read := func() (version int64, err error) {
		err = db.QueryRow(ctx, "SELECT version FROM config_version").Scan(&version)
		return version, err
	}
	before, err := read()
	if err != nil {
		db.Close(ctx)
		return nil, fmt.Errorf("watch the configuration: %w", err)
	}
	return func() (time.Time, error) {
		defer db.Close(context.WithoutCancel(ctx))
		return pollUntil(ctx, func() (bool, error) {
			version, err := read()
			return version != before, err
		})
	}, nil
}

// awaitLifetime waits until a process issues tokens with a lifetime.
func awaitLifetime(ctx context.Context, t *target, lifetime int) (time.Time, error) {
	form := machineForm(audienceOf(es256))
	return pollUntil(ctx, func() (bool, error) {
		a, err := t.do(ctx, call{method: "POST", path: "oauth/token", address: addressHome, form: form, want: 200})
		if err != nil {
			return false, err
		}
		var got struct {
			ExpiresIn int `json:"expires_in"`
		}
		err = json.Unmarshal(a.body, &got)
		return got.ExpiresIn == lifetime, err
	})
}

// pollUntil asks until the answer is yes and returns when that was.
func pollUntil(ctx context.Context, ask func() (bool, error)) (time.Time, error) {
	ticker := time.NewTicker(changePoll)
	defer ticker.Stop()
	for {
		yes, err := ask()
		if yes || err != nil {
			return time.Now(), err
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return time.Time{}, ctx.Err()
		}
	}
}

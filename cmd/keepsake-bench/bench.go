package main

import (
	"context"
	"errors"
	"io"
	"runtime"
	"time"
)

// bench runs everything that o asks for and reports to out and to o's files.
func bench(ctx context.Context, o *options, out io.Writer) error {
	cells := o.cells()
	if len(cells)+len(o.studies()) == 0 {
		return errors.New("no scenario and no study matches")
	}
	w, err := newWorld(ctx, o, out)
	if err != nil {
		return err
	}
	defer w.close()
	r := &report{Begun: time.Now().UTC(), CPUs: runtime.NumCPU(), Go: runtime.Version(), PostgreSQL: w.cluster.version, Commit: o.measured(ctx), Options: o.summary()}
	// What was found out is reported even when something goes wrong afterwards.
	err = w.scenarios(ctx, cells, r)
	if err == nil {
		err = w.study(ctx, r)
	}
	r.text(out)
	return errors.Join(err, r.write(o.Out))
}

// scenarios runs and profiles the selected scenarios.
func (w *world) scenarios(ctx context.Context, cells []cell, r *report) error {
	if err := w.prepare(ctx, cells, r); err != nil {
		return err
	}
	if err := w.rounds(ctx, r); err != nil {
		return err
	}
	if err := w.conclude(ctx, r); err != nil {
		return err
	}
	if w.options.Profile == "" {
		return nil
	}
	return w.profiles(ctx, cells, r)
}

// prepare signs everybody in and counts round trips and flushes, so that nothing of it falls into a run.
func (w *world) prepare(ctx context.Context, cells []cell, r *report) error {
	trips := map[cell]counts{}
	for _, c := range cells {
		if _, err := w.playersOf(ctx, c); err != nil {
			return err
		}
		row := &row{cell: c}
		r.rows = append(r.rows, row)
		if c.Database != postgres {
			continue
		}
		if _, ok := trips[c.counted()]; !ok {
			w.say("counting round trips of %s", c.counted())
			n, err := w.count(ctx, c)
			if err != nil {
				return err
			}
			trips[c.counted()] = n
		}
		row.counts = trips[c.counted()]
	}
	return nil
}

// rounds runs all cells one after the other, over and over: A B A B.
func (w *world) rounds(ctx context.Context, r *report) error {
	for n := range w.options.Runs {
		for _, row := range r.rows {
			result, failure, err := w.measure(ctx, row.cell)
			if err != nil {
				return err
			}
			if failure != nil && row.failure == nil {
				row.failure = failure
			}
			row.runs = append(row.runs, result)
			w.say("%d/%d %s: %.0f/s", n+1, w.options.Runs, row.cell, result.Rate)
		}
	}
	return nil
}

// minCalls leaves out statements of which only the set-up has some.
const minCalls = 100

// conclude compares with the floor and reads what PostgreSQL has to say in the end.
func (w *world) conclude(ctx context.Context, r *report) error {
	byCell := map[cell]*row{}
	for _, row := range r.rows {
		byCell[row.cell] = row
	}
	for _, row := range r.rows {
		if c, ok := row.cell.floor(); ok && byCell[c] != nil {
			row.compare(byCell[c])
		}
	}
	for _, key := range w.sortedTargets() {
		t := w.targets[key]
		if key.database != postgres || key.server == floor {
			continue
		}
		d := databaseReport{Name: t.dbName}
		var err error
		if d.RefreshTokens, err = readRotations(ctx, t.url); err != nil {
			return err
		}
		if d.Statements, err = w.cluster.topStatements(ctx, t.dbName, 6, minCalls); err != nil {
			return err
		}
		r.Databases = append(r.Databases, d)
		r.Sections = append(r.Sections, d.section())
	}
	return nil
}

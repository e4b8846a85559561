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
	if len(cells) == 0 {
		return errors.New("no scenario matches")
	}
	w, err := newWorld(ctx, o, out)
	if err != nil {
		return err
	}
	defer w.close()
	r := &report{Begun: time.Now().UTC(), CPUs: runtime.NumCPU(), Go: runtime.Version(), PostgreSQL: w.cluster.version, Commit: o.measured(ctx), Options: o.summary()}
	if err := w.prepare(ctx, cells, r); err != nil {
		return err
	}
	if err := w.rounds(ctx, r); err != nil {
		return err
	}
	if err := w.conclude(ctx, r); err != nil {
		return err
	}
	r.text(out)
	if err := r.write(o.Out); err != nil {
		return err
	}
	if o.Profile != "" {
		return w.profiles(ctx, cells)
	}
	return nil
}

// prepare signs everybody in and counts round trips, so that nothing of it falls into a run.
func (w *world) prepare(ctx context.Context, cells []cell, r *report) error {
	trips := map[cell]float64{}
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
			n, err := w.roundTrips(ctx, c)
			if err != nil {
				return err
			}
			trips[c.counted()] = n
		}
		row.roundTrips = trips[c.counted()]
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
	for key, t := range w.targets {
		if key.database != postgres || key.server == floor {
			continue
		}
		d := databaseReport{Name: t.dbName}
		var err error
		if d.RefreshTokens, err = readRotations(ctx, t.url); err != nil {
			return err
		}
		if d.Statements, err = w.cluster.topStatements(ctx, t.dbName, 6); err != nil {
			return err
		}
		r.Databases = append(r.Databases, d)
	}
	return nil
}

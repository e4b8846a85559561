package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// study is a question that no scenario's table answers: it has a database and servers of its own, and takes as long as it needs. A study
// runs only when it is asked for by name (-run), each with the machine to itself.
type study struct {
	name  string
	about string
	run   func(context.Context, *world, *section) error
}

// studies are all there are. What each is made of is in the file of its name.
var studies = []study{
	{"ready/sqlite", "From start to ready on SQLite, on a fresh and an existing database", readyOn(sqlite)},
	{"ready/postgres", "The same on PostgreSQL", readyOn(postgres)},
	{"logins", "Refreshes beside a flood of password logins", studyLogins},
	{"runaway/time", "Refreshes beside Actions that use up all time", runawayWith("time")},
	{"runaway/memory", "Refreshes beside Actions that use up all memory", runawayWith("memory")},
	{"runaway/other", "Refreshes beside Actions that go wrong in other ways", runawayWith("other")},
	{"replicas/throughput", "One, two and four servers on one database", studyReplicas},
	{"replicas/race", "Each token presented to four servers at once", studyRace},
	{"replicas/changes", "How soon every server sees a changed configuration", studyChanges},
	{"overload/none", "Ten times the capacity in open-loop arrivals, without an Action", overloadWith(noAction)},
	{"overload/device", "The same with the device Action", overloadWith(device)},
	{"time/none", "Where PostgreSQL's time goes during refreshes, without an Action", timeWith(noAction)},
	{"time/device", "The same with the device Action", timeWith(device)},
	{"soak/device", "Memory during a long run with the device Action (-soak)", soakWith(device)},
	{"soak/five", "Memory during a tenth of that with five Actions", soakWith(five)},
	{"rotations", "Growth of the table of refresh tokens (-rotations)", studyRotations},
	{"size", "Refreshes among few tokens and among many (-tokens)", studySize},
}

// listStudies prints the studies that -run would select, all of them without it.
func (o *options) listStudies(out io.Writer) {
	for _, s := range studies {
		if o.Run == nil || o.Run.MatchString(s.name) {
			fmt.Fprintf(out, "%-20s  %s\n", s.name, s.about)
		}
	}
}

// studies are the selected ones. Without -run there are none.
func (o *options) studies() []study {
	if o.Run == nil {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(studies), func(s study) bool { return !o.Run.MatchString(s.name) })
}

// study runs the selected studies and adds what they find to the report. One that fails is in it too, as far as it came, and the others
// are run all the same.
func (w *world) study(ctx context.Context, r *report) error {
	var errs []error
	for _, s := range w.options.studies() {
		w.say("study %s: %s", s.name, s.about)
		begun := time.Now()
		found := newSection(s.name, s.about+".")
		if err := errors.Join(s.run(ctx, w, found), w.discard(ctx)); err != nil {
			err = fmt.Errorf("study %s: %w", s.name, err)
			found.note("It failed: %v", err)
			errs = append(errs, err)
		}
		w.say("study %s took %s", s.name, time.Since(begun).Round(time.Second))
		r.Sections = append(r.Sections, found)
		// A later one may take long, and may be stopped by force.
		errs = append(errs, r.write(w.options.Out), ctx.Err())
		if ctx.Err() != nil {
			break
		}
	}
	return errors.Join(errs...)
}

// discard ends the servers of the study that has run and removes their databases.
func (w *world) discard(ctx context.Context) error {
	var errs []error
	for key, t := range w.targets {
		if key.study == "" {
			continue
		}
		t.process.stop()
		delete(w.targets, key)
		if key.database == postgres {
			errs = append(errs, w.cluster.drop(context.WithoutCancel(ctx), t.dbName))
		}
	}
	return errors.Join(errs...)
}

// open starts a server for a study, on a database of its own.
func (w *world) open(ctx context.Context, s *section, database, actions string) (*target, error) {
	return w.target(ctx, targetKey{server: keepsake, database: database, actions: actions, study: studyKey(s.Name)})
}

// studyKey is a study's name in the names of folders and databases.
func studyKey(name string) string { return strings.ReplaceAll(name, "/", "_") }

// workersOr returns -workers, or what a study has in its place.
func (o *options) workersOr(numbers ...int) []int {
	if o.Workers != nil {
		return o.Workers
	}
	return numbers
}

// chains signs as many workers in as asked for. Each has a refresh token of its own, with what the Actions of the target expect to be
// stored with it.
func (w *world) chains(ctx context.Context, t *target, workers int) ([]player, error) {
	players := make([]player, workers)
	for n := range players {
		var err error
		if players[n], err = newPlayer(ctx, t, cell{Play: playRefresh, Client: public, Alg: es256}, n); err != nil {
			return nil, fmt.Errorf("prepare worker %d: %w", n, err)
		}
	}
	return players, nil
}

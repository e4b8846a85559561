package scenario

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"time"
)

// Options are what a run of scenarios is made of.
type Options struct {
	Start Start
	// Filter selects tests by "file name/test name"; nil selects all.
	Filter *regexp.Regexp
	// Parallel is how many tests run at once; zero means one per processor.
	Parallel int
	// Done is told of each test, in the order in which they end; nil means nobody is.
	Done func(TestResult)
}

// TestResult is how a test ended.
type TestResult struct {
	File string
	Name string
	Line int
	// Failures are what differs, each with the line of its step; Problem is why a test could not be played to its end.
	Failures []Failure
	Problem  error
	Elapsed  time.Duration
	// Steps says what happened, for who wants to know.
	Steps []string
}

// Failure is a difference at a step.
type Failure struct {
	Line int
	Kind string // of the step
	Text string
	// Console is what the Actions printed at the step.
	Console string
}

// Passed reports whether all was as expected.
func (r *TestResult) Passed() bool { return r.Problem == nil && len(r.Failures) == 0 }

// FileResult is how the tests of a file ended.
type FileResult struct {
	Path    string
	Problem error // why the file could not be read
	Tests   []TestResult
	Elapsed time.Duration
}

// Passed reports whether all tests of the file passed.
func (r *FileResult) Passed() bool {
	for i := range r.Tests {
		if !r.Tests[i].Passed() {
			return false
		}
	}
	return r.Problem == nil
}

// RunFile reads a file and plays its tests.
func RunFile(ctx context.Context, path string, o Options) FileResult {
	began := time.Now()
	out := FileResult{Path: path}
	f, err := ReadFile(path)
	if err != nil {
		out.Problem, out.Elapsed = err, time.Since(began)
		return out
	}
	var tests []*Test
	for i := range f.Tests {
		if o.Filter == nil || o.Filter.MatchString(filepath.Base(path)+"/"+f.Tests[i].Name) {
			tests = append(tests, &f.Tests[i])
		}
	}
	out.Tests = make([]TestResult, len(tests))
	parallel := o.Parallel
	if parallel <= 0 {
		parallel = runtime.GOMAXPROCS(0)
	}
	places := make(chan struct{}, parallel)
	var waiting sync.WaitGroup
	var telling sync.Mutex
	for i, t := range tests {
		places <- struct{}{}
		waiting.Go(func() {
			defer func() { <-places }()
			r := runTest(ctx, f, t, o.Start)
			telling.Lock()
			defer telling.Unlock()
			out.Tests[i] = r
			if o.Done != nil {
				o.Done(r)
			}
		})
	}
	waiting.Wait()
	out.Elapsed = time.Since(began)
	return out
}

// runTest plays one test on a server of its own. A step that differs ends it: what follows would only differ as well.
func runTest(ctx context.Context, f *File, t *Test, start Start) (r TestResult) {
	began := time.Now()
	r = TestResult{File: f.Path, Name: t.Name, Line: t.Line}
	defer func() { r.Elapsed = time.Since(began) }()
	setup := Setup{Dir: filepath.Dir(f.Path), Tenant: f.Tenant, Actions: f.Actions, Start: t.Start}
	if t.Actions != nil {
		setup.Actions = t.Actions
	}
	if setup.Tenant != "" {
		setup.Tenant = filepath.Join(setup.Dir, setup.Tenant)
	}
	server, err := start(ctx, setup)
	if err != nil {
		r.Problem = fmt.Errorf("start the server: %w", err)
		return r
	}
	defer func() { r.Problem = errors.Join(r.Problem, server.Stop()) }()
	p := newPlayer(server, t)
	for i := range t.Steps {
		s := &t.Steps[i]
		result, err := p.play(ctx, s)
		if err != nil {
			r.Failures = append(r.Failures, Failure{Line: s.Line, Kind: s.Kind(), Text: err.Error()})
			return r
		}
		differences, err := p.judge(ctx, s, result)
		if err != nil {
			r.Problem = err
			return r
		}
		r.Steps = append(r.Steps, p.describe(ctx, s, result))
		for _, text := range differences {
			r.Failures = append(r.Failures, Failure{Line: s.Line, Kind: s.Kind(), Text: text, Console: p.console(ctx)})
		}
		if len(differences) > 0 {
			return r
		}
	}
	return r
}

// describe says in a line what a step came to.
func (p *player) describe(ctx context.Context, s *Step, r *result) string {
	line := fmt.Sprintf("%d: %s", s.Line, s.Kind())
	switch {
	case s.Advance != "":
		line += " " + s.Advance
	case r.redirect != "":
		line += ": sent to " + r.redirect
	case r.text("error") != "":
		line += ": " + r.text("error") + ": " + cmp.Or(r.text("error_description"), r.text("message"))
	case r.status != 0:
		line += fmt.Sprintf(": %d", r.status)
	}
	if console := p.console(ctx); console != "" {
		line += "\n" + console
	}
	return line
}

// console is what the Actions have printed since the step began.
func (p *player) console(ctx context.Context) string {
	events, err := p.events(ctx)
	if err != nil {
		return ""
	}
	var lines []string
	for _, e := range events {
		if e.Execution == nil {
			continue
		}
		for _, x := range e.Execution.Results {
			if x.Logs != "" {
				for line := range strings.SplitSeq(x.Logs, "\n") {
					lines = append(lines, x.ActionName+": "+line)
				}
			}
			if x.Error != nil {
				lines = append(lines, x.ActionName+": "+x.Error.Name+": "+x.Error.Message)
			}
		}
	}
	return strings.Join(lines, "\n")
}

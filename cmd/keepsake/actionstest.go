package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"example.com/keepsake/workbench/scenario"
)

// actionsTestCmd plays scenarios.
type actionsTestCmd struct {
	Paths   []string `arg:"" optional:"" name:"path" help:"Files of scenarios (*.test.yaml), or folders to look for them in. Default: this folder."`
	Only    string   `twin:"-" name:"run" placeholder:"REGEXP" help:"Play only the tests whose \"file/name\" matches."`
	Verbose bool     `twin:"-" short:"v" help:"Show every test and step, and what the Actions printed."`
	JUnit   string   `twin:"-" name:"junit" placeholder:"FILE" help:"Write the results as JUnit XML too."`
	Watch   bool     `twin:"-" help:"Play again whenever a file changes, until Ctrl-C."`
	actionFlags
}

// Help is shown under "keepsake actions test --help".
func (*actionsTestCmd) Help() string {
	return `A scenario file has the name of what it tests, with .test.yaml at its end, and lies beside the Actions. Its tests are stories of what users do and what must come of it:

    tests:
      - name: another country is noticed
        steps:
          - login: {from: US}
            expect: {metadata: {country: US}}
          - advance: 2h
          - refresh: {from: DE}
            expect: {error: access_denied}

Each test has a server of its own, the real one, on a fresh database with the nearest tenant.yaml and a clock that goes only as far as "advance" says. See docs/actions.md.

Exit codes: 0 all passed, 1 something failed, 2 there was nothing to play.`
}

// Run plays the scenarios. Its error is a *quietError when one failed.
func (cmd *actionsTestCmd) Run(ctx context.Context, h host) error {
	filter, err := cmd.filter()
	if err != nil {
		return usageError("the command line", "--run: %v", err)
	}
	problems := &checker{what: "the command line"}
	cmd.actionFlags.check(problems)
	if err := problems.err(); err != nil {
		return err
	}
	paths := cmd.Paths
	if len(paths) == 0 {
		paths = []string{"."}
	}
	shared := newPlaygroundShared(cmd.actionFlags)
	play := func(ctx context.Context) error {
		files, err := scenarioFiles(paths)
		if err != nil {
			return err
		}
		return cmd.play(ctx, h, files, shared, filter)
	}
	if !cmd.Watch {
		return play(ctx)
	}
	return cmd.watch(ctx, h, paths, play)
}

func (cmd *actionsTestCmd) filter() (*regexp.Regexp, error) {
	if cmd.Only == "" {
		return nil, nil
	}
	return regexp.Compile(cmd.Only)
}

// play plays files once.
func (cmd *actionsTestCmd) play(ctx context.Context, h host, files []string, shared *playgroundShared, filter *regexp.Regexp) error {
	var results []scenario.FileResult
	failed, played := false, 0
	for _, file := range files {
		result := scenario.RunFile(ctx, file, scenario.Options{
			Start:  func(ctx context.Context, s scenario.Setup) (*scenario.Server, error) { return shared.start(ctx, s, h) },
			Filter: filter,
			Done:   func(r scenario.TestResult) { scenario.PrintTest(h.stdout, r, cmd.Verbose) },
		})
		scenario.PrintFile(h.stdout, result)
		results = append(results, result)
		failed = failed || !result.Passed()
		played += len(result.Tests)
	}
	if err := cmd.report(results); err != nil {
		return err
	}
	switch {
	case failed:
		fmt.Fprintln(h.stdout, "FAIL")
		return &quietError{exitFailed}
	case played == 0:
		return usageError("the command line", "no test matches --run %s", cmd.Only)
	}
	return nil
}

func (cmd *actionsTestCmd) report(results []scenario.FileResult) (err error) {
	if cmd.JUnit == "" {
		return nil
	}
	f, err := os.Create(cmd.JUnit)
	if err != nil {
		return fmt.Errorf("write the JUnit report: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if err := scenario.WriteJUnit(f, results); err != nil {
		return fmt.Errorf("write the JUnit report: %w", err)
	}
	return nil
}

// scenarioFiles returns the scenario files at the paths, sorted.
func scenarioFiles(paths []string) ([]string, error) {
	var files []string
	for _, path := range paths {
		folder, err := isFolder(path)
		if err != nil {
			return nil, usageError("the command line", "%v", err)
		}
		if !folder {
			files = append(files, path)
			continue
		}
		found, err := scenariosBelow(path)
		if err != nil {
			return nil, err
		}
		files = append(files, found...)
	}
	if len(files) == 0 {
		return nil, usageError("the command line", "there is no *%s in %s", scenario.Suffix, strings.Join(paths, ", "))
	}
	slices.Sort(files)
	return slices.Compact(files), nil
}

func scenariosBelow(dir string) ([]string, error) {
	var files []string
	err := filepath.WalkDir(dir, func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && name != dir && (strings.HasPrefix(entry.Name(), ".") || entry.Name() == "node_modules"):
			return filepath.SkipDir
		case !entry.IsDir() && scenario.IsFile(name):
			files = append(files, name)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("look for scenarios: %w", err)
	}
	return files, nil
}

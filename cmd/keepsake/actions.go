package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"example.com/keepsake/models/password"
	"example.com/keepsake/models/tenant"
)

// actionsCmd groups the commands for those who write Actions.
type actionsCmd struct {
	Lint  actionsLintCmd  `cmd:"" help:"Find what will fail when an Action runs."`
	Run   actionsRunCmd   `cmd:"" help:"Run Actions on a made-up login and refresh, and show what they do."`
	Test  actionsTestCmd  `cmd:"" help:"Play scenarios with Actions against a server, and check what comes of them."`
	Types actionsTypesCmd `cmd:"" help:"Write TypeScript definitions of event and api, so that editors complete and check Actions."`
}

// quietError ends the process with a code. What there is to say was printed already.
type quietError struct{ code int }

// Error says that there is nothing more to say.
func (e *quietError) Error() string { return fmt.Sprintf("exit code %d", e.code) }

// usageError is a mistake in a command line that only the command could find.
func usageError(what, format string, args ...any) error {
	return &configError{What: what, Problems: []string{fmt.Sprintf(format, args...)}}
}

// authorsTenant is a tenant as its author has it: its Actions are not compiled yet.
type authorsTenant struct {
	file   string // the tenant.yaml
	dir    string // the folder that its files are named from
	result *tenant.Result
}

// loadTenant reads the tenant at path: a tenant.yaml, or the folder that has one. Its error is a *configError.
func loadTenant(ctx context.Context, path string, h host) (*authorsTenant, error) {
	result, err := tenant.LoadPath(ctx, path, tenant.Options{Env: h.lookupEnv, CheckHash: password.Valid, Issuer: defaultIssuerURL})
	if err != nil {
		problems := &checker{what: "the tenant"}
		for _, err := range split(err) {
			problems.add("%v", err)
		}
		return nil, problems.err()
	}
	if folder, err := isFolder(path); err == nil && folder {
		path = filepath.Join(path, tenant.FileName)
	}
	return &authorsTenant{file: path, dir: filepath.Dir(path), result: result}, nil
}

// defaultIssuerURL is the issuer of a server that was given none; what is read of a tenant here does not depend on it.
const defaultIssuerURL = "http://127.0.0.1:8080/"

// scriptExtensions are how files of Actions end.
var scriptExtensions = []string{".js", ".cjs", ".mjs", ".ts", ".mts", ".cts"}

func isScript(name string) bool {
	return slices.Contains(scriptExtensions, filepath.Ext(name)) && !strings.HasSuffix(name, ".d.ts")
}

// findUp returns the nearest tenant.yaml in the folder or above it; "" when there is none.
func findUp(dir string) string {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return ""
	}
	for {
		name := filepath.Join(dir, tenant.FileName)
		if info, err := os.Stat(name); err == nil && !info.IsDir() {
			return relative(name)
		}
		up := filepath.Dir(dir)
		if up == dir {
			return ""
		}
		dir = up
	}
}

// relative shortens a path to what it is from the working directory, where that is below it.
func relative(name string) string {
	if here, err := os.Getwd(); err == nil {
		if short, err := filepath.Rel(here, name); err == nil && !strings.HasPrefix(short, "..") {
			return short
		}
	}
	return name
}

// scripts returns the files of Actions in a folder and below it; what is hidden and what npm has installed is left out.
func scripts(dir string) ([]string, error) {
	var files []string
	err := filepath.WalkDir(dir, func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && name != dir && (strings.HasPrefix(entry.Name(), ".") || entry.Name() == "node_modules"):
			return filepath.SkipDir
		case !entry.IsDir() && isScript(name):
			files = append(files, name)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("look for Actions: %w", err)
	}
	return files, nil
}

// isFolder reports whether a path is a folder. The error says that there is nothing at it.
func isFolder(path string) (bool, error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, fmt.Errorf("there is no %s", path)
	}
	if err != nil {
		return false, fmt.Errorf("look at %s: %w", path, err)
	}
	return info.IsDir(), nil
}

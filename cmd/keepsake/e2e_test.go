package main

// The end-to-end tests are in the files e2e_*_test.go. They build the program once, run it as a process of its own on
// each database, and reach it the way its users do: over HTTP, by signals and by its command line.

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"example.com/keepsake/models/store/storetest"
)

// program is the built binary. It is made for the first test that asks and removed when all have run (TestMain).
var program struct {
	once   sync.Once
	folder string
	err    error
}

// programPath returns the path of the built binary.
func programPath(t testing.TB) string {
	t.Helper()
	program.once.Do(func() { program.folder, program.err = buildProgram() })
	if program.err != nil {
		t.Fatalf("build keepsake: %v", program.err)
	}
	return filepath.Join(program.folder, "keepsake")
}

func buildProgram() (folder string, err error) {
	if folder, err = os.MkdirTemp("", "keepsake-e2e-"); err != nil {
		return "", err
	}
	build := exec.Command("go", "build", "-buildvcs=false", "-o", filepath.Join(folder, "keepsake"), ".")
	if out, err := build.CombinedOutput(); err != nil {
		return "", errors.Join(fmt.Errorf("%w: %s", err, out), os.RemoveAll(folder))
	}
	return folder, nil
}

// removeProgram removes what programPath made.
func removeProgram() {
	if program.folder != "" {
		os.RemoveAll(program.folder)
	}
}

// testSecret is the server's secret where a test has to bring one.
const testSecret = "e2e-server-secret-of-more-than-32-bytes"

// eachDatabase runs f on SQLite and on PostgreSQL at the same time, each with a fresh database.
func eachDatabase(t *testing.T, f func(t *testing.T, o processOptions)) {
	t.Helper()
	t.Parallel()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		f(t, onSQLite(t))
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		f(t, onPostgres(t))
	})
}

func onSQLite(t *testing.T) processOptions {
	return processOptions{Database: "sqlite:" + filepath.Join(t.TempDir(), "keepsake.db")}
}

func onPostgres(t *testing.T) processOptions {
	return processOptions{Database: storetest.PostgresURL(t), Env: []string{secretEnv + "=" + testSecret}}
}

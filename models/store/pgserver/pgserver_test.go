package pgserver

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestServerThatCannotStartSaysWhy(t *testing.T) {
	t.Parallel()
	s, err := Start(t.Context(), Options{Settings: []string{"no_such_setting=1"}})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Stop()
	err = s.Await(t.Context(), func(context.Context) error { return errors.New("refused") })
	if err == nil || !strings.Contains(err.Error(), "no_such_setting") || !strings.Contains(err.Error(), "refused") {
		t.Errorf("error = %v, want one with the server's own message and the ping's", err)
	}
	s.Stop()
	if _, err := os.Stat(s.folder); !os.IsNotExist(err) {
		t.Errorf("the server's folder is still there: %v", err)
	}
}

func TestInstalledLibraries(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	for _, dir := range []string{"bin", "lib/postgresql"} {
		if err := os.MkdirAll(filepath.Join(root, dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, file := range []string{"lib/near.so", "lib/postgresql/deep.so"} {
		if err := os.WriteFile(filepath.Join(root, file), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got := installedLibraries(filepath.Join(root, "bin"), []string{"near", "missing", "deep"})
	if diff := cmp.Diff([]string{"near", "deep"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestProxyNeedsAHost(t *testing.T) {
	t.Parallel()
	for _, address := range []string{"", "postgres:///db", "::"} {
		if p, err := NewProxy(address); err == nil {
			p.Close()
			t.Errorf("NewProxy(%q) succeeded", address)
		}
	}
}

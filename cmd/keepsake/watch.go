package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"path/filepath"
	"strings"
	"time"

	"github.com/fsnotify/fsnotify"

	"example.com/keepsake/workbench/scenario"
)

// settle is how long files must be quiet before a change counts: an editor writes a file in several steps, or writes another one and
// renames it, and "git checkout" changes many.
const settle = 80 * time.Millisecond

// watcher tells of changes below folders. It watches folders and not files: a file that is replaced by renaming is another one.
type watcher struct {
	fs       *fsnotify.Watcher
	roots    []string
	relevant func(name string) bool
	logger   *slog.Logger
}

// newWatcher watches folders and what is below them. relevant says which files matter.
func newWatcher(roots []string, relevant func(name string) bool, logger *slog.Logger) (*watcher, error) {
	w, err := fsnotify.NewWatcher()
	if err != nil {
		return nil, fmt.Errorf("watch for changes: %w", err)
	}
	out := &watcher{fs: w, roots: roots, relevant: relevant, logger: logger}
	for _, root := range roots {
		if err := out.add(root); err != nil {
			return nil, errors.Join(err, w.Close())
		}
	}
	return out, nil
}

// add watches a folder and what is below it.
func (w *watcher) add(root string) error {
	err := filepath.WalkDir(root, func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil && name != root: // it was removed meanwhile
			return nil
		case err != nil:
			return err
		case !entry.IsDir():
			return nil
		case name != root && (strings.HasPrefix(entry.Name(), ".") || entry.Name() == "node_modules"):
			return filepath.SkipDir
		}
		return w.fs.Add(name)
	})
	if err != nil {
		return fmt.Errorf("watch %s: %w", root, err)
	}
	return nil
}

// wait returns once something relevant has changed and is quiet again, with one of the names; false when ctx ended.
func (w *watcher) wait(ctx context.Context) (string, bool) {
	changed := ""
	timer := time.NewTimer(time.Hour)
	timer.Stop()
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return "", false
		case <-timer.C:
			return changed, true
		case err := <-w.fs.Errors:
			// Events were lost, for one: whatever it was, something may have changed.
			w.logger.Warn("watching for changes", "error", err)
			changed = cmp.Or(changed, w.roots[0])
			timer.Reset(settle)
		case event := <-w.fs.Events:
			if event.Has(fsnotify.Chmod) && event.Op == fsnotify.Chmod {
				continue
			}
			if event.Has(fsnotify.Create) {
				_ = w.add(event.Name) // a file is none to watch
			}
			if w.relevant(event.Name) {
				changed = event.Name
				timer.Reset(settle)
			}
		}
	}
}

func (w *watcher) close() error { return w.fs.Close() }

// watch plays, and plays again after every change. What fails does not end it.
func (cmd *actionsTestCmd) watch(ctx context.Context, h host, paths []string, play func(context.Context) error) error {
	relevant := func(name string) bool {
		ext := filepath.Ext(name)
		return isScript(name) || ext == ".yaml" || ext == ".yml" || scenario.IsFile(name)
	}
	w, err := newWatcher(watchRoots(paths), relevant, newLogger(h.stderr, &settings{LogFormat: "text", LogLevel: slog.LevelWarn}))
	if err != nil {
		return err
	}
	defer w.close()
	for {
		err := play(ctx)
		if quiet := new(quietError); err != nil && !errors.As(err, &quiet) {
			fmt.Fprintf(h.stdout, "%v\n", err)
		}
		fmt.Fprintln(h.stdout, "watching for changes; Ctrl-C ends it")
		name, ok := w.wait(ctx)
		if !ok {
			return nil
		}
		fmt.Fprintf(h.stdout, "\n%s has changed\n", name)
	}
}

// watchRoots are the folders of the paths, and those of the tenants that they are played on.
func watchRoots(paths []string) []string {
	var roots []string
	for _, path := range paths {
		if folder, err := isFolder(path); err == nil && !folder {
			path = filepath.Dir(path)
		}
		roots = append(roots, path)
		if found := findUp(path); found != "" {
			roots = append(roots, filepath.Dir(found))
		}
	}
	return roots
}

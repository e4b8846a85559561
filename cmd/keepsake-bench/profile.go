package main

import (
	"context"
	_ "embed" // the source that is laid over Keepsake's
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// profilingSource is the file that a profiled Keepsake has besides its own.
//
//go:embed profiling.go
var profilingSource []byte

// profileDuration is how long a profile is taken.
const profileDuration = 15 * time.Second

// profileLines is how many lines of a profile are printed.
const profileLines = 25

// profiles takes a CPU profile and a profile of allocations for each server that answers refresh exchanges, at the largest number of
// workers. They are taken after the measurement, of another process, so that they cost it nothing.
func (w *world) profiles(ctx context.Context, cells []cell, r *report) error {
	binary := filepath.Join(w.folder, "keepsake-profiled")
	w.say("building keepsake for profiles")
	if err := w.buildProfiled(ctx, binary); err != nil {
		return err
	}
	largest := map[cell]cell{}
	var order []cell
	for _, c := range cells {
		if c.Play != playRefresh || c.Alg != es256 || c.Client != public {
			continue
		}
		if _, ok := largest[c.counted()]; !ok {
			order = append(order, c.counted())
		}
		if c.Workers > largest[c.counted()].Workers {
			largest[c.counted()] = c
		}
	}
	for _, key := range order {
		found, err := w.profile(ctx, largest[key], binary)
		if err != nil {
			return fmt.Errorf("profile %s: %w", largest[key], err)
		}
		r.Sections = append(r.Sections, found)
	}
	return nil
}

// buildProfiled builds Keepsake with one more file in its main package, which is not in the tree.
func (w *world) buildProfiled(ctx context.Context, output string) error {
	folder, err := exec.CommandContext(ctx, "go", "list", "-f", "{{.Dir}}", "example.com/keepsake/cmd/keepsake").Output()
	if err != nil {
		return fmt.Errorf("find keepsake's sources: %w", err)
	}
	source := filepath.Join(w.folder, "profiling.go")
	overlay, err := json.Marshal(map[string]any{"Replace": map[string]string{filepath.Join(strings.TrimSpace(string(folder)), "benchprofiling.go"): source}})
	if err != nil {
		return err
	}
	overlayFile := filepath.Join(w.folder, "overlay.json")
	if err := errors.Join(os.WriteFile(source, profilingSource, 0o600), os.WriteFile(overlayFile, overlay, 0o600)); err != nil {
		return err
	}
	return build(ctx, output, "-overlay", overlayFile)
}

// profile profiles one server.
func (w *world) profile(ctx context.Context, c cell, binary string) (*section, error) {
	t := w.targets[c.target()]
	folder, err := filepath.Abs(filepath.Join(w.options.Profile, t.key.String()))
	if err != nil {
		return nil, err
	}
	if err := os.RemoveAll(filepath.Join(folder, "done")); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, err
	}
	players, err := w.playersOf(ctx, c)
	if err != nil {
		return nil, err
	}
	p, client, err := w.start(ctx, t, t.url, binary, benchProfileEnv+"="+folder)
	if err != nil {
		return nil, err
	}
	defer p.stop()
	err = t.through(client, func() error {
		play(ctx, players, w.options.Warmup)
		if err := p.cmd.Process.Signal(syscall.SIGUSR1); err != nil {
			return err
		}
		play(ctx, players, profileDuration)
		if err := p.cmd.Process.Signal(syscall.SIGUSR2); err != nil {
			return err
		}
		return awaitFile(ctx, filepath.Join(folder, "done"))
	})
	if err != nil {
		return nil, err
	}
	return readProfiles(ctx, c, folder)
}

// awaitFile waits until a file is there.
func awaitFile(ctx context.Context, path string) error {
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// readProfiles makes tables of the heads of the profiles: by what a function does itself and by what is done below it.
func readProfiles(ctx context.Context, c cell, folder string) (*section, error) {
	found := newSection("profile "+c.String(), fmt.Sprintf("Taken during %s. The files are in %s.", profileDuration, folder))
	for _, view := range []struct {
		what string
		args []string
	}{
		{"CPU, by function", []string{"-top", "cpu.pprof"}},
		{"CPU, with what is below", []string{"-top", "-cum", "cpu.pprof"}},
		{"Allocated bytes, with what is below", []string{"-top", "-cum", "-sample_index=alloc_space", "allocs.pprof"}},
	} {
		cmd := exec.CommandContext(ctx, "go", append([]string{"tool", "pprof", fmt.Sprintf("-nodecount=%d", profileLines)}, view.args...)...)
		cmd.Dir = folder
		out, err := cmd.Output()
		if err != nil {
			return nil, fmt.Errorf("go tool pprof: %w", err)
		}
		rows := found.add(view.what, "function", "itself", "share", "with what is below", "share")
		for _, line := range topLines(string(out)) {
			rows.row(line...)
		}
	}
	return found, nil
}

// topLines reads what "go tool pprof -top" prints: lines of itself, its share, the sum of the shares so far, all below, its share, and the
// function. It returns the function first, and no sums.
func topLines(text string) [][]string {
	const columns = 6
	_, rows, _ := strings.Cut(text, "flat%")
	var lines [][]string
	for line := range strings.Lines(rows) {
		fields := strings.Fields(line)
		if len(fields) < columns || !strings.HasSuffix(fields[1], "%") || !strings.HasSuffix(fields[4], "%") {
			continue
		}
		lines = append(lines, []string{strings.Join(fields[columns-1:], " "), fields[0], fields[1], fields[3], fields[4]})
	}
	return lines
}

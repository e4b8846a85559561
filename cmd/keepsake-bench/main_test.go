package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// TestMain lets the test binary be the floor too, as the program is.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == floorCommand {
		main()
		return
	}
	m.Run()
}

// TestBenchmark runs a small benchmark from end to end. It fails when the floor no longer does what Keepsake does.
func TestBenchmark(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	o := &options{
		Run: regexp.MustCompile(`^(refresh/.*/(none|device)/public/ES256|(code|get|patch|client_credentials)/.*/none/.*)/2$`), Workers: []int{2},
		Duration: 50 * time.Millisecond, Warmup: 10 * time.Millisecond, Runs: 1,
		Out: []string{filepath.Join(folder, "report.json"), filepath.Join(folder, "report.md")},
	}
	var out strings.Builder
	if err := bench(t.Context(), o, &out); err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	var report struct {
		Scenarios []struct {
			Name     string
			Scenario cell
			Ratio    *spread `json:"ratio_to_floor"`
			counts
			Runs []result
		}
	}
	text, err := os.ReadFile(o.Out[0])
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &report); err != nil {
		t.Fatal(err)
	}
	if got, want := len(report.Scenarios), len(o.cells()); got != want || want < 8 {
		t.Errorf("%d scenarios are reported, %d were selected", got, want)
	}
	for _, s := range report.Scenarios {
		if r := s.Runs[0]; r.Rate <= 0 || r.Errors > 0 {
			t.Errorf("%s: %+v\n%s", s.Name, r, out.String())
		}
		if s.Scenario.Play == playRefresh && s.Scenario.Database == postgres && s.RoundTrips != 2 {
			t.Errorf("%s: %v round trips, want 2", s.Name, s.RoundTrips)
		}
		// What was answered is on the disk, and with one worker nobody shares a flush but PostgreSQL's own writer, which on a busy machine is often
		// there first. It may have flushes of its own, too.
		const least, most = 0.3, 1.5
		if writes := s.Scenario.Play != playGet && s.Scenario.Play != playMachine; writes && s.Scenario.Play != playCode && s.Scenario.Database == postgres && (s.Flushes < least || s.Flushes > most) {
			t.Errorf("%s: %v flushes of the log, want 1", s.Name, s.Flushes)
		}
		if _, comparable := s.Scenario.floor(); comparable && (s.Ratio == nil || s.Ratio.Median <= 0) {
			t.Errorf("%s has no ratio to the floor", s.Name)
		}
	}
	page, err := os.ReadFile(o.Out[1])
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"| refresh/floor/postgres/none/public/ES256/2 |", "| ÷ floor (min–max) |"} {
		if !strings.Contains(string(page), want) {
			t.Errorf("the page lacks %q:\n%s", want, page)
		}
	}
}

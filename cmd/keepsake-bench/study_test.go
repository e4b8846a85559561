package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestStudies runs every study at a small scale.
func TestStudies(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	if err := os.Chmod(folder, 0o755); err != nil { // PostgreSQL may run as somebody else
		t.Fatal(err)
	}
	if err := os.Chmod(filepath.Dir(folder), 0o755); err != nil {
		t.Fatal(err)
	}
	o := &options{
		Run: regexp.MustCompile(`^(ready|logins|replicas|overload/none|time/device|soak/five|rotations|size|runaway/other)`), Workers: []int{2},
		Duration: 100 * time.Millisecond, Warmup: 10 * time.Millisecond, Runs: 1, Out: []string{filepath.Join(folder, "report.json"), filepath.Join(folder, "report.md")},
		sizes: sizes{Rotations: 200, Tokens: 300, Soak: 2 * time.Second, Overload: 300 * time.Millisecond, Starts: 1, Races: 12, Changes: 1},
	}
	var out strings.Builder
	if err := bench(t.Context(), o, &out); err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	text, err := os.ReadFile(o.Out[0])
	if err != nil {
		t.Fatal(err)
	}
	var report struct{ Sections []section }
	if err := json.Unmarshal(text, &report); err != nil {
		t.Fatal(err)
	}
	figures := map[string]map[string]float64{}
	for _, s := range report.Sections {
		figures[s.Name] = s.Figures
		for _, table := range s.Tables {
			if len(table.Rows) == 0 {
				t.Errorf("%s: the table %q is empty", s.Name, table.Title)
			}
			for _, row := range table.Rows {
				if len(row) != len(table.Columns) {
					t.Errorf("%s: a row of the table %q has %d cells, not %d", s.Name, table.Title, len(row), len(table.Columns))
				}
			}
		}
	}
	if got, want := len(figures), len(o.studies()); got != want || want < 10 {
		t.Errorf("%d studies are reported, %d were selected", got, want)
	}
	exact := map[string]float64{}
	for study, names := range map[string][]string{
		"rotations":     {"rotations", "failed"},
		"replicas/race": {"tokens", "answered_once", "answered_more_than_once", "revoked", "wrong_generation"},
		"overload/none": {"failed", "shed_without_retry_after"},
	} {
		for _, name := range names {
			exact[study+" "+name] = figures[study][name]
		}
	}
	want := map[string]float64{
		"rotations rotations": 200, "rotations failed": 0,
		"replicas/race tokens": 12, "replicas/race answered_once": 12, "replicas/race answered_more_than_once": 0, "replicas/race revoked": 12, "replicas/race wrong_generation": 0,
		"overload/none failed": 0, "overload/none shed_without_retry_after": 0,
	}
	if diff := cmp.Diff(want, exact); diff != "" {
		t.Errorf("figures (-want +got):\n%s\n%s", diff, out.String())
	}
	for study, name := range map[string]string{
		"ready/sqlite": "ready_ms/a fresh database", "ready/postgres": "ready_ms/an existing database", "logins": "p99_flooded_to_alone/2",
		"replicas/throughput": "rate_to_one/2/4/share", "soak/five": "resident_last_to_second", "rotations": "p50_last_to_first",
		"size": "p50_large_to_small/any/2", "overload/none": "answered",
	} {
		if figures[study][name] <= 0 {
			t.Errorf("%s: %s = %v\n%s", study, name, figures[study][name], out.String())
		}
	}
	// The processes may see a change before the one that measures when it was made.
	if most, ok := figures["replicas/changes"]["seen_after_ms_most"]; !ok || most < 0 {
		t.Errorf("replicas/changes: seen_after_ms_most = %v, %v", most, ok)
	}
	load := figures["overload/none"]
	if sum := load["answered"] + load["shed"] + load["unsent"]; sum != load["due"] {
		t.Errorf("of %v requests that were due, %v are accounted for", load["due"], sum)
	}
	page, err := os.ReadFile(o.Out[1])
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(page, []byte("\n## rotations\n")) || !bytes.Contains(page, []byte("| heap-only |")) {
		t.Errorf("the page lacks the study of rotations:\n%s", page)
	}
}

func TestStudiesRunOnlyWhenTheyAreNamed(t *testing.T) {
	t.Parallel()
	if list := (&options{}).studies(); len(list) > 0 {
		t.Errorf("%d studies run with the scenarios", len(list))
	}
	var out bytes.Buffer
	o := &options{Run: regexp.MustCompile("^replicas/")}
	o.listStudies(&out)
	if list := o.studies(); len(list) != 3 || strings.Count(out.String(), "\n") != 3 {
		t.Errorf("%d studies are selected, and these are listed:\n%s", len(list), out.String())
	}
	seen := map[string]bool{}
	for _, s := range studies {
		if seen[s.name] {
			t.Errorf("there are two studies %s", s.name)
		}
		seen[s.name] = true
	}
}

func TestSizes(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		args []string
		want sizes
	}{
		{"the goals' own", nil, fullSizes},
		{"small", []string{"-quick"}, quickSizes},
		{"some given", strings.Fields("-tokens 5 -soak 3s -quick"), sizes{
			Rotations: quickSizes.Rotations, Tokens: 5, Soak: 3 * time.Second, Overload: quickSizes.Overload, Starts: quickSizes.Starts, Races: quickSizes.Races, Changes: quickSizes.Changes,
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			o, err := parseOptions(tt.args, &bytes.Buffer{})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, o.sizes); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestSectionAsMarkdown(t *testing.T) {
	t.Parallel()
	s := newSection("a study", "What it is.")
	s.note("It took %d steps.", 2)
	rows := s.add("A table", "what", "how many")
	rows.row("a|b", "1")
	var out strings.Builder
	s.markdown(&out)
	want := "\n## a study\n\nWhat it is.\n\nIt took 2 steps.\n\nA table\n\n| what | how many |\n|---|---:|\n| a\\|b | 1 |\n"
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Error(diff)
	}
}

func TestTopLinesOfAProfile(t *testing.T) {
	t.Parallel()
	text := `File: keepsake
Type: cpu
Duration: 15s, Total samples = 20s
Showing nodes accounting for 1.50s, 7.5% of 20s total
      flat  flat%   sum%        cum   cum%
     1.20s  6.00%  6.00%      1.50s  7.50%  runtime.mallocgc
     0.30s  1.50%  7.50%     10.10s 50.50%  net/http.(*conn).serve (inline)
`
	want := [][]string{
		{"runtime.mallocgc", "1.20s", "6.00%", "1.50s", "7.50%"},
		{"net/http.(*conn).serve (inline)", "0.30s", "1.50%", "10.10s", "50.50%"},
	}
	if diff := cmp.Diff(want, topLines(text)); diff != "" {
		t.Error(diff)
	}
}

func TestMetric(t *testing.T) {
	t.Parallel()
	text := []byte("# HELP a_b something\na_bc 7\na_b 1.5e+06\n")
	if got, err := metric(text, "a_b"); err != nil || got != 1.5e6 {
		t.Errorf("metric = %v, %v", got, err)
	}
	if _, err := metric(text, "missing"); err == nil {
		t.Error("a metric that is not there was found")
	}
}

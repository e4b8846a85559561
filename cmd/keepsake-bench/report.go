package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"text/tabwriter"
	"time"
)

// report is all that a benchmark found out.
type report struct {
	Begun      time.Time
	Commit     string
	Go         string
	PostgreSQL string
	CPUs       int
	Options    string
	Databases  []databaseReport
	Sections   []*section
	rows       []*row
}

// databaseReport is what PostgreSQL says of one database in the end.
type databaseReport struct {
	Name          string          `json:"name"`
	RefreshTokens rotations       `json:"refresh_tokens"`
	Statements    []statementCost `json:"statements"`
}

// row is one cell with its runs.
type row struct {
	cell    cell
	runs    []result
	counts  counts  // on PostgreSQL
	ratio   *spread // to the floor; nil: not comparable
	failure error   // the first
}

func (r *row) compare(floor *row) {
	s := ratios(r.runs, floor.runs)
	r.ratio = &s
}

// measured names what was measured.
func (o *options) measured(ctx context.Context) string {
	if o.Binary != "" {
		return o.Binary
	}
	out, err := exec.CommandContext(ctx, "git", "describe", "--always", "--dirty").Output()
	if err != nil {
		return "unknown"
	}
	return strings.TrimSpace(string(out))
}

func (o *options) summary() string {
	return fmt.Sprintf("%d runs of %s each after %s of warm-up", o.Runs, o.Duration, o.Warmup)
}

// columns are the table's, with how each is written.
var columns = []struct {
	title string
	value func(*row) string
}{
	{"scenario", func(r *row) string { return r.cell.String() }},
	{"per second (min–max)", func(r *row) string {
		s := over(r.runs, func(r result) float64 { return r.Rate })
		return fmt.Sprintf("%s (%s–%s)", number(s.Median), number(s.Min), number(s.Max))
	}},
	{"÷ floor (min–max)", func(r *row) string {
		if r.ratio == nil {
			return ""
		}
		return fmt.Sprintf("%.2f (%.2f–%.2f)", r.ratio.Median, r.ratio.Min, r.ratio.Max)
	}},
	{"p50 ms", median("%.2f", func(r result) float64 { return r.P50 })},
	{"p95 ms", median("%.2f", func(r result) float64 { return r.P95 })},
	{"p99 ms", median("%.2f", func(r result) float64 { return r.P99 })},
	{"errors", func(r *row) string {
		return fmt.Sprintf("%.0f", over(r.runs, func(r result) float64 { return r.Errors }).Max)
	}},
	{"CPU µs: server", median("%.0f", func(r result) float64 { return r.ServerCPU })},
	{"database", median("%.0f", func(r result) float64 { return r.DatabaseCPU })},
	{"generator", median("%.0f", func(r result) float64 { return r.GeneratorCPU })},
	{"RSS MiB", median("%.0f", func(r result) float64 { return r.PeakMiB })},
	{"trips", func(r *row) string { return onPostgres(r, fmt.Sprintf("%.1f", r.counts.RoundTrips)) }},
	{"statements", func(r *row) string {
		return onPostgres(r, median("%.1f", func(r result) float64 { return r.Statements })(r))
	}},
	{"WAL bytes", func(r *row) string {
		return onPostgres(r, median("%.0f", func(r result) float64 { return r.WALBytes })(r))
	}},
	{"WAL flushes", func(r *row) string { return onPostgres(r, fmt.Sprintf("%.2f", r.counts.Flushes)) }},
}

func median(format string, figure func(result) float64) func(*row) string {
	return func(r *row) string { return fmt.Sprintf(format, over(r.runs, figure).Median) }
}

// number writes a rate: whole from a hundred on.
func number(v float64) string {
	if v < 100 {
		return fmt.Sprintf("%.1f", v)
	}
	return fmt.Sprintf("%.0f", v)
}

func onPostgres(r *row, text string) string {
	if r.cell.Database != postgres {
		return ""
	}
	return text
}

func (r *report) headline() string {
	return fmt.Sprintf("keepsake %s, %s, PostgreSQL %s, %d CPUs, %s; begun %s", r.Commit, r.Go, r.PostgreSQL, r.CPUs, r.Options, r.Begun.Format(time.DateTime))
}

// text prints the report for people at a terminal.
func (r *report) text(out io.Writer) {
	fmt.Fprintf(out, "\n%s\n\n", r.headline())
	if len(r.rows) > 0 {
		r.aligned(out)
	}
	r.notes(out, "")
	for _, s := range r.Sections {
		s.markdown(out)
	}
}

// aligned prints the scenarios' table.
func (r *report) aligned(out io.Writer) {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for i, c := range columns {
		fmt.Fprint(table, tab(i), c.title)
	}
	fmt.Fprintln(table)
	for _, row := range r.rows {
		for i, c := range columns {
			fmt.Fprint(table, tab(i), c.value(row))
		}
		fmt.Fprintln(table)
	}
	table.Flush()
}

func tab(i int) string {
	if i == 0 {
		return ""
	}
	return "\t"
}

// notes are what does not fit into the table.
func (r *report) notes(out io.Writer, indent string) {
	for _, row := range r.rows {
		if row.failure != nil {
			fmt.Fprintf(out, "\n%sfailed in %s: %v\n", indent, row.cell, row.failure)
		}
	}
}

// section shows what PostgreSQL says as tables.
func (d databaseReport) section() *section {
	s := newSection("database " + d.Name)
	t := d.RefreshTokens
	s.add("Refresh tokens", "tokens", "table KiB", "updates", "of them heap-only").
		row(fmt.Sprint(t.Tokens), fmt.Sprint(t.Bytes>>10), fmt.Sprint(t.Updates), percent(float64(t.HOT), float64(t.Updates)))
	if len(d.Statements) > 0 {
		s.statements("Statements that took the most time", d.Statements)
	}
	return s
}

// statements adds a table of pg_stat_statements.
func (s *section) statements(title string, costs []statementCost) {
	t := s.add(title, "statement", "calls", "mean µs", "share of the time", "WAL bytes")
	for _, c := range costs {
		t.row(c.Text, fmt.Sprint(c.Calls), fmt.Sprintf("%.0f", c.Mean), percent(c.Share, 1), fmt.Sprintf("%.0f", c.WALBytes))
	}
}

// percent writes a part of a whole.
func percent(part, whole float64) string {
	if whole == 0 {
		return "–"
	}
	return fmt.Sprintf("%.1f %%", 100*part/whole)
}

// markdown returns the report as a page.
func (r *report) markdown() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s\n", r.headline())
	if len(r.rows) > 0 {
		scenarios := table{}
		for _, c := range columns {
			scenarios.Columns = append(scenarios.Columns, c.title)
		}
		for _, row := range r.rows {
			var cells []string
			for _, c := range columns {
				cells = append(cells, c.value(row))
			}
			scenarios.row(cells...)
		}
		scenarios.markdown(&b)
	}
	r.notes(&b, "    ")
	for _, s := range r.Sections {
		s.markdown(&b)
	}
	return b.Bytes()
}

// figures are those of which a report for programs has the median, the least and the most.
var figures = map[string]func(result) float64{
	"per_second":       rateOf,
	"p50_ms":           func(r result) float64 { return r.P50 },
	"p95_ms":           func(r result) float64 { return r.P95 },
	"p99_ms":           p99Of,
	"errors":           errorsOf,
	"server_cpu_us":    func(r result) float64 { return r.ServerCPU },
	"database_cpu_us":  func(r result) float64 { return r.DatabaseCPU },
	"generator_cpu_us": func(r result) float64 { return r.GeneratorCPU },
	"peak_mib":         func(r result) float64 { return r.PeakMiB },
	"statements":       func(r result) float64 { return r.Statements },
	"wal_bytes":        func(r result) float64 { return r.WALBytes },
}

// json returns the report with every run.
func (r *report) json() ([]byte, error) {
	type jsonRow struct {
		Name    string            `json:"name"`
		Cell    cell              `json:"scenario"`
		Figures map[string]spread `json:"figures"`
		Ratio   *spread           `json:"ratio_to_floor,omitempty"`
		counts
		Failure string   `json:"failure,omitempty"`
		Runs    []result `json:"runs"`
	}
	rows := make([]jsonRow, len(r.rows))
	for i, row := range r.rows {
		rows[i] = jsonRow{Name: row.cell.String(), Cell: row.cell, Ratio: row.ratio, counts: row.counts, Runs: row.runs}
		rows[i].Figures = make(map[string]spread, len(figures))
		for name, figure := range figures {
			rows[i].Figures[name] = over(row.runs, figure)
		}
		if row.failure != nil {
			rows[i].Failure = row.failure.Error()
		}
	}
	return json.MarshalIndent(map[string]any{
		"begun": r.Begun, "commit": r.Commit, "go": r.Go, "postgresql": r.PostgreSQL, "cpus": r.CPUs, "options": r.Options,
		"databases": r.Databases, "scenarios": rows, "sections": r.Sections,
	}, "", "  ")
}

// write writes the report into files, each in the form of its ending.
func (r *report) write(files []string) error {
	for _, name := range files {
		content := r.markdown()
		if strings.HasSuffix(name, ".json") {
			var err error
			if content, err = r.json(); err != nil {
				return fmt.Errorf("write report: %w", err)
			}
		}
		if err := os.WriteFile(name, content, 0o644); err != nil {
			return fmt.Errorf("write report: %w", err)
		}
	}
	return nil
}

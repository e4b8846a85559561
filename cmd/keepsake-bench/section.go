package main

import (
	"fmt"
	"io"
	"strings"
)

// section is a part of the report beside the scenarios' table: what a study has found out, a profile, PostgreSQL's statistics.
type section struct {
	Name  string   `json:"name"`
	Notes []string `json:"notes,omitempty"` // sentences before the tables
	// Tables are for people, Figures for programs.
	Tables  []table            `json:"tables"`
	Figures map[string]float64 `json:"figures,omitempty"`
}

// table is one table of a section. Its first column holds text, the others numbers.
type table struct {
	Title   string     `json:"title,omitempty"`
	Columns []string   `json:"columns"`
	Rows    [][]string `json:"rows"`
}

func newSection(name string, notes ...string) *section {
	return &section{Name: name, Notes: notes, Figures: map[string]float64{}}
}

// add begins a table with its columns and returns it for its rows. It is good until the next one is begun.
func (s *section) add(title string, columns ...string) *table {
	s.Tables = append(s.Tables, table{Title: title, Columns: columns})
	return &s.Tables[len(s.Tables)-1]
}

// note adds a sentence.
func (s *section) note(format string, args ...any) {
	s.Notes = append(s.Notes, fmt.Sprintf(format, args...))
}

func (t *table) row(cells ...string) { t.Rows = append(t.Rows, cells) }

// markdown writes the section as a chapter of a page.
func (s *section) markdown(out io.Writer) {
	fmt.Fprintf(out, "\n## %s\n", s.Name)
	for _, note := range s.Notes {
		fmt.Fprintf(out, "\n%s\n", note)
	}
	for _, t := range s.Tables {
		t.markdown(out)
	}
}

func (t *table) markdown(out io.Writer) {
	if t.Title != "" {
		fmt.Fprintf(out, "\n%s\n", t.Title)
	}
	fmt.Fprintln(out)
	writeRow(out, t.Columns)
	fmt.Fprintf(out, "|---%s|\n", strings.Repeat("|---:", len(t.Columns)-1))
	for _, row := range t.Rows {
		writeRow(out, row)
	}
}

// writeRow keeps what a cell says from ending it.
func writeRow(out io.Writer, cells []string) {
	for _, text := range cells {
		fmt.Fprintf(out, "| %s ", strings.ReplaceAll(text, "|", `\|`))
	}
	fmt.Fprintln(out, "|")
}

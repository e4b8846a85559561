package main

import (
	"bytes"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestScenarios(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]*options{"usual": {}, "quick": {Quick: true}, "full": {Full: true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cells := o.cells()
			seen := map[cell]int{}
			for i, c := range cells {
				if _, again := seen[c]; again {
					t.Errorf("%s is there twice", c)
				}
				seen[c] = i
			}
			for i, c := range cells {
				f, comparable := c.floor()
				if at, ok := seen[f]; comparable && (!ok || at > i) {
					t.Errorf("%s is compared with %s, which is not run before it", c, f)
				}
			}
		})
	}
}

func TestScenariosOfOneComparisonAreRunTogether(t *testing.T) {
	t.Parallel()
	o := &options{Run: regexp.MustCompile("refresh/.*/postgres/(none|device)/public/ES256/(1|8)$")}
	var names []string
	for _, c := range o.cells() {
		names = append(names, c.String())
	}
	want := []string{
		"refresh/floor/postgres/none/public/ES256/1", "refresh/keepsake/postgres/none/public/ES256/1", "refresh/keepsake/postgres/device/public/ES256/1",
		"refresh/floor/postgres/none/public/ES256/8", "refresh/keepsake/postgres/none/public/ES256/8", "refresh/keepsake/postgres/device/public/ES256/8",
	}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Error(diff)
	}
}

// What is run without flags is a part of everything.
func TestEverythingHasTheUsual(t *testing.T) {
	t.Parallel()
	all := map[cell]bool{}
	for _, c := range (&options{Full: true}).cells() {
		all[c] = true
	}
	for _, o := range []*options{{}, {Quick: true}} {
		for _, c := range o.cells() {
			if !all[c] {
				t.Errorf("%s is not in everything", c)
			}
		}
	}
}

func TestOptions(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		args []string
		want string // of the error; empty: none
	}{
		{"nothing", nil, ""},
		{"everything", strings.Fields("-quick -run refresh -workers 1,8 -duration 1s -warmup 1s -runs 1 -conns 4 -env A=B -o a.json -o b.md"), ""},
		{"no such file type", []string{"-o", "a.txt"}, "neither .json nor .md"},
		{"a number of workers that is none", []string{"-workers", "8,x"}, `"x" is no number`},
		{"no workers", []string{"-workers", "0"}, `"0" is no number`},
		{"two sets of scenarios", []string{"-quick", "-full"}, "exclude each other"},
		{"no runs", []string{"-runs", "0"}, "at least 1"},
		{"a variable without a value", []string{"-env", "A"}, "NAME=VALUE"},
		{"an argument", []string{"x"}, `unexpected argument "x"`},
		{"no regular expression", []string{"-run", "("}, "missing closing"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			o, err := parseOptions(tt.args, &bytes.Buffer{})
			switch {
			case tt.want == "" && err != nil:
				t.Errorf("error = %v", err)
			case tt.want == "" && (o.Duration <= 0 || o.Warmup <= 0):
				t.Errorf("no durations: %+v", o)
			case tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)):
				t.Errorf("error = %v, want one with %q", err, tt.want)
			}
		})
	}
}

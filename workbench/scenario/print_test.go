package scenario_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/keepsake/workbench/scenario"
)

var results = []scenario.FileResult{
	{Path: "dir/a.test.yaml", Elapsed: 1500 * time.Millisecond, Tests: []scenario.TestResult{
		{File: "dir/a.test.yaml", Name: "good", Line: 3, Elapsed: time.Second, Steps: []string{"4: login: 200\nan-action: hello"}},
		{File: "dir/a.test.yaml", Name: "bad", Line: 9, Elapsed: 500 * time.Millisecond, Failures: []scenario.Failure{
			{Line: 11, Kind: "refresh", Text: "metadata:\n  - a: \"b\"", Console: "an-action: <oh>"},
		}},
		{File: "dir/a.test.yaml", Name: "ugly", Line: 20, Problem: errors.New("start the server: no")},
	}},
	{Path: "dir/b.test.yaml", Problem: errors.New("dir/b.test.yaml:1:1: no YAML")},
	{Path: "dir/c.test.yaml"},
}

func TestPrint(t *testing.T) {
	t.Parallel()
	var brief, verbose strings.Builder
	for _, r := range results {
		for _, tr := range r.Tests {
			scenario.PrintTest(&brief, tr, false)
			scenario.PrintTest(&verbose, tr, true)
		}
		scenario.PrintFile(&brief, r)
	}
	want := `--- FAIL: bad (0.50s)
    a.test.yaml:11: refresh: metadata:
        - a: "b"
      console:
        an-action: <oh>
--- FAIL: ugly (0.00s)
    a.test.yaml:20: start the server: no
FAIL	dir/a.test.yaml	1.50s
FAIL	dir/b.test.yaml	dir/b.test.yaml:1:1: no YAML
ok  	dir/c.test.yaml	[no tests to run]
`
	if diff := cmp.Diff(want, brief.String()); diff != "" {
		t.Errorf("brief (-want +got):\n%s", diff)
	}
	if want := "--- PASS: good (1.00s)\n    4: login: 200\n        an-action: hello\n"; !strings.HasPrefix(verbose.String(), want) {
		t.Errorf("verbose:\n%s\nwant at its beginning:\n%s", verbose.String(), want)
	}
}

func TestWriteJUnit(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	if err := scenario.WriteJUnit(&out, results); err != nil {
		t.Fatal(err)
	}
	want := `<?xml version="1.0" encoding="UTF-8"?>
<testsuites tests="4" failures="1" errors="2">
  <testsuite name="dir/a.test.yaml" tests="3" failures="1" errors="1" time="1.500">
    <testcase name="good" classname="dir/a.test.yaml" file="dir/a.test.yaml" line="3" time="1.000"></testcase>
    <testcase name="bad" classname="dir/a.test.yaml" file="dir/a.test.yaml" line="9" time="0.500">
      <failure message="refresh: metadata:&#xA;  - a: &#34;b&#34;">--- FAIL: bad (0.50s)&#xA;    a.test.yaml:11: refresh: metadata:&#xA;        - a: &#34;b&#34;&#xA;      console:&#xA;        an-action: &lt;oh&gt;&#xA;</failure>
    </testcase>
    <testcase name="ugly" classname="dir/a.test.yaml" file="dir/a.test.yaml" line="20" time="0.000">
      <error message="start the server: no"></error>
    </testcase>
  </testsuite>
  <testsuite name="dir/b.test.yaml" tests="1" failures="0" errors="1" time="0.000">
    <testcase name="(the file)" classname="dir/b.test.yaml" file="dir/b.test.yaml" time="0">
      <error message="dir/b.test.yaml:1:1: no YAML"></error>
    </testcase>
  </testsuite>
  <testsuite name="dir/c.test.yaml" tests="0" failures="0" errors="0" time="0.000"></testsuite>
</testsuites>
`
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("report (-want +got):\n%s", diff)
	}
}

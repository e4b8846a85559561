package scenario

import (
	"encoding/xml"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"
)

// PrintTest writes how a test ended, as go test does: failures always, successes when verbose.
func PrintTest(w io.Writer, r TestResult, verbose bool) {
	mark := "PASS"
	if !r.Passed() {
		mark = "FAIL"
	} else if !verbose {
		return
	}
	fmt.Fprintf(w, "--- %s: %s (%s)\n", mark, r.Name, seconds(r.Elapsed))
	if verbose {
		for _, s := range r.Steps {
			fmt.Fprintf(w, "    %s\n", indent(s, "        "))
		}
	}
	for _, f := range r.Failures {
		fmt.Fprintf(w, "    %s:%d: %s: %s\n", filepath.Base(r.File), f.Line, f.Kind, indent(f.Text, "      "))
		if f.Console != "" && !verbose {
			fmt.Fprintf(w, "      console:\n        %s\n", indent(f.Console, "        "))
		}
	}
	if r.Problem != nil {
		fmt.Fprintf(w, "    %s:%d: %s\n", filepath.Base(r.File), r.Line, indent(r.Problem.Error(), "      "))
	}
}

// PrintFile writes how a file's tests ended, in a line.
func PrintFile(w io.Writer, r FileResult) {
	switch {
	case r.Problem != nil:
		fmt.Fprintf(w, "FAIL\t%s\t%v\n", r.Path, r.Problem)
	case !r.Passed():
		fmt.Fprintf(w, "FAIL\t%s\t%s\n", r.Path, seconds(r.Elapsed))
	case len(r.Tests) == 0:
		fmt.Fprintf(w, "ok  \t%s\t[no tests to run]\n", r.Path)
	default:
		fmt.Fprintf(w, "ok  \t%s\t%s\n", r.Path, seconds(r.Elapsed))
	}
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.2fs", d.Seconds()) }

func indent(s, by string) string { return strings.ReplaceAll(s, "\n", "\n"+by) }

// The elements of a JUnit report, as CI systems read them.
type (
	junitReport struct {
		XMLName  xml.Name     `xml:"testsuites"`
		Tests    int          `xml:"tests,attr"`
		Failures int          `xml:"failures,attr"`
		Errors   int          `xml:"errors,attr"`
		Suites   []junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		Name     string      `xml:"name,attr"`
		Tests    int         `xml:"tests,attr"`
		Failures int         `xml:"failures,attr"`
		Errors   int         `xml:"errors,attr"`
		Time     string      `xml:"time,attr"`
		Cases    []junitCase `xml:"testcase"`
	}
	junitCase struct {
		Name      string       `xml:"name,attr"`
		ClassName string       `xml:"classname,attr"`
		File      string       `xml:"file,attr"`
		Line      int          `xml:"line,attr,omitempty"`
		Time      string       `xml:"time,attr"`
		Failure   *junitDetail `xml:"failure"`
		Error     *junitDetail `xml:"error"`
	}
	junitDetail struct {
		Message string `xml:"message,attr"`
		Text    string `xml:",chardata"`
	}
)

// WriteJUnit writes the results for a CI system.
func WriteJUnit(w io.Writer, results []FileResult) error {
	var report junitReport
	for _, f := range results {
		suite := junitSuite{Name: filepath.ToSlash(f.Path), Time: fmt.Sprintf("%.3f", f.Elapsed.Seconds())}
		if f.Problem != nil {
			suite.add(junitCase{Name: "(the file)", ClassName: suite.Name, File: suite.Name, Time: "0", Error: &junitDetail{Message: f.Problem.Error()}})
		}
		for _, t := range f.Tests {
			suite.add(newCase(suite.Name, t))
		}
		report.Suites = append(report.Suites, suite)
		report.Tests += suite.Tests
		report.Failures += suite.Failures
		report.Errors += suite.Errors
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	e := xml.NewEncoder(w)
	e.Indent("", "  ")
	if err := e.Encode(report); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

func (s *junitSuite) add(c junitCase) {
	s.Tests++
	if c.Failure != nil {
		s.Failures++
	}
	if c.Error != nil {
		s.Errors++
	}
	s.Cases = append(s.Cases, c)
}

func newCase(file string, t TestResult) junitCase {
	c := junitCase{Name: t.Name, ClassName: file, File: file, Line: t.Line, Time: fmt.Sprintf("%.3f", t.Elapsed.Seconds())}
	if len(t.Failures) > 0 {
		var text strings.Builder
		PrintTest(&text, t, false)
		c.Failure = &junitDetail{Message: t.Failures[0].Kind + ": " + t.Failures[0].Text, Text: text.String()}
	}
	if t.Problem != nil {
		c.Error = &junitDetail{Message: t.Problem.Error()}
	}
	return c
}

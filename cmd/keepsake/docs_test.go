package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/keepsake/hooks/actions/lint"
	"example.com/keepsake/internal/outside"
)

// TestDocumentedCommands runs the commands that docs/actions.md shows, in the folder that it says, and compares what they print. A
// line "..." of the page stands for lines that it leaves out.
func TestDocumentedCommands(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/actions.md")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Dir(programPath(t)) + string(os.PathListSeparator) + os.Getenv("PATH")
	commands := documentedCommands(string(page))
	if len(commands) < 8 {
		t.Fatalf("found %d commands", len(commands))
	}
	for _, c := range commands {
		t.Run(c.line, func(t *testing.T) {
			t.Parallel()
			cmd := exec.CommandContext(t.Context(), "sh", "-c", c.line)
			cmd.Dir = "../.."
			cmd.Env = append(os.Environ(), "PATH="+path)
			out, err := cmd.CombinedOutput()
			text := string(out)
			var exit *exec.ExitError
			if errors.As(err, &exit) {
				text += fmt.Sprintf("exit code %d\n", exit.ExitCode())
			} else if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(untimed(c.output), withGap(untimed(text), untimed(c.output))); diff != "" {
				t.Errorf("(-page +program):\n%s", diff)
			}
		})
	}
}

// TestDocumentedRules: the page has every rule of lint.
func TestDocumentedRules(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/actions.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range lint.Rules() {
		if !strings.Contains(string(page), "| `"+r.Name+"` | "+r.What+" |") {
			t.Errorf("%s is not there", r.Name)
		}
	}
}

// TestDocumentedUnitTest runs the unit test that docs/actions.md shows in Node.js, on an Action of examples.
func TestDocumentedUnitTest(t *testing.T) {
	t.Parallel()
	const file = "../../docs/samples/validate-device-revoke.test.js"
	sample, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile("../../docs/actions.md")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(page), "```js\n"+string(sample)+"```\n") {
		t.Errorf("the page does not have %s as it is", file)
	}
	out, err := exec.CommandContext(t.Context(), outside.Program(t, "node"), "--test", "--test-reporter=tap", file).CombinedOutput()
	if err != nil || !strings.Contains(string(out), "\n# pass 2\n") {
		t.Errorf("%v\n%s", err, out)
	}
}

type documentedCommand struct{ line, output string }

// documentedCommands reads the console blocks of a page.
func documentedCommands(page string) []documentedCommand {
	var commands []documentedCommand
	for _, block := range strings.Split(page, "```console\n")[1:] {
		block, _, _ = strings.Cut(block, "```")
		for _, part := range strings.Split("\n"+block, "\n$ ")[1:] {
			line, output, _ := strings.Cut(part, "\n")
			commands = append(commands, documentedCommand{line, strings.TrimSuffix(output, "\n") + "\n"})
		}
	}
	return commands
}

var durations = regexp.MustCompile(`\d+(\.\d+)?(µs|ms|s)\b`)

// untimed takes the times out of a text: they are never the same.
func untimed(text string) string { return durations.ReplaceAllString(text, "TIME") }

// withGap puts a "..." where the page has one, for as many lines as it leaves out.
func withGap(text, page string) string {
	before, after, found := strings.Cut(page, "...\n")
	if found && strings.HasPrefix(text, before) && strings.HasSuffix(text, after) && len(text) >= len(before)+len(after) {
		return page
	}
	return text
}

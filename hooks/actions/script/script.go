package script

import (
	"fmt"
	"path"
	"strings"

	"github.com/evanw/esbuild/pkg/api"
)

// Source is what an author wrote.
type Source struct {
	// File names the code in errors and in source maps. Its ending tells the language: see IsScript.
	File string
	Code string
}

// Code is what an engine runs: a CommonJS script, and its source map (version 3).
type Code struct {
	Text string
	Map  string
}

// Error says what is wrong and where. Line and Column count from 1, in File.
type Error struct {
	File    string
	Line    int
	Column  int
	Message string
}

// Error returns "file:line:column: message".
func (e *Error) Error() string {
	return fmt.Sprintf("%s:%d:%d: %s", e.File, e.Line, e.Column, e.Message)
}

// loaders are the languages by the ending of a file's name.
var loaders = map[string]api.Loader{
	".js": api.LoaderJS, ".cjs": api.LoaderJS, ".mjs": api.LoaderJS, ".ts": api.LoaderTS, ".cts": api.LoaderTS, ".mts": api.LoaderTS,
}

// IsSource reports whether a file of this name is code that an Action can be written in.
func IsSource(file string) bool { return loaders[path.Ext(file)] != api.LoaderNone }

// IsScript reports whether a file of this name may be a plain script, which an engine can run as it is. Anything that is
// no other language may.
func IsScript(file string) bool {
	ext := path.Ext(file)
	return ext != ".mjs" && loaders[ext] != api.LoaderTS
}

func loaderOf(file string) api.Loader {
	if l := loaders[path.Ext(file)]; l != api.LoaderNone {
		return l
	}
	return api.LoaderJS
}

// lacking is the syntax that goja does not have and esbuild writes with what there is, in esbuild's names. The flags of regular
// expressions are not in it: esbuild would make calls of them that fail when they run.
var lacking = map[string]bool{
	"async-generator": false,
	"decorators":      false,
	"dynamic-import":  false,
	"for-await":       false,
	"import-meta":     false,
	"top-level-await": false,
	"using":           false,
}

// noConfig keeps esbuild from looking for a tsconfig.json.
const noConfig = "{}"

// maxNesting is how deep brackets may be inside one another: esbuild recurses.
const maxNesting = 1000

// Transform lowers one file. What it requires is left as it is. The error is an *Error.
func Transform(s Source) (code *Code, err error) {
	if err := checkNesting(s); err != nil {
		return nil, err
	}
	defer recovered(s, &err)
	result := api.Transform(s.Code, api.TransformOptions{
		Sourcefile: s.File, Loader: loaderOf(s.File), Format: api.FormatCommonJS, Platform: api.PlatformNode, Target: api.ESNext,
		Supported: lacking, TsconfigRaw: noConfig, LogLevel: api.LogLevelSilent,
		Sourcemap: api.SourceMapExternal, SourcesContent: api.SourcesContentExclude,
	})
	if len(result.Errors) > 0 {
		return nil, errorOf(s, result.Errors[0])
	}
	return &Code{Text: string(result.Code), Map: string(result.Map)}, nil
}

// recovered makes an error of a panic of esbuild's: an author's code must not end the server.
func recovered(s Source, err *error) {
	if p := recover(); p != nil {
		*err = &Error{File: s.File, Line: 1, Column: 1, Message: fmt.Sprintf("The code can't be lowered: %v", p)}
	}
}

// errorOf makes an Error of esbuild's message, whose columns count bytes from 0.
func errorOf(s Source, m api.Message) error {
	if m.Location == nil {
		return &Error{File: s.File, Line: 1, Column: 1, Message: m.Text}
	}
	e := &Error{File: m.Location.File, Line: m.Location.Line, Column: m.Location.Column + 1, Message: m.Text}
	if e.File == "" || e.File == "<stdin>" {
		e.File = s.File
	}
	return e
}

// checkNesting counts brackets, also those in strings: no text of sound code has so many of them open.
func checkNesting(s Source) error {
	depth, line, start := 0, 1, 0
	for i := range len(s.Code) {
		switch s.Code[i] {
		case '(', '[', '{':
			if depth++; depth > maxNesting {
				return &Error{File: s.File, Line: line, Column: i - start + 1, Message: "The code is nested too deeply."}
			}
		case ')', ']', '}':
			depth = max(depth-1, 0)
		case '\n':
			line, start = line+1, i+1
		}
	}
	return nil
}

// packageOf is the package that a module's name begins with: "@scope/name" of "@scope/name/lib/x.js".
func packageOf(module string) string {
	parts := strings.SplitN(module, "/", 3)
	if strings.HasPrefix(module, "@") && len(parts) > 1 {
		return parts[0] + "/" + parts[1]
	}
	return parts[0]
}

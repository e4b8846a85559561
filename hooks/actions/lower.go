package actions

import (
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/dop251/goja/parser"
	"github.com/go-sourcemap/sourcemap"

	"example.com/keepsake/hooks/actions/nodejs"
	"example.com/keepsake/hooks/actions/script"
	"example.com/keepsake/models"
)

// Build makes what an Action needs to run anywhere: its code and the packages of its dependencies in one script, from the
// node_modules in dir. It returns nil for an Action that requires nothing, or has no dependencies. The error is a *SyntaxError.
func Build(a models.Action, dir string) (*models.ActionBundle, error) {
	if len(a.Dependencies) == 0 || !strings.Contains(a.Code, "require") && !strings.Contains(a.Code, "import") {
		return nil, nil
	}
	packages := make(map[string]string, len(a.Dependencies))
	for _, d := range a.Dependencies {
		packages[d.Name] = d.Version
	}
	s := script.Source{File: fileOf(Source{Name: a.Name, File: a.File}), Code: a.Code}
	code, err := script.Bundle(s, script.BundleOptions{Dir: dir, Packages: packages, IsBuiltin: nodejs.IsBuiltin})
	if err != nil {
		return nil, scriptError(err)
	}
	return &models.ActionBundle{Code: code.Text, Map: code.Map}, nil
}

// bundleName is the file of what no author wrote: the helpers of lowered code.
const bundleName = "helpers.js"

// compileLowered compiles what package script made. Errors name the author's places.
func compileLowered(s Source, file string, code *script.Code) (*Program, error) {
	shifted, err := script.Shift(code.Map, 1)
	if err != nil {
		return nil, fmt.Errorf("compile %s: %w", file, err)
	}
	places, err := sourcemap.Parse("", shifted)
	if err != nil {
		return nil, fmt.Errorf("compile %s: read the source map: %w", file, err)
	}
	// The wrapper has a line of its own, so that the map's columns hold.
	text := wrapperHead + "\n" + code.Text + wrapperTail
	tree, err := parser.ParseFile(nil, bundleName, text, 0, parser.WithDisableSourceMaps)
	if err != nil {
		return nil, syntaxError(file, places, err)
	}
	tree.File.SetSourceMap(places)
	p, err := newProgram(s, file, tree, code.Text)
	if err != nil {
		return nil, syntaxError(file, places, err)
	}
	p.lowered = true
	p.source.Bundle = &models.ActionBundle{Code: code.Text, Map: code.Map} // so that it need not be lowered again
	return p, nil
}

// scriptError makes a SyntaxError of what package script found.
func scriptError(err error) error {
	var e *script.Error
	if !errors.As(err, &e) {
		return err
	}
	return &SyntaxError{File: e.File, Line: max(e.Line, 1), Column: max(e.Column, 1), Message: "SyntaxError: " + e.Message}
}

// escaped is how goja writes a file's name that a source map gave: as a relative URL.
func escaped(file string) string { return (&url.URL{Path: file}).EscapedPath() }

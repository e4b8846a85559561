package script

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-sourcemap/sourcemap"
)

func TestTransformLowersWhatTheEngineLacks(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, file, code string
		want, without    string
	}{
		{"an ES module", "a.js", "export const onExecutePostLogin = async () => {};", "module.exports", "export const"},
		{"an import", "a.mjs", "import x from 'y'; x();", `require("y")`, "import "},
		{"TypeScript", "a.ts", "const n: number = 1; exports.n = n;", "const n = 1", "number"},
		{"an async generator", "a.js", "async function* g() { yield 1; }", "__asyncGenerator", "async function*"},
		{"for await", "a.js", "async () => { for await (const x of y) z(x); }", "__forAwait", "for await"},
		{"an async function stays one", "a.ts", "export const f = async (): Promise<void> => { await g(); };", "async () =>", "yield"},
		{"a class keeps its fields", "a.ts", "class A { #x = 1; static y = 2; }", "#x = 1", "WeakMap"},
		{"import()", "a.js", "import('x');", `require("x")`, "import("},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			code, err := Transform(Source{File: tt.file, Code: tt.code})
			if err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(code.Text, tt.want) || strings.Contains(code.Text, tt.without) {
				t.Errorf("want %q and not %q in\n%s", tt.want, tt.without, code.Text)
			}
		})
	}
}

func TestErrorsNameTheAuthorsPlace(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, file, code, want string }{
		{"JavaScript", "dir/a.js", "\n  const = 1;", "dir/a.js:2:9: Expected identifier"},
		{"TypeScript", "dir/a.ts", "let x: = 1;", "dir/a.ts:1:8: "},
		{"types in JavaScript", "a.js", "let x: number = 1;", "a.js:1:6: "},
		{"nested too deeply", "a.ts", "\n" + strings.Repeat("(", 2000), "a.ts:2:1001: The code is nested too deeply."},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := Transform(Source{File: tt.file, Code: tt.code})
			var e *Error
			if !errors.As(err, &e) || !strings.HasPrefix(err.Error(), tt.want) {
				t.Errorf("error = %v, want %s…", err, tt.want)
			}
		})
	}
}

// tree writes files into a folder of their own.
func tree(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func isBuiltin(name string) bool { return name == "crypto" || name == "node:crypto" }

func TestBundle(t *testing.T) {
	t.Parallel()
	dir := tree(t, map[string]string{
		"secret.js":                                "module.exports = 'read from beside the document';",
		"node_modules/one/package.json":            `{"name":"one","version":"1.0.0","main":"lib/main.js"}`,
		"node_modules/one/lib/main.js":             "const two = require('two'); module.exports = { marker: 'one was here', two };",
		"node_modules/two/index.js":                "require('node:crypto'); try { require('not-installed'); } catch {} module.exports = 'two was here';",
		"node_modules/@scope/three/index.mjs":      "export const three = 'three was here';",
		"node_modules/@scope/three/package.json":   `{"name":"@scope/three","exports":{".":"./index.mjs"}}`,
		"node_modules/old/package.json":            `{"version":"1.9.0"}`,
		"node_modules/climber/index.js":            "module.exports = require('../../secret.js');",
		"node_modules/native/index.js":             "module.exports = require('./x.node');",
		"node_modules/native/x.node":               "\x7fELF",
		"node_modules/needy/index.js":              "module.exports = require('nowhere');",
		"node_modules/broken/index.js":             "\n  const = 1;",
		"node_modules/large/index.js":              "module.exports = '" + strings.Repeat("x", MaxBundle) + "';",
		"node_modules/unnamed/index.js":            "module.exports = 'unnamed was here';",
		"node_modules/crypto/index.js":             "module.exports = 'the package crypto was here';",
		"node_modules/@scope/three/not-named.json": "{}",
	})
	for _, tt := range []struct {
		name, code string
		want       []string
		without    []string
		err        string
	}{
		{"a package and what it requires", "const one = require('one');", []string{"one was here", "two was here", "node:crypto"}, nil, ""},
		{"ES modules both", "import { three } from '@scope/three'; export const x = three;", []string{"three was here"}, nil, ""},
		{"what is not named stays a call", "require('unnamed');", []string{`require("unnamed")`}, []string{"was here"}, ""},
		{"a built-in beats a package", "require('crypto');", []string{`require("crypto")`}, []string{"was here"}, ""},
		{"files beside the document are not read", "require('./secret.js');", []string{`require("./secret.js")`}, []string{"read from"}, ""},
		{"a named package that is not installed", "\n  require('absent');", nil, nil, `actions/a.js:2:11: The package "absent" is in the Action's dependencies, but not in the node_modules`},
		{"another version", "require('old/lib/x');", nil, nil, `actions/a.js:1:9: The Action's dependencies have old 2.0.0, the node_modules beside tenant.yaml has 1.9.0: npm install old@2.0.0`},
		{"a package that climbs out", "require('climber');", nil, nil, "node_modules/climber/index.js:1:26: secret.js is outside of the node_modules"},
		{"native code", "require('native');", nil, nil, "node_modules/native/index.js:1:26: x.node is native code"},
		{"a package whose own package lacks", "require('needy');", nil, nil, `node_modules/needy/index.js:1:26: Could not resolve "nowhere"`},
		{"a package that does not parse", "require('broken');", nil, nil, "node_modules/broken/index.js:2:9: "},
		{"too large", "require('large');", nil, nil, "actions/a.js:1:1: The Action and its packages are"},
		{"the author's mistake", "const = 1;", nil, nil, "actions/a.js:1:7: "},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			code, err := Bundle(Source{File: "actions/a.js", Code: tt.code}, BundleOptions{
				Dir: dir, IsBuiltin: isBuiltin,
				Packages: map[string]string{
					"one": "1.0.0", "@scope/three": "latest", "absent": "2.3.4", "climber": "1.0.0", "native": "1.0.0", "needy": "^1.0.0", "broken": "1",
					"large": "", "crypto": "", "old": "2.0.0",
				},
			})
			if tt.err != "" {
				if err == nil || !strings.HasPrefix(err.Error(), tt.err) {
					t.Fatalf("error = %v, want %s…", err, tt.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			for _, text := range tt.want {
				if !strings.Contains(code.Text, text) {
					t.Errorf("no %q in\n%s", text, code.Text)
				}
			}
			for _, text := range append(tt.without, dir) {
				if strings.Contains(code.Text+code.Map, text) {
					t.Errorf("%q is in\n%s\n%s", text, code.Text, code.Map)
				}
			}
		})
	}
}

func TestAFolderThatIsNotThere(t *testing.T) {
	t.Parallel()
	_, err := Bundle(Source{File: "a.js"}, BundleOptions{Dir: "/nowhere/at/all"})
	if err == nil || strings.Contains(err.Error(), "/nowhere") {
		t.Errorf("error = %v", err)
	}
}

func TestShiftedMapsCountFromOne(t *testing.T) {
	t.Parallel()
	code, err := Transform(Source{File: "a.ts", Code: "enum E { A }\nexport const f = (): void => {\n    throw new Error('x' as any);\n};"})
	if err != nil {
		t.Fatal(err)
	}
	shifted, err := Shift(code.Map, 2)
	if err != nil {
		t.Fatal(err)
	}
	m, err := sourcemap.Parse("", shifted)
	if err != nil {
		t.Fatal(err)
	}
	for i, line := range strings.Split(code.Text, "\n") {
		column := strings.Index(line, "new Error")
		if column < 0 || !strings.Contains(line, "throw") {
			continue
		}
		file, _, row, col, ok := m.Source(i+1+2, column+1)
		if !ok || file != "a.ts" || row != 3 || col != 11 {
			t.Errorf("%d:%d is %s:%d:%d, %v; want a.ts:3:11", i+1, column+1, file, row, col, ok)
		}
		return
	}
	t.Fatalf("no throw in\n%s", code.Text)
}

func FuzzShift(f *testing.F) {
	for _, mappings := range []string{"", "AAAA", ";AACA,EAAE;;GAGG", "A,AAAA", "!", "g", "gggggggggggg", ",", ";,;"} {
		f.Add(mappings)
	}
	f.Fuzz(func(t *testing.T, mappings string) {
		if strings.ContainsAny(mappings, "\"\\\n\r") {
			return
		}
		shifted, err := Shift(`{"version":3,"sources":["a"],"names":[],"mappings":"`+mappings+`"}`, 1)
		if err == nil && !strings.Contains(string(shifted), `"mappings":";`) {
			t.Errorf("%q became %s", mappings, shifted)
		}
	})
}

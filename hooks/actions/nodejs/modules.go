package nodejs

import (
	"embed"
	"fmt"
	"path"
	"strings"
	"sync"

	"github.com/dop251/goja"
	"github.com/dop251/goja/parser"
)

//go:embed lib
var lib embed.FS

// files are the built-in modules that an Action may require, and the file of each in lib.
var files = map[string]string{
	"assert": "assert", "assert/strict": "assert_strict", "async_hooks": "async_hooks", "buffer": "buffer", "console": "console", "constants": "constants",
	"crypto": "crypto", "diagnostics_channel": "diagnostics_channel", "events": "events", "http": "http", "https": "https", "os": "os", "path": "path", "path/posix": "path",
	"perf_hooks": "perf_hooks", "process": "process", "punycode": "punycode", "querystring": "querystring", "stream": "stream",
	"stream/promises": "stream_promises", "string_decoder": "string_decoder", "sys": "util", "timers": "timers", "timers/promises": "timers_promises",
	"url": "url", "util": "util", "util/types": "util_types",
}

// absent are built-in modules that load, because popular packages require them to be complete, and whose functions throw when
// they are called.
var absent = []string{
	"child_process", "cluster", "dgram", "dns", "dns/promises", "fs", "fs/promises", "http2", "inspector", "module", "net",
	"readline", "repl", "stream/web", "tls", "tty", "v8", "vm", "worker_threads", "zlib",
}

// IsBuiltin reports whether an Action's require(name) is answered by this package, with or without "node:".
func IsBuiltin(name string) bool {
	name = strings.TrimPrefix(name, "node:")
	if _, ok := files[name]; ok {
		return true
	}
	return isAbsent(name)
}

func isAbsent(name string) bool {
	for _, a := range absent {
		if a == name {
			return true
		}
	}
	return false
}

// Require returns a built-in module. Name is one of which IsBuiltin is true. What goes wrong is thrown in JavaScript.
func (e *Env) Require(name string) goja.Value { return e.module(strings.TrimPrefix(name, "node:")) }

// module returns what a module exports. Name is one of files or absent, or a file in lib.
func (e *Env) module(name string) goja.Value {
	file := name
	if f, ok := files[name]; ok {
		file = f
	}
	if m, ok := e.modules[name]; ok {
		return m.Get("exports")
	}
	var extra []goja.Value
	if isAbsent(name) {
		file, extra = "absent", []goja.Value{e.rt.ToValue(name)}
	}
	if m, ok := e.modules[file]; ok && len(extra) == 0 {
		return m.Get("exports")
	}
	return e.load(name, file, extra)
}

func (e *Env) load(name, file string, extra []goja.Value) goja.Value {
	if e.OnLoad != nil && len(e.modules) == 0 {
		e.OnLoad()
	}
	program, err := program(file)
	if err != nil {
		panic(e.rt.NewGoError(err))
	}
	wrapper, err := e.rt.RunProgram(program)
	if err != nil {
		panic(err)
	}
	call, _ := goja.AssertFunction(wrapper)
	exports, module := e.rt.NewObject(), e.rt.NewObject()
	_ = module.Set("exports", exports)
	e.modules[name] = module
	if len(extra) == 0 {
		e.modules[file] = module
	}
	require := e.rt.ToValue(func(call goja.FunctionCall) goja.Value { return e.module(call.Argument(0).String()) })
	args := append([]goja.Value{exports, require, module, e.native(file)}, extra...)
	if _, err := call(exports, args...); err != nil {
		delete(e.modules, name)
		delete(e.modules, file)
		panic(err)
	}
	return module.Get("exports")
}

// native is the object with the functions in Go that belong to a file.
func (e *Env) native(file string) *goja.Object {
	object := e.rt.NewObject()
	if make, ok := natives[file]; ok {
		for name, fn := range make(e) {
			_ = object.Set(name, fn)
		}
	}
	return object
}

// functions are Go's side of a file in lib.
type functions map[string]func(goja.FunctionCall) goja.Value

var natives = map[string]func(e *Env) functions{
	"internal/bytes": (*Env).nativeBytes, "crypto": (*Env).nativeCrypto, "internal/fetch": (*Env).nativeFetch,
	"internal/globals": (*Env).nativeGlobals, "internal/intl": (*Env).nativeIntl, "polyfill/regexp": (*Env).nativeRegExp, "timers": (*Env).nativeTimers, "url": (*Env).nativeURL, "util": (*Env).nativeUtil,
}

// programs has every file of lib, compiled when it is first needed.
var programs = newPrograms()

func newPrograms() map[string]func() (*goja.Program, error) {
	all := make(map[string]func() (*goja.Program, error))
	for _, dir := range []string{"", "internal", "polyfill"} {
		entries, err := lib.ReadDir(path.Join("lib", dir))
		if err != nil {
			panic(err) // they are part of this program
		}
		for _, entry := range entries {
			if name, ok := strings.CutSuffix(path.Join(dir, entry.Name()), ".js"); ok {
				all[name] = sync.OnceValues(func() (*goja.Program, error) { return compile(name) })
			}
		}
	}
	return all
}

func program(file string) (*goja.Program, error) {
	load, ok := programs[file]
	if !ok {
		return nil, fmt.Errorf("no built-in module %q", file)
	}
	return load()
}

func compile(name string) (*goja.Program, error) {
	text, err := lib.ReadFile("lib/" + name + ".js")
	if err != nil {
		return nil, err
	}
	code := "(function (exports, require, module, native, name) {'use strict';" + string(text) + "\n})"
	tree, err := parser.ParseFile(nil, "node:"+name, code, 0, parser.WithDisableSourceMaps)
	if err != nil {
		return nil, fmt.Errorf("parse the built-in module %s: %w", name, err)
	}
	return goja.CompileAST(tree, false)
}

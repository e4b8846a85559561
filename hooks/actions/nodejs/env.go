package nodejs

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/dop251/goja"

	"example.com/keepsake/hooks/actions/egress"
)

// Options are what an environment is made of. All but Client are required.
type Options struct {
	Runtime *goja.Runtime
	// Context ends with the execution. Requests end with it.
	Context context.Context
	// Client makes connections; nil: none may be made.
	Client *egress.Client
	// Now is the clock of performance.now and the like; timers follow real time.
	Now func() time.Time
	// Outside is called before something is sent to another host, OnWait before and after the execution waits for something; nil:
	// nobody is told.
	Outside func()
	OnWait  func(waiting bool)
	// OnLoad is called before the first module is loaded; nil: nobody is told. A module calls built-in functions with what the Action gives it.
	OnLoad func()
	// Format writes values as console does; Inspect writes one, with objects to a depth.
	Format  func(args []goja.Value) string
	Inspect func(v goja.Value, depth int) string
}

// outside and waits tell who wants to know.
func (o Options) outside() {
	if o.Outside != nil {
		o.Outside()
	}
}

func (o Options) waits(waiting bool) {
	if o.OnWait != nil {
		o.OnWait(waiting)
	}
}

// Env is Node.js's environment in one runtime. It belongs to the goroutine that runs it.
type Env struct {
	Options
	rt      *goja.Runtime
	cancel  context.CancelFunc
	loop    *loop
	modules map[string]*goja.Object // the module objects of what was required
	network *network
	began   time.Time
	spent   struct{ iterations, scrypt int }
}

// New makes an environment. Close must be called when the execution is over.
func New(o Options) *Env {
	e := &Env{Options: o, rt: o.Runtime, modules: make(map[string]*goja.Object), began: o.Now()}
	e.Context, e.cancel = context.WithCancel(o.Context)
	e.loop = newLoop(e)
	return e
}

// Close ends what is still under way. JavaScript must not run any more.
func (e *Env) Close() {
	e.cancel()
	if e.network != nil {
		e.network.close()
	}
}

// globals are the names that Define knows, and the module whose member of this name each is.
var globals = map[string]string{
	"Buffer": "buffer", "atob": "buffer", "btoa": "buffer",
	"TextEncoder": "internal/encoding", "TextDecoder": "internal/encoding",
	"URL": "url", "URLSearchParams": "url",
	"setTimeout": "timers", "setInterval": "timers", "setImmediate": "timers", "clearTimeout": "timers",
	"clearInterval": "timers", "clearImmediate": "timers",
	"queueMicrotask": "internal/globals", "structuredClone": "internal/globals", "performance": "internal/globals",
	"WeakRef": "internal/globals", "FinalizationRegistry": "internal/globals", "DOMException": "internal/errors",
	"Event": "internal/abort", "EventTarget": "internal/abort", "AbortController": "internal/abort", "AbortSignal": "internal/abort",
	"fetch": "internal/fetch", "Headers": "internal/fetch", "Request": "internal/fetch", "Response": "internal/fetch",
	"FormData": "internal/fetch", "Blob": "internal/fetch", "File": "internal/fetch",
	"Intl": "internal/intl", "crypto": "internal/webcrypto", "CryptoKey": "internal/webcrypto",
}

// wholes are globals that are the module, or, with no module, the global object itself.
var wholes = map[string]string{"process": "process", "global": ""}

// polyfills are methods of built-in objects that goja lacks, by the name under which code calls them.
var polyfills = map[string]string{
	"groupBy": "polyfill/groupby", "withResolvers": "polyfill/promise", "try": "polyfill/promise", "fromAsync": "polyfill/array",
	"isWellFormed": "polyfill/string", "toWellFormed": "polyfill/string", "captureStackTrace": "polyfill/error",
	"asyncIterator": "polyfill/symbol", "asyncDispose": "polyfill/symbol", "dispose": "polyfill/symbol",
	`\p{`: "polyfill/regexp", `\P{`: "polyfill/regexp", "toLocaleString": "polyfill/locale", "toLocaleDateString": "polyfill/locale", "toLocaleTimeString": "polyfill/locale", "Iterator": "polyfill/iterator", "drop": "polyfill/iterator", "take": "polyfill/iterator",
	"toArray": "polyfill/iterator", ".values().": "polyfill/iterator", ".keys().": "polyfill/iterator", ".entries().": "polyfill/iterator",
}

// Globals returns what of the environment code may need before it runs, for Define. May reports whether the code may name
// something.
func Globals(may func(name string) bool) []string {
	var names []string
	for name := range globals {
		if may(name) {
			names = append(names, name)
		}
	}
	for name := range wholes {
		if may(name) {
			names = append(names, name)
		}
	}
	for name, file := range polyfills {
		if may(polyfillWord(name)) && !slices.Contains(names, file) {
			names = append(names, file)
		}
	}
	slices.Sort(names)
	return names
}

// polyfillWord is what code has that needs a polyfill. Only "Promise.try" is named as a whole: try is everywhere.
func polyfillWord(name string) string {
	if name == "try" {
		return "Promise.try"
	}
	return name
}

// Define puts what Globals found into the runtime.
func (e *Env) Define(names []string) {
	for _, name := range names {
		if strings.HasPrefix(name, "polyfill/") {
			e.module(name)
			continue
		}
		e.defineGlobal(name)
	}
}

// defineGlobal makes an accessor that becomes an ordinary property when it is read or written for the first time.
func (e *Env) defineGlobal(name string) {
	object := e.rt.GlobalObject()
	settle := func(v goja.Value) {
		_ = object.DefineDataProperty(name, v, goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_FALSE)
	}
	getter := e.rt.ToValue(func(goja.FunctionCall) goja.Value {
		v := e.global(name)
		settle(v)
		return v
	})
	setter := e.rt.ToValue(func(call goja.FunctionCall) goja.Value {
		settle(call.Argument(0))
		return goja.Undefined()
	})
	_ = object.DefineAccessorProperty(name, getter, setter, goja.FLAG_TRUE, goja.FLAG_FALSE)
}

func (e *Env) global(name string) goja.Value {
	if module, ok := wholes[name]; ok {
		if module == "" {
			return e.rt.GlobalObject()
		}
		return e.module(module)
	}
	holder, ok := e.module(globals[name]).(*goja.Object)
	if !ok {
		return goja.Undefined()
	}
	return holder.Get(name)
}

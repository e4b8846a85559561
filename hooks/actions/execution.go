package actions

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"example.com/keepsake/hooks"
	"example.com/keepsake/hooks/actions/egress"
	"example.com/keepsake/hooks/actions/nodejs"
	"github.com/dop251/goja"
	"github.com/dop251/goja/parser"
)

// Messages of contract 3.1.
const (
	executeHandler  = "onExecutePostLogin"
	continueHandler = "onContinuePostLogin"
	messageExport   = "The Action must export an object."
	messageHandler  = `Invalid function signature for the "%[1]s" handler. Use "exports.%[1]s = async function(event, api) { }" as the signature.`
	messagePending  = `The "%s" handler never settled: it awaits a promise that nothing resolves.`
	messageOverflow = "Maximum call stack size exceeded"
	messageMemory   = "The Action used too much memory."
	messageMoved    = "The Action has to begin in a process of its own. It will the next time."
)

// execution is one run of one Program: a runtime, and the way from it to Go.
type execution struct {
	job
	rt     *goja.Runtime
	now    func() time.Time
	ctx    context.Context // of run
	client *egress.Client
	env    *nodejs.Env // nil until it is needed

	// mu is held while JavaScript is on Go's side of the seam: in the api or the console. Once closed is set,
	// nothing of Go's may be touched any more.
	mu     sync.Mutex
	closed bool

	// done gets the end of the execution, and before it errSlow at most once.
	done chan error
	// stopped is why the execution was interrupted first; nil: it was not.
	stopped  atomic.Pointer[error]
	soft     bool  // it can move to a worker process; changes under mu
	moving   bool  // and wants to
	host     bool  // this process is one that has worker processes
	slow     bool  // the watchdog has said so; it belongs to the watchdog
	measured bool  // and by an exact meter; likewise, until it has said so
	strained bool  // and that it is hard; likewise
	deaf     int   // ticks at which it went on although it was interrupted; likewise
	meter    meter // kept by its goroutine
	lines    []line

	eventObject *goja.Object
	apiObject   *goja.Object
	asn         string        // of the event: see asnValue
	hasValue    bool          // asnValue is there
	armed       bool          // all the guards are there
	extra       []*namedGuard // that are there because of computed names
	printed     int           // bytes
	trace       func(Command)
	// stepAside is Options.StepAside, and back what it returned last.
	stepAside func() (back func())
	back      func()
	describe  goja.Callable // Object.getOwnPropertyDescriptor; nil until it is needed
	nested    int           // calls of built-in functions inside one another that goja does not count
}

// newExecution makes a runtime with event and api in it. Whatever reads j.event later does it through enter.
func newExecution(j job, now func() time.Time) *execution {
	x := &execution{job: j, rt: goja.New(), now: now, done: make(chan error, 2), asn: j.event.Request.ASN}
	if x.log == nil && x.api != nil {
		x.log = x.api.Log
	}
	x.rt.SetMaxCallStackSize(maxCallDepth)
	x.rt.SetParserOptions(parser.WithDisableSourceMaps) // for eval: see Compile
	x.rt.SetTimeSource(now)
	x.eventObject = x.newEvent()
	x.apiObject = x.newAPI()
	return x
}

// interrupt stops the JavaScript at its next step. Any goroutine may call it.
func (x *execution) interrupt(cause error) {
	x.stopped.CompareAndSwap(nil, &cause)
	x.rt.Interrupt(cause)
}

// abandon takes Go's side away from an execution that can't be stopped.
func (x *execution) abandon() {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.closed = true
}

// enter runs fn on Go's side. An error of fn is thrown in JavaScript. fn must not run JavaScript.
func (x *execution) enter(fn func() error) {
	if err := x.guarded(fn); err != nil {
		panic(x.errorOf(err))
	}
}

func (x *execution) guarded(fn func() error) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.closed || x.stopped.Load() != nil {
		panic(&goja.InterruptedError{}) // JavaScript can't catch it
	}
	return fn()
}

// errorOf makes the JavaScript Error that an error of Go's is.
func (x *execution) errorOf(err error) *goja.Object {
	if errors.Is(err, hooks.ErrScopeType) {
		return x.rt.NewTypeError("%s", err.Error())
	}
	return x.newError("Error", err.Error())
}

func (x *execution) newError(class, message string) *goja.Object {
	if constructor := x.rt.Get(class); constructor != nil {
		if e, err := x.rt.New(constructor, x.rt.ToValue(message)); err == nil {
			return e
		}
	}
	return x.rt.NewTypeError("%s", message) // the Action has put something else in the constructor's place
}

func (x *execution) run(ctx context.Context) error {
	x.ctx = ctx
	defer x.closeEnvironment()
	// 1. The module.
	x.defineGlobals()
	handler, err := x.load()
	switch {
	case err != nil:
		return err
	case handler == nil && x.continues:
		return hooks.ErrNotHandled
	case handler == nil:
		return nil
	}
	// 2. The handler, and every job that it leaves in the queue.
	value, err := handler(goja.Undefined(), x.eventObject, x.apiObject)
	if err != nil {
		return x.failure(err)
	}
	return x.settle(value)
}

func (x *execution) defineGlobals() {
	_ = x.rt.GlobalObject().DefineDataProperty("console", x.newConsole(), goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_FALSE)
	x.arm()
	if len(x.program.globals) > 0 {
		x.environment().Define(x.program.globals)
	}
}

// load runs the module and returns its handler; nil when it has none.
func (x *execution) load() (goja.Callable, error) {
	wrapper, err := x.rt.RunProgram(x.program.code)
	if err != nil {
		return nil, x.failure(err)
	}
	call, ok := goja.AssertFunction(wrapper)
	if !ok {
		return nil, errors.New("the module's wrapper is no function")
	}
	exports, module := x.rt.NewObject(), x.rt.NewObject()
	if err := module.Set("exports", exports); err != nil {
		return nil, fmt.Errorf("make the module object: %w", err)
	}
	if _, err := call(exports, exports, x.function("require", x.require), module); err != nil {
		return nil, x.failure(err)
	}
	var handler goja.Callable
	if ex := x.rt.Try(func() { handler, err = x.handlerOf(module) }); ex != nil {
		return nil, x.failure(ex)
	}
	return handler, err
}

// handlerOf finds the handler as Auth0's loader does (contract 3.1). An Action that has only other handlers does nothing.
func (x *execution) handlerOf(module *goja.Object) (goja.Callable, error) {
	exports, ok := module.Get("exports").(*goja.Object)
	if _, isFunction := goja.AssertFunction(module.Get("exports")); !ok || isFunction {
		return nil, thrown(hooks.ClassActionError, "Error", messageExport)
	}
	value := exports.Get(x.handler())
	if value == nil || goja.IsUndefined(value) {
		return nil, nil
	}
	handler, ok := goja.AssertFunction(value)
	if !ok || !isAsync(value.(*goja.Object)) {
		return nil, thrown(hooks.ClassActionError, "Error", fmt.Sprintf(messageHandler, x.handler()))
	}
	return handler, nil
}

// isAsync reports whether a function was written as async. goja gives an async method the constructor Function, where
// ECMAScript has AsyncFunction; for those the source tells.
func isAsync(function *goja.Object) bool {
	constructor, ok := function.Get("constructor").(*goja.Object)
	if !ok {
		return false
	}
	switch name := constructor.Get("name"); {
	case name == nil:
		return false
	case name.String() == "AsyncFunction":
		return true
	}
	source := function.String()
	return strings.HasPrefix(source, "async ") && !strings.HasPrefix(source, "async function")
}

var promiseType = reflect.TypeFor[*goja.Promise]()

// settle judges what the handler returned. The job queue is empty by now, and nothing is left to wait for: a promise that is
// still pending stays so.
func (x *execution) settle(value goja.Value) error {
	o, ok := value.(*goja.Object)
	if !ok || o.ExportType() != promiseType { // Export would copy anything else
		return nil // the author has replaced the function's constructor to get here; there is nothing to wait for
	}
	promise := o.Export().(*goja.Promise)
	if err := x.await(promise); err != nil {
		return err
	}
	switch promise.State() {
	case goja.PromiseStateRejected:
		return x.thrownValue(promise.Result(), nil)
	case goja.PromiseStatePending:
		return thrown(hooks.ClassActionError, "Error", fmt.Sprintf(messagePending, x.handler()))
	}
	return nil
}

// function makes a JavaScript function of its own name, for stack traces.
func (x *execution) function(name string, fn func(goja.FunctionCall) goja.Value) *goja.Object {
	f := x.rt.ToValue(fn).(*goja.Object)
	_ = f.DefineDataProperty("name", x.rt.ToValue(name), goja.FLAG_FALSE, goja.FLAG_TRUE, goja.FLAG_FALSE)
	return f
}

package actions

import (
	"errors"
	"fmt"
	"strings"

	"github.com/dop251/goja"

	"example.com/keepsake/hooks"
	"example.com/keepsake/hooks/actions/nodejs"
)

// environment is what Node.js gives, made when it is first needed: most Actions need none of it.
func (x *execution) environment() *nodejs.Env {
	if x.env == nil {
		x.env = nodejs.New(nodejs.Options{
			Runtime: x.rt, Context: x.ctx, Client: x.client, Now: x.now, Outside: x.goOutside, OnWait: x.waits, OnLoad: x.armRest,
			Format:  func(args []goja.Value) string { return cut(format(x.rt, args), maxLine) },
			Inspect: func(v goja.Value, depth int) string { return cut(inspect(x.rt, v, depth), maxLine) },
		})
	}
	return x.env
}

// closeEnvironment ends requests that are under way.
func (x *execution) closeEnvironment() {
	if x.env != nil {
		x.env.Close()
	}
}

// require returns a built-in module. Packages are not looked for here: they are part of the code, see Build.
func (x *execution) require(call goja.FunctionCall) goja.Value {
	name := text(call.Argument(0))
	if nodejs.IsBuiltin(name) {
		return x.environment().Require(name)
	}
	e := x.newError("Error", fmt.Sprintf("Cannot find module '%s': %s", name, mend(name)))
	_ = e.Set("code", "MODULE_NOT_FOUND")
	panic(e)
}

// mend says what to do about a module that is not there.
func mend(name string) string {
	switch {
	case strings.HasPrefix(name, "actions:"):
		return "Actions Modules are not supported; make it a package in the Action's dependencies."
	case strings.HasPrefix(name, "."), strings.HasPrefix(name, "/"):
		return "an Action is one file. It can require Node.js's own modules, and packages that are in its dependencies."
	case strings.HasPrefix(name, "node:"):
		return "Node.js has no such module."
	}
	return "add it to the Action's dependencies in tenant.yaml, and install it in the node_modules beside that file."
}

// await waits for the promise that the handler returned while anything is left that could settle it. What a callback of a timer throws
// fails the Action, as it would end a process of Node.js.
func (x *execution) await(promise *goja.Promise) error {
	if x.env == nil {
		return nil
	}
	err := x.env.Wait(func() bool { return promise.State() != goja.PromiseStatePending })
	if err == nil {
		return nil
	}
	if errors.Is(err, x.ctx.Err()) {
		return thrown(hooks.ClassActionTimeout, "TimeoutError", "The Action was interrupted.")
	}
	return x.failure(err)
}

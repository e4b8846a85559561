package actions

import "github.com/dop251/goja"

func sessionRevoke(x *execution, call goja.FunctionCall) goja.Value {
	reason := x.textArgument("message", call.Argument(0))
	options := call.Argument(1)
	if _, isObject := options.(*goja.Object); !isObject && !goja.IsUndefined(options) {
		panic(x.newError("Error", "options must be object"))
	}
	preserve := member(options, "preserveRefreshTokens")
	keep, isBool := false, goja.IsUndefined(preserve)
	if _, isObject := preserve.(*goja.Object); !isObject && !isBool {
		keep, isBool = preserve.Export().(bool)
	}
	if !isBool {
		panic(x.newError("Error", "preserveRefreshTokens must be boolean"))
	}
	x.enter(func() error { return x.api.Session.Revoke(reason, keep) })
	return goja.Undefined()
}

func sessionSetExpiresAt(x *execution, call goja.FunctionCall) goja.Value {
	at := timeArgument(call.Argument(0))
	x.enter(func() error { return x.api.Session.SetExpiresAt(at) })
	return goja.Undefined()
}

func sessionSetIdleExpiresAt(x *execution, call goja.FunctionCall) goja.Value {
	at := timeArgument(call.Argument(0))
	x.enter(func() error { return x.api.Session.SetIdleExpiresAt(at) })
	return goja.Undefined()
}

// sessionSetCookieMode shows the mode in event.session.cookie at once (contract 3.3).
func sessionSetCookieMode(x *execution, call goja.FunctionCall) goja.Value {
	mode := ""
	if v := call.Argument(0); v.ToBoolean() {
		mode = text(v)
	}
	x.enter(func() error { return x.api.Session.SetCookieMode(mode) })
	x.remake(memberSession, "cookie")
	return goja.Undefined()
}

// notImplemented is what Auth0's members do whose feature is switched off for the tenant (contract 3.3).
func notImplemented(x *execution, _ goja.FunctionCall) goja.Value {
	panic(x.newError("Error", "Method not implemented."))
}

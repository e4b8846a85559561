package actions

import (
	"example.com/keepsake/hooks"
	"github.com/dop251/goja"
)

func authenticationRecordMethod(x *execution, call goja.FunctionCall) goja.Value {
	method := reasonArgument(call.Argument(0))
	x.enter(func() error { return x.api.Authentication.RecordMethod(method) })
	x.remake(memberAuthentication, "methods")
	return x.apiObject
}

func authenticationSetPrimaryUser(x *execution, call goja.FunctionCall) goja.Value {
	id := metadataArgument(call.Argument(0))
	x.enter(func() error { return x.api.Authentication.SetPrimaryUser(id) })
	return goja.Undefined()
}

func multifactorEnable(x *execution, call goja.FunctionCall) goja.Value {
	m := hooks.Multifactor{Provider: reasonArgument(call.Argument(0)), AllowRememberBrowser: true}
	options := call.Argument(1)
	if allow := member(options, "allowRememberBrowser"); !goja.IsUndefined(allow) {
		m.AllowRememberBrowser = allow.ToBoolean()
	}
	if more, ok := x.export(member(options, "providerOptions")); ok {
		m.ProviderOptions, _ = more.(map[string]any)
	}
	x.enter(func() error { return x.api.Multifactor.Enable(m) })
	return x.apiObject
}

func rulesWasExecuted(x *execution, call goja.FunctionCall) goja.Value {
	id := text(call.Argument(0))
	return x.rt.ToValue(x.api.Rules.WasExecuted(id))
}

func validationError(x *execution, call goja.FunctionCall) goja.Value {
	code, message := x.textArgument("errorCode", call.Argument(0)), x.textArgument("errorMessage", call.Argument(1))
	x.enter(func() error { return x.api.Validation.Error(code, message) })
	return x.apiObject
}

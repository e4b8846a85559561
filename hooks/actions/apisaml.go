package actions

import (
	"strings"

	"example.com/keepsake/hooks"
	"github.com/dop251/goja"
)

// samlFunctions are the setters of api.samlResponse: one for each of hooks.SAMLSettings, and setAttribute.
func samlFunctions() functions {
	fs := functions{"setAttribute": samlSetAttribute}
	for _, name := range hooks.SAMLSettings() {
		fs["set"+strings.ToUpper(name[:1])+name[1:]] = func(x *execution, call goja.FunctionCall) goja.Value {
			value, present := x.jsonArgument(call.Argument(0))
			if present { // undefined leaves the setting as it is
				x.enter(func() error { return x.api.SAMLResponse.Configure(name, value) })
			}
			return x.apiObject
		}
	}
	return fs
}

func samlSetAttribute(x *execution, call goja.FunctionCall) goja.Value {
	name := metadataArgument(call.Argument(0))
	value, _ := x.jsonArgument(call.Argument(1))
	x.enter(func() error { return x.api.SAMLResponse.SetAttribute(name, value) })
	return x.apiObject
}

// jsonArgument is a value that is checked as JSON is. What JSON has no text for, but for undefined, is of no type that passes.
func (x *execution) jsonArgument(v goja.Value) (any, bool) {
	if goja.IsUndefined(v) {
		return nil, false
	}
	value, present := x.export(v)
	if !present {
		return notConverted{}, true
	}
	return value, true
}

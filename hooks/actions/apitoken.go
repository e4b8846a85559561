package actions

import (
	"example.com/keepsake/hooks"
	"github.com/dop251/goja"
)

func accessDeny(x *execution, call goja.FunctionCall) goja.Value {
	reason := reasonArgument(call.Argument(0))
	x.enter(func() error {
		x.api.Access.Deny(reason)
		return nil
	})
	return x.apiObject
}

// claims is what api.accessToken and api.idToken have in common.
type claims interface {
	SetCustomClaim(name string, value any) error
	DeleteClaim(name string)
}

func accessTokenSetCustomClaim(x *execution, call goja.FunctionCall) goja.Value {
	return x.setCustomClaim(x.api.AccessToken, call)
}

func idTokenSetCustomClaim(x *execution, call goja.FunctionCall) goja.Value {
	return x.setCustomClaim(x.api.IDToken, call)
}

func (x *execution) setCustomClaim(to claims, call goja.FunctionCall) goja.Value {
	name := text(call.Argument(0))
	value, present := x.export(call.Argument(1))
	x.enter(func() error {
		if present || name == "scope" {
			return to.SetCustomClaim(name, value)
		}
		to.DeleteClaim(name)
		return nil
	})
	return x.apiObject
}

func accessTokenAddScope(x *execution, call goja.FunctionCall) goja.Value {
	return x.changeScope(x.api.AccessToken.AddScope, call)
}

func accessTokenRemoveScope(x *execution, call goja.FunctionCall) goja.Value {
	return x.changeScope(x.api.AccessToken.RemoveScope, call)
}

func (x *execution) changeScope(change func(any) error, call goja.FunctionCall) goja.Value {
	scope := metadataArgument(call.Argument(0))
	x.enter(func() error { return change(scope) })
	return goja.Undefined()
}

func userSetAppMetadata(x *execution, call goja.FunctionCall) goja.Value {
	return x.setUserMetadata(x.api.User.SetAppMetadata, call)
}

func userSetUserMetadata(x *execution, call goja.FunctionCall) goja.Value {
	return x.setUserMetadata(x.api.User.SetUserMetadata, call)
}

// setUserMetadata records a change of the user. undefined changes nothing: it is no JSON, and only null deletes.
func (x *execution) setUserMetadata(set func(string, any) error, call goja.FunctionCall) goja.Value {
	key := text(call.Argument(0))
	value, present := x.export(call.Argument(1))
	if present {
		x.enter(func() error { return set(key, value) })
	}
	return x.apiObject
}

var _ = []claims{hooks.AccessTokenAPI{}, hooks.IDTokenAPI{}}

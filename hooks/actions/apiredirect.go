package actions

import (
	"errors"
	"fmt"
	"math"
	"time"

	"example.com/keepsake/hooks"
	"example.com/keepsake/hooks/sessiontoken"
	"github.com/dop251/goja"
)

// tokenParameter is where a session token is when validateToken is not told.
const tokenParameter = "session_token"

func redirectCanRedirect(x *execution, _ goja.FunctionCall) goja.Value {
	var can bool
	x.enter(func() error {
		can = x.api.Redirect.CanRedirect()
		return nil
	})
	return x.rt.ToValue(can)
}

// redirectSendUserTo is sendUserTo(url, {query}). As in URLSearchParams.set, a value is what String(value) makes of it.
func redirectSendUserTo(x *execution, call goja.FunctionCall) goja.Value {
	target := text(call.Argument(0))
	var query []hooks.Parameter
	if values, ok := memberOf(call.Argument(1), "query").(*goja.Object); ok {
		for _, name := range values.Keys() {
			query = append(query, hooks.Parameter{Name: name, Value: text(values.Get(name))})
		}
	}
	x.enter(func() error { return x.api.Redirect.SendUserTo(target, query...) })
	return x.apiObject
}

// redirectEncodeToken is encodeToken({secret, payload, expiresInSeconds}).
func redirectEncodeToken(x *execution, call goja.FunctionCall) goja.Value {
	options := call.Argument(0)
	secret, lifetime := secretOf(options), sessiontoken.DefaultLifetime
	if v := memberOf(options, "expiresInSeconds"); !isNothing(v) {
		lifetime = x.secondsArgument(v)
	}
	exported, _ := x.export(memberOf(options, "payload"))
	payload, _ := exported.(map[string]any)
	var token string
	x.enter(func() (err error) {
		token, err = sessiontoken.Encode(secret, sessiontoken.Standard{
			Issuer: x.event.Request.Hostname, Subject: x.event.User.UserID, IP: x.event.Request.IP,
			IssuedAt: x.api.Now(), Lifetime: lifetime,
		}, payload)
		return err
	})
	return x.rt.ToValue(token)
}

// secondsArgument is a length of time in seconds, which may be negative. Whole seconds count: a token knows no others.
func (x *execution) secondsArgument(v goja.Value) time.Duration {
	if !goja.IsNumber(v) || !(math.Abs(v.ToFloat()) <= maxTokenSeconds) { // so that NaN is refused too
		panic(x.rt.NewTypeError("The expiresInSeconds must be a number of seconds."))
	}
	return time.Duration(v.ToFloat()) * time.Second
}

// maxTokenSeconds keeps a token's lifetime within what a time.Duration holds: a hundred years.
const maxTokenSeconds = 100 * 366 * 24 * 60 * 60

// redirectValidateToken is validateToken({secret, tokenParameterName}). The token is looked for in the query string and in the
// body, which wins.
func redirectValidateToken(x *execution, call goja.FunctionCall) goja.Value {
	options := call.Argument(0)
	secret, parameter := secretOf(options), tokenParameter
	if v := memberOf(options, "tokenParameterName"); !isNothing(v) && v.ToBoolean() {
		parameter = text(v)
	}
	var claims map[string]any
	x.enter(func() (err error) {
		token := x.continueParameter(parameter)
		if token == "" {
			return fmt.Errorf("There is no parameter called '%s' available in either the POST body or query string.", parameter)
		}
		claims, err = sessiontoken.Validate(secret, token, sessiontoken.Expected{
			Issuer: x.event.Request.Hostname, Subject: x.event.User.UserID, State: x.continueParameter("state"), Now: x.api.Now(),
		})
		if err != nil && !errors.Is(err, sessiontoken.ErrSecret) {
			return fmt.Errorf("The session token is invalid: %w", err)
		}
		return err
	})
	return builder{rt: x.rt}.anyMap(claims).Object
}

// continueParameter is a parameter of the request with which the browser came back; "" for none, and for one that is repeated.
func (x *execution) continueParameter(name string) string {
	for _, from := range []map[string]any{x.event.Request.Body, x.event.Request.Query} {
		if v, ok := from[name]; ok {
			s, _ := v.(string)
			return s
		}
	}
	return ""
}

// secretOf is the secret option: a string, else nothing, which is refused where it is used.
func secretOf(options goja.Value) string {
	if v := memberOf(options, "secret"); goja.IsString(v) {
		return v.String()
	}
	return ""
}

// memberOf is v?.name: undefined when v is no object or has no such member.
func memberOf(v goja.Value, name string) goja.Value {
	if o, ok := v.(*goja.Object); ok {
		if member := o.Get(name); member != nil {
			return member
		}
	}
	return goja.Undefined()
}

func isNothing(v goja.Value) bool { return v == nil || goja.IsUndefined(v) || goja.IsNull(v) }

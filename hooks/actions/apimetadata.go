package actions

import (
	"reflect"

	"github.com/dop251/goja"
)

// metadata is what api.refreshToken and api.session have in common.
type metadata interface {
	SetMetadata(key, value any) error
	DeleteMetadata(key string) error
	EvictMetadata() error
}

// change makes a change of metadata and shows it in the event of this same run (contract 1.6), if the event has that part.
func (x *execution) change(part string, fn func() error) goja.Value {
	x.enter(fn)
	x.remake(part, memberMetadata)
	return goja.Undefined()
}

var lazyType = reflect.TypeFor[*lazyObject]()

// remake forgets event[part][name], so that it is made anew when it is asked for. An object that the Action has put in the
// place of the event's own is the Action's, and must not be exported: that would copy it, however large it says it is.
func (x *execution) remake(part, name string) {
	if o, ok := x.eventObject.Export().(*lazyObject).own[part].(*goja.Object); ok && o.ExportType() == lazyType {
		o.Export().(*lazyObject).forget(name)
	}
}

func (x *execution) set(api metadata, member string, call goja.FunctionCall) goja.Value {
	key, value := metadataArgument(call.Argument(0)), metadataArgument(call.Argument(1))
	return x.change(member, func() error { return api.SetMetadata(key, value) })
}

func (x *execution) remove(api metadata, member string, call goja.FunctionCall) goja.Value {
	key, _ := keyArgument(call.Argument(0))
	return x.change(member, func() error { return api.DeleteMetadata(key) })
}

const (
	memberAuthentication = "authentication"
	memberRequest        = "request"
	memberRefreshToken   = "refresh_token"
	memberSession        = "session"
	memberTransaction    = "transaction"
	memberMetadata       = "metadata" // of the last three
)

func refreshTokenSetMetadata(x *execution, call goja.FunctionCall) goja.Value {
	return x.set(x.api.RefreshToken, memberRefreshToken, call)
}

func refreshTokenDeleteMetadata(x *execution, call goja.FunctionCall) goja.Value {
	return x.remove(x.api.RefreshToken, memberRefreshToken, call)
}

func refreshTokenEvictMetadata(x *execution, _ goja.FunctionCall) goja.Value {
	return x.change(memberRefreshToken, x.api.RefreshToken.EvictMetadata)
}

func sessionSetMetadata(x *execution, call goja.FunctionCall) goja.Value {
	return x.set(x.api.Session, memberSession, call)
}

func sessionDeleteMetadata(x *execution, call goja.FunctionCall) goja.Value {
	return x.remove(x.api.Session, memberSession, call)
}

func sessionEvictMetadata(x *execution, _ goja.FunctionCall) goja.Value {
	return x.change(memberSession, x.api.Session.EvictMetadata)
}

func refreshTokenRevoke(x *execution, call goja.FunctionCall) goja.Value {
	reason := x.textArgument("message", call.Argument(0))
	x.enter(func() error { return x.api.RefreshToken.Revoke(reason) })
	return goja.Undefined()
}

func refreshTokenSetExpiresAt(x *execution, call goja.FunctionCall) goja.Value {
	at := timeArgument(call.Argument(0))
	x.enter(func() error { return x.api.RefreshToken.SetExpiresAt(at) })
	return goja.Undefined()
}

func refreshTokenSetIdleExpiresAt(x *execution, call goja.FunctionCall) goja.Value {
	at := timeArgument(call.Argument(0))
	x.enter(func() error { return x.api.RefreshToken.SetIdleExpiresAt(at) })
	return goja.Undefined()
}

func transactionSetMetadata(x *execution, call goja.FunctionCall) goja.Value {
	key, value := metadataArgument(call.Argument(0)), scalarArgument(call.Argument(1))
	return x.change(memberTransaction, func() error { return x.api.Transaction.SetMetadata(key, value) })
}

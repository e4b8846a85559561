package actions

import (
	"example.com/keepsake/models"
	"github.com/dop251/goja"
)

// metadata is what api.refreshToken and api.session have in common.
type metadata interface {
	SetMetadata(key, value any) error
	DeleteMetadata(key string) error
	EvictMetadata() error
}

// change makes a change of metadata and shows it in the event of this same run (contract 1.6): member.metadata is
// replaced by the new map, if the event has that member.
func (x *execution) change(member string, current func() models.Metadata, fn func() error) goja.Value {
	var now models.Metadata
	x.enter(func() error {
		if err := fn(); err != nil {
			return err
		}
		now = current()
		return nil
	})
	if now != nil {
		x.showMetadata(member, builder{x.rt}.stringMap(now).Object)
	}
	return goja.Undefined()
}

func (x *execution) showMetadata(member string, metadata *goja.Object) {
	if o, ok := x.eventObject.Get(member).(*goja.Object); ok {
		if err := o.Set("metadata", metadata); err != nil {
			panic(err) // a setter or a frozen object of the Action's
		}
	}
}

func (x *execution) refreshTokenMetadata() models.Metadata {
	if x.event.RefreshToken == nil {
		return nil
	}
	return x.event.RefreshToken.Metadata
}

func (x *execution) sessionMetadata() models.Metadata {
	if x.event.Session == nil {
		return nil
	}
	return x.event.Session.Metadata
}

func (x *execution) set(api metadata, member string, current func() models.Metadata, call goja.FunctionCall) goja.Value {
	key, value := metadataArgument(call.Argument(0)), metadataArgument(call.Argument(1))
	return x.change(member, current, func() error { return api.SetMetadata(key, value) })
}

func (x *execution) remove(api metadata, member string, current func() models.Metadata, call goja.FunctionCall) goja.Value {
	key, _ := keyArgument(call.Argument(0))
	return x.change(member, current, func() error { return api.DeleteMetadata(key) })
}

const (
	memberRequest      = "request"
	memberRefreshToken = "refresh_token"
	memberSession      = "session"
	memberTransaction  = "transaction"
)

func refreshTokenSetMetadata(x *execution, call goja.FunctionCall) goja.Value {
	return x.set(x.api.RefreshToken, memberRefreshToken, x.refreshTokenMetadata, call)
}

func refreshTokenDeleteMetadata(x *execution, call goja.FunctionCall) goja.Value {
	return x.remove(x.api.RefreshToken, memberRefreshToken, x.refreshTokenMetadata, call)
}

func refreshTokenEvictMetadata(x *execution, _ goja.FunctionCall) goja.Value {
	return x.change(memberRefreshToken, x.refreshTokenMetadata, x.api.RefreshToken.EvictMetadata)
}

func sessionSetMetadata(x *execution, call goja.FunctionCall) goja.Value {
	return x.set(x.api.Session, memberSession, x.sessionMetadata, call)
}

func sessionDeleteMetadata(x *execution, call goja.FunctionCall) goja.Value {
	return x.remove(x.api.Session, memberSession, x.sessionMetadata, call)
}

func sessionEvictMetadata(x *execution, _ goja.FunctionCall) goja.Value {
	return x.change(memberSession, x.sessionMetadata, x.api.Session.EvictMetadata)
}

func refreshTokenRevoke(x *execution, call goja.FunctionCall) goja.Value {
	reason := reasonArgument(call.Argument(0))
	x.enter(func() error { return x.api.RefreshToken.Revoke(reason) })
	return goja.Undefined()
}

func refreshTokenSetExpiresAt(x *execution, call goja.FunctionCall) goja.Value {
	at := x.timeArgument(call.Argument(0))
	x.enter(func() error { return x.api.RefreshToken.SetExpiresAt(at) })
	return goja.Undefined()
}

func refreshTokenSetIdleExpiresAt(x *execution, call goja.FunctionCall) goja.Value {
	at := x.timeArgument(call.Argument(0))
	x.enter(func() error { return x.api.RefreshToken.SetIdleExpiresAt(at) })
	return goja.Undefined()
}

func transactionSetMetadata(x *execution, call goja.FunctionCall) goja.Value {
	key, value := metadataArgument(call.Argument(0)), scalarArgument(call.Argument(1))
	var now map[string]any
	x.enter(func() error {
		if err := x.api.Transaction.SetMetadata(key, value); err != nil {
			return err
		}
		now = x.event.Transaction.Metadata
		return nil
	})
	x.showMetadata(memberTransaction, builder{x.rt}.anyMap(now).Object)
	return goja.Undefined()
}

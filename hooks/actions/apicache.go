package actions

import (
	"math"

	"example.com/keepsake/hooks"
	"github.com/dop251/goja"
)

func cacheGet(x *execution, call goja.FunctionCall) goja.Value {
	if !goja.IsString(call.Argument(0)) {
		return goja.Undefined() // no key is anything else
	}
	key := call.Argument(0).String()
	var record hooks.CacheRecord
	var found bool
	x.enter(func() error {
		record, found = x.api.Cache.Get(key)
		return nil
	})
	if !found {
		return goja.Undefined()
	}
	return x.cacheRecord(record).Object
}

func cacheSet(x *execution, call goja.FunctionCall) goja.Value {
	key, value := x.bufferText(call.Argument(0)), x.bufferText(call.Argument(1))
	options := call.Argument(2)
	expiry := hooks.CacheExpiry{TTL: expiryOption(options, "ttl"), ExpiresAt: expiryOption(options, "expires_at")}
	var record hooks.CacheRecord
	var code hooks.CacheCode
	x.enter(func() error {
		record, code = x.api.Cache.Set(key, value, expiry)
		return nil
	})
	if code != "" {
		return x.cacheResult(code).Object
	}
	o := x.cacheResult("")
	o.child("record", x.cacheRecord(record))
	return o.Object
}

// expiryOption is a number of milliseconds; what is there and no number is one that no cache takes.
func expiryOption(options goja.Value, name string) *float64 {
	v := member(options, name)
	if goja.IsUndefined(v) {
		return nil
	}
	ms := math.NaN()
	if goja.IsNumber(v) {
		ms = v.ToFloat()
	}
	return &ms
}

func cacheDelete(x *execution, call goja.FunctionCall) goja.Value {
	code := hooks.CacheKeyDoesNotExist
	if key := call.Argument(0); goja.IsString(key) {
		name := key.String()
		x.enter(func() error {
			code = x.api.Cache.Delete(name)
			return nil
		})
	}
	return x.cacheResult(code).Object
}

// cacheResult is what set and delete return; no code: it worked.
func (x *execution) cacheResult(code hooks.CacheCode) object {
	o := x.builder().object()
	if code == "" {
		o.text("type", "success")
		return o
	}
	o.text("type", "error")
	o.text("code", string(code))
	return o
}

func (x *execution) cacheRecord(r hooks.CacheRecord) object {
	o := x.builder().object()
	o.text("value", r.Value)
	o.put("expires_at", x.rt.ToValue(r.ExpiresAt))
	return o
}

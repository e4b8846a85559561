package actions

import (
	"math"
	"strconv"

	"example.com/keepsake/hooks"
	"github.com/dop251/goja"
)

// notConverted stands for an argument that is of no type that hooks.API takes: it refuses it with Auth0's message.
type notConverted struct{}

// metadataArgument passes a string on as a string and null as nil. Everything else, undefined above all, is refused: there
// is no conversion anywhere (contract 1.3).
func metadataArgument(v goja.Value) any {
	switch {
	case goja.IsNull(v):
		return nil
	case goja.IsString(v):
		return v.String()
	}
	return notConverted{}
}

// scalarArgument is metadataArgument with numbers and booleans.
func scalarArgument(v goja.Value) any {
	if _, isObject := v.(*goja.Object); isObject {
		return notConverted{}
	}
	switch n := v.Export().(type) {
	case int64, float64, bool:
		return n
	}
	return metadataArgument(v)
}

// keyArgument is a key for the delete methods, which look it up with JavaScript's in. It reports false for one that can't
// be there: undefined, null, "", an object.
func keyArgument(v goja.Value) (string, bool) {
	if _, isObject := v.(*goja.Object); isObject || goja.IsUndefined(v) || goja.IsNull(v) {
		return "", false
	}
	s := v.String()
	return s, s != ""
}

// reasonArgument is a reason for the user: a string; nothing when it is left out.
func reasonArgument(v goja.Value) string {
	if goja.IsUndefined(v) || goja.IsNull(v) {
		return ""
	}
	return v.String()
}

// timeArgument is a time in milliseconds. What JavaScript counts as false is 0, and what is no number infinite: hooks.API has
// Auth0's messages for both.
func timeArgument(v goja.Value) float64 {
	switch {
	case !v.ToBoolean():
		return 0
	case !goja.IsNumber(v):
		return math.Inf(1)
	}
	return v.ToFloat()
}

// textArgument is an argument that the reference implementation validates as a string called name; parent is the name of what
// it is a member of. The errors are Auth0's.
func (x *execution) textArgument(name string, v goja.Value) string {
	switch {
	case goja.IsUndefined(v):
		panic(x.newError("Error", " must have required property '"+name+"'"))
	case !goja.IsString(v):
		panic(x.newError("Error", name+" must be string"))
	}
	return v.String()
}

// member is options?.name: undefined without options. It may run JavaScript, as the member may be a getter.
func member(options goja.Value, name string) goja.Value {
	if o, ok := options.(*goja.Object); ok {
		if v := o.Get(name); v != nil {
			return v
		}
	}
	return goja.Undefined()
}

// bufferText is a string that Node.js measures with Buffer.byteLength, which throws for anything else.
func (x *execution) bufferText(v goja.Value) string {
	if !goja.IsString(v) {
		panic(x.rt.NewTypeError("The \"string\" argument must be of type string or an instance of Buffer or ArrayBuffer. Received %s", received(v)))
	}
	return v.String()
}

// received describes a value as Node.js does in such errors.
func received(v goja.Value) string {
	switch {
	case goja.IsUndefined(v), goja.IsNull(v):
		return v.String()
	case goja.IsBigInt(v):
		return "type bigint (" + v.String() + "n)"
	}
	if symbol, ok := v.(*goja.Symbol); ok {
		return "type symbol (Symbol(" + symbol.String() + "))"
	}
	if _, isObject := v.(*goja.Object); !isObject {
		if _, isBool := v.Export().(bool); isBool {
			return "type boolean (" + v.String() + ")"
		}
		return "type number (" + v.String() + ")"
	}
	if _, isFunction := goja.AssertFunction(v); isFunction {
		return "function"
	}
	return "an instance of Object"
}

// maxListArgument is how many strings a list may have that is read from JavaScript. hooks.API has lower limits of its own.
const maxListArgument = 10000

// listArgument is a list of strings that must not be empty; anything else is an error that names the parameter.
func (x *execution) listArgument(parameter string, v goja.Value) []string {
	wrong := func() *goja.Object {
		return x.newError("Error", `The "`+parameter+`" parameter must be a non-empty array of strings.`)
	}
	o, ok := v.(*goja.Object)
	if !ok || o.ClassName() != "Array" {
		panic(wrong())
	}
	length := lengthOf(o)
	if length == 0 {
		panic(wrong())
	}
	list := make([]string, 0, min(length, maxListArgument))
	for i := range min(length, maxListArgument) {
		item := o.Get(strconv.FormatInt(i, 10))
		if item == nil || !goja.IsString(item) {
			panic(wrong())
		}
		list = append(list, item.String())
	}
	return list
}

// pagingArgument is { take, from } of a listing; both may be left out, and so may the whole.
func (x *execution) pagingArgument(v goja.Value) hooks.Paging {
	if goja.IsNull(v) {
		panic(x.rt.NewTypeError("Cannot destructure property 'from' of 'object null' as it is null."))
	}
	var p hooks.Paging
	if from := member(v, "from"); !goja.IsUndefined(from) {
		if !goja.IsString(from) {
			panic(x.newError("Error", `The "from" parameter must be a string if provided.`))
		}
		p.From = from.String()
	}
	if take := member(v, "take"); !goja.IsUndefined(take) {
		n := math.NaN()
		if goja.IsNumber(take) {
			n = take.ToFloat()
		}
		if !(n > 0 && n == math.Trunc(n)) || math.IsInf(n, 0) {
			panic(x.newError("Error", `The "take" parameter must be a positive integer if provided.`))
		}
		p.Take = int(min(n, hooks.MaxTake))
	}
	return p
}

package actions

import (
	"slices"
	"time"

	"github.com/dop251/goja"
)

// field is one member of an object of the event whose members are made one by one, when an Action asks for them: the object
// is large, and most Actions read one or two members of it.
type field[T any] struct {
	name string
	// has reports whether the member is there; nil: always.
	has   func(*T) bool
	value func(builder, *T) goja.Value
	// lookup is in the place of value for what may fail; its error is thrown.
	lookup func(builder, *T) (goja.Value, error)
}

// lazily makes such an object of v, a part of the event. v belongs to Go, so that it is read through enter.
func lazily[T any](x *execution, fields []field[T], v *T) *goja.Object {
	names := make([]string, 0, len(fields))
	for i := range fields {
		if has := fields[i].has; has == nil || has(v) {
			names = append(names, fields[i].name)
		}
	}
	return x.rt.NewDynamicObject(&lazyObject{names: names, make: func(name string) (made goja.Value) {
		i := slices.IndexFunc(fields, func(f field[T]) bool { return f.name == name })
		x.enter(func() (err error) {
			if find := fields[i].lookup; find != nil {
				made, err = find(x.builder(), v)
			} else {
				made = fields[i].value(x.builder(), v)
			}
			return err
		})
		return made
	}})
}

// textField is a string that is always there; optionalField one that is left out when it is empty.
func textField[T any](name string, get func(*T) string) field[T] {
	return field[T]{name: name, value: func(b builder, v *T) goja.Value { return b.rt.ToValue(get(v)) }}
}

func optionalField[T any](name string, get func(*T) string) field[T] {
	f := textField(name, get)
	f.has = func(v *T) bool { return get(v) != "" }
	return f
}

func flagField[T any](name string, get func(*T) bool) field[T] {
	return field[T]{name: name, value: func(b builder, v *T) goja.Value { return b.rt.ToValue(get(v)) }}
}

// timeField is a time as Date.prototype.toISOString writes it, left out when it is zero.
func timeField[T any](name string, get func(*T) time.Time) field[T] {
	return field[T]{
		name:  name,
		has:   func(v *T) bool { return !get(v).IsZero() },
		value: func(b builder, v *T) goja.Value { return b.rt.ToValue(isoTime(get(v))) },
	}
}

func objectField[T any](name string, get func(builder, *T) object) field[T] {
	return field[T]{name: name, value: func(b builder, v *T) goja.Value { return get(b, v).Object }}
}

func textsField[T any](name string, get func(*T) []string) field[T] {
	return field[T]{name: name, value: func(b builder, v *T) goja.Value { return b.texts(get(v)) }}
}

func optionalTextsField[T any](name string, get func(*T) []string) field[T] {
	f := textsField(name, get)
	f.has = func(v *T) bool { return len(get(v)) > 0 }
	return f
}

package actions

import (
	"slices"

	"github.com/dop251/goja"
)

// lazyObject is an object whose members are made when they are asked for: making all of api's functions for every
// execution would cost more than the rest of the execution. To an Action it looks like any other object: its members can
// be listed, replaced and deleted.
type lazyObject struct {
	names []string // shared, never changed
	make  func(name string) goja.Value
	own   map[string]goja.Value // made or assigned; nil for a deleted one
	added []string              // names that the Action added
}

// Get implements goja.DynamicObject.
func (o *lazyObject) Get(name string) goja.Value {
	if v, ok := o.own[name]; ok {
		return v
	}
	if !slices.Contains(o.names, name) {
		return nil
	}
	v := o.make(name)
	o.put(name, v)
	return v
}

func (o *lazyObject) put(name string, v goja.Value) {
	if o.own == nil {
		o.own = make(map[string]goja.Value)
	}
	o.own[name] = v
}

// forget takes a member back to how it was at first: it is made when it is asked for, whatever the Action did to it.
func (o *lazyObject) forget(name string) { delete(o.own, name) }

// Set implements goja.DynamicObject.
func (o *lazyObject) Set(name string, v goja.Value) bool {
	if !slices.Contains(o.names, name) && !slices.Contains(o.added, name) {
		o.added = append(o.added, name)
	}
	o.put(name, v)
	return true
}

// Has implements goja.DynamicObject.
func (o *lazyObject) Has(name string) bool {
	if v, ok := o.own[name]; ok {
		return v != nil
	}
	return slices.Contains(o.names, name)
}

// Delete implements goja.DynamicObject.
func (o *lazyObject) Delete(name string) bool {
	o.added = slices.DeleteFunc(o.added, func(s string) bool { return s == name })
	o.put(name, nil)
	return true
}

// Keys implements goja.DynamicObject.
func (o *lazyObject) Keys() []string {
	keys := make([]string, 0, len(o.names)+len(o.added))
	for _, name := range o.names {
		if o.Has(name) {
			keys = append(keys, name)
		}
	}
	return append(keys, o.added...)
}

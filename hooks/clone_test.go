package hooks

import (
	"reflect"
	"testing"
)

// Every map, slice and pointer of an Outcome that a hook changes in place must be in the clone's own hands. A field that is new, or
// new in what an Outcome holds, has to be added to clone, or here if a hook only ever replaces it.
func TestACloneSharesNothingThatAHookChanges(t *testing.T) {
	t.Parallel()
	replaced := map[string]bool{
		"Results":     true, // appended to by the chain, between hooks
		"Multifactor": true, // the last call counts
	}
	var o Outcome
	fill(reflect.ValueOf(&o).Elem())
	c := o.clone()
	if !reflect.DeepEqual(o, c) {
		t.Errorf("the clone is %+v, want %+v", c, o)
	}
	original, clone := reflect.ValueOf(o), reflect.ValueOf(c)
	for i := range original.NumField() {
		name := original.Type().Field(i).Name
		if !replaced[name] {
			compare(t, name, original.Field(i), clone.Field(i))
		}
	}
}

// fill puts one entry into every map and slice, and a value behind every pointer.
func fill(v reflect.Value) {
	switch v.Kind() {
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		v.SetMapIndex(reflect.Zero(v.Type().Key()), reflect.Zero(v.Type().Elem()))
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 8))
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem())
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Field(i).CanSet() {
				fill(v.Field(i))
			}
		}
	}
}

// compare fails for what both have in common.
func compare(t *testing.T, name string, a, b reflect.Value) {
	switch a.Kind() {
	case reflect.Map, reflect.Slice:
		if a.Pointer() == b.Pointer() {
			t.Errorf("%s is shared", name)
		}
	case reflect.Pointer:
		if a.Pointer() == b.Pointer() {
			t.Errorf("%s is shared", name)
		}
	case reflect.Struct:
		for i := range a.NumField() {
			if a.Type().Field(i).IsExported() {
				compare(t, name+"."+a.Type().Field(i).Name, a.Field(i), b.Field(i))
			}
		}
	}
}

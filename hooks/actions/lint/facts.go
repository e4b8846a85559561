package lint

import (
	"maps"
	"strings"

	"example.com/keepsake/hooks/actions/types"
)

// facts is what conditions have ruled out, by the key of a value.
type facts map[string]fact

type fact struct {
	not  types.Kinds // kinds that it does not have
	only types.Kinds // kinds of which it has one; 0: any
}

// apply narrows what is known about a value to what the facts leave.
func (f facts) apply(v value) value {
	known, ok := f[v.key]
	if !ok || v.key == "" {
		return v
	}
	if known.only != 0 {
		if v.kinds&anything != 0 {
			v.kinds = known.only
		} else if left := v.kinds & known.only; left != 0 {
			v.kinds = left
		}
	}
	return v.without(known.not)
}

// with returns the facts and one more.
func (f facts) with(key string, more fact) facts {
	if key == "" {
		return f
	}
	next := maps.Clone(f)
	if next == nil {
		next = make(facts)
	}
	have := next[key]
	have.not |= more.not
	switch {
	case more.only == 0:
	case have.only == 0:
		have.only = more.only
	case have.only&more.only != 0:
		have.only &= more.only
	}
	next[key] = have
	return next
}

// defined says that a value is neither undefined nor null, and so that what it is a member of is neither.
func (f facts) defined(key string) facts {
	for ; key != ""; key = parent(key) {
		f = f.with(key, fact{not: nullish})
	}
	return f
}

func parent(key string) string {
	i := strings.LastIndexByte(key, '.')
	if i < 0 {
		return ""
	}
	return key[:i]
}

// both keeps what holds on either of two ways.
func both(a, b facts) facts {
	out := make(facts)
	for key, x := range a {
		y, ok := b[key]
		if !ok {
			continue
		}
		common := fact{not: x.not & y.not}
		if x.only != 0 && y.only != 0 {
			common.only = x.only | y.only
		}
		if common != (fact{}) {
			out[key] = common
		}
	}
	return out
}

package actions

import (
	"example.com/keepsake/models"
	"github.com/dop251/goja"
)

// promptRender is render(id, {fields, vars}).
func promptRender(x *execution, call goja.FunctionCall) goja.Value {
	id := ""
	if v := call.Argument(0); goja.IsString(v) {
		id = v.String()
	}
	fields, vars := x.exportMap(memberOf(call.Argument(1), "fields")), x.exportMap(memberOf(call.Argument(1), "vars"))
	x.enter(func() error { return x.api.Prompt.Render(id, fields, vars) })
	return goja.Undefined()
}

// exportMap exports an object; nil for anything else.
func (x *execution) exportMap(v goja.Value) map[string]any {
	exported, _ := x.export(v)
	m, _ := exported.(map[string]any)
	return m
}

func challengeWith(x *execution, call goja.FunctionCall) goja.Value {
	return x.requestFactor(models.FactorChallenge, call)
}

func challengeWithAny(x *execution, call goja.FunctionCall) goja.Value {
	return x.requestAnyFactor(models.FactorChallenge, call)
}

func enrollWith(x *execution, call goja.FunctionCall) goja.Value {
	return x.requestFactor(models.FactorEnroll, call)
}

func enrollWithAny(x *execution, call goja.FunctionCall) goja.Value {
	return x.requestAnyFactor(models.FactorEnroll, call)
}

// requestFactor is challengeWith and enrollWith: (factor, {additionalFactors}).
func (x *execution) requestFactor(mode models.FactorMode, call goja.FunctionCall) goja.Value {
	r := models.FactorRequest{Mode: mode, Factors: []models.Factor{x.factor(call.Argument(0))}}
	r.Factors = append(r.Factors, x.factors(memberOf(call.Argument(1), "additionalFactors"))...)
	return x.requestFactors(r)
}

// requestAnyFactor is challengeWithAny and enrollWithAny: ([factor, …]).
func (x *execution) requestAnyFactor(mode models.FactorMode, call goja.FunctionCall) goja.Value {
	return x.requestFactors(models.FactorRequest{Mode: mode, Any: true, Factors: x.factors(call.Argument(0))})
}

func (x *execution) requestFactors(r models.FactorRequest) goja.Value {
	x.enter(func() error { return x.api.Authentication.RequestFactors(r) })
	return goja.Undefined()
}

// factor reads {type, options}. What is no such object has no type, which is refused later.
func (x *execution) factor(v goja.Value) models.Factor {
	f := models.Factor{Options: x.exportMap(memberOf(v, "options"))}
	if kind := memberOf(v, "type"); goja.IsString(kind) {
		f.Type = kind.String()
	}
	return f
}

func (x *execution) factors(v goja.Value) []models.Factor {
	list, ok := v.(*goja.Object)
	if !ok || list.ClassName() != "Array" {
		return nil
	}
	factors := make([]models.Factor, 0, 4)
	for i := range min(lengthOf(list), maxFactors) {
		factors = append(factors, x.factor(list.Get(x.rt.ToValue(i).String())))
	}
	return factors
}

// maxFactors is how many factors of a list are looked at: there are fewer kinds.
const maxFactors = 32

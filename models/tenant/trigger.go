package tenant

import "example.com/keepsake/models"

// triggers reads the section triggers: which Actions run, in which order. Triggers other than post-login are ignored.
func (l *loader) triggers(doc *object) {
	o := doc.child("triggers")
	if o == nil {
		return
	}
	objects, ok := o.children(models.TriggerPostLogin)
	if ok {
		l.postLogin(o, objects)
	}
	for _, f := range o.at.fields {
		if f.value.kind == nothing || f.value.kind == list && len(f.value.items) == 0 { // an export has all triggers
			o.take(f.name)
		}
	}
	o.done()
}

// postLogin reads the bindings of post-login. An empty list unbinds all.
func (l *loader) postLogin(o *object, objects []*object) {
	bindings := make([]models.Binding, 0, len(objects))
	for _, b := range objects {
		name := b.required("action_name")
		binding := models.Binding{ActionName: name.text, DisplayName: b.string("display_name")}
		if binding.DisplayName == "" {
			binding.DisplayName = name.text
		}
		b.done()
		if l.bindable(name) {
			bindings = append(bindings, binding)
		}
	}
	if len(objects) > models.MaxBoundActions {
		n := o.take(models.TriggerPostLogin)
		l.problemf(n, o.key(models.TriggerPostLogin), "%d actions are bound, at most %d are allowed", len(objects), models.MaxBoundActions)
	}
	l.result.Config.PostLogin = bindings
}

// bindable reports whether an Action can be bound, with a problem if not (contract 4.6: only deployed Actions can be bound).
func (l *loader) bindable(name located) bool {
	if name.text == "" {
		return false
	}
	a, ok := l.names.actions[name.text]
	switch {
	case !ok && l.names.skippedActions[name.text]:
		l.problemf(name.at, name.path, "the action %q does not support the trigger %s", name.text, models.TriggerPostLogin)
	case !ok:
		l.problemf(name.at, name.path, "there is no action %q", name.text)
	case !a.Deployed:
		l.problemf(name.at, name.path, "the action %q is not deployed: set deployed to true", name.text)
	default:
		return true
	}
	return false
}

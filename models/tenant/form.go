package tenant

import (
	"path"
	"regexp"
	"strings"

	"example.com/keepsake/models"
)

// formEnd is the node that a form's last step leads to.
const formEnd = "$ending"

// forms reads the section forms, in the shape of Auth0's forms as far as it is simple. As with the Deploy CLI, body is the path of a
// JSON file beside the document; what would be in there may also stand in the section itself.
func (l *loader) forms(doc *object) {
	objects, _ := doc.children("forms")
	seen, ids := make(map[string]*node), make(map[string]*node)
	for _, o := range objects {
		name, id := o.required("name"), o.located("id")
		form := models.Form{ID: id.text, Name: name.text}
		if form.ID == "" {
			form.ID = derivedID(models.PrefixForm, name.text)
		}
		if body := o.located("body"); body.text != "" {
			l.formFile(body, &form)
		} else {
			l.formBody(o, &form)
		}
		for _, known := range []string{"created_at", "updated_at", "submitted_at", "embedded_at"} { // an export has them
			o.take(known)
		}
		o.done()
		if l.unique(seen, "form", name) && l.unique(ids, "form", id) && name.text != "" {
			l.result.Config.Forms = append(l.result.Config.Forms, form)
		}
	}
}

// formFile reads the file of a form. JSON is YAML too.
func (l *loader) formFile(s located, form *models.Form) {
	file := path.Clean(strings.ReplaceAll(s.text, `\`, "/"))
	body := l.codeFile(s, file)
	if body == "" {
		return
	}
	inner := *l
	inner.file, inner.problems, inner.warnings = l.prefix+path.Join(l.dir, file), nil, nil
	inner.text = &text{source: body, body: body}
	root, err := parse(body)
	switch {
	case err != nil:
		inner.syntax(err)
	case inner.expect(root, "", mapping, "a form"):
		o := inner.object(root, s.path)
		for _, known := range []string{"name", "id", "created_at", "updated_at", "submitted_at", "embedded_at"} { // the document has said them
			o.take(known)
		}
		inner.formBody(o, form)
		o.done()
	}
	l.problems, l.warnings = append(l.problems, inner.problems...), append(l.warnings, inner.warnings...)
}

// formBody reads the steps of a form, in the order in which they lead to each other.
func (l *loader) formBody(o *object, form *models.Form) {
	for _, useless := range []string{"languages", "messages", "translations", "style", "links", "social"} {
		o.ignoreKey(useless)
	}
	first := ""
	if start := o.child("start"); start != nil {
		first = start.string("next_node")
		form.Hidden = l.hiddenFields(start)
		start.take("coordinates")
		start.done()
	}
	if ending := o.child("ending"); ending != nil { // the login always goes on
		ending.take("resume_flow")
		ending.take("coordinates")
		ending.done()
	}
	nodes, _ := o.children("nodes")
	if len(nodes) == 0 {
		o.problemf("a form needs nodes: at least one step")
		return
	}
	steps := &formSteps{l: l, fields: make(map[string]*node), next: make(map[string]string), steps: make(map[string]models.FormStep)}
	for _, n := range nodes {
		steps.add(n)
	}
	form.Steps = steps.follow(o, first)
	if len(form.Steps) > models.MaxFormSteps {
		o.problemf("the form has %d steps, at most %d are allowed", len(form.Steps), models.MaxFormSteps)
	}
}

func (l *loader) hiddenFields(start *object) []models.FormHidden {
	objects, _ := start.children("hidden_fields")
	var out []models.FormHidden
	for _, h := range objects {
		key := h.required("key")
		value := ""
		if n := h.take("value"); n != nil {
			value = n.text
		}
		h.done()
		out = append(out, models.FormHidden{Key: key.text, Value: value})
	}
	return out
}

// formSteps collects the nodes of one form.
type formSteps struct {
	l      *loader
	fields map[string]*node // of the whole form, by id
	order  []string
	next   map[string]string
	steps  map[string]models.FormStep
}

func (f *formSteps) add(n *object) {
	id := n.required("id")
	if kind := n.located("type"); kind.text != "STEP" {
		f.l.problemf(kind.at, n.key("type"), "the node type %q is not supported: a form here is steps (STEP) one after another", kind.text)
		for _, known := range []string{"alias", "coordinates", "config"} {
			n.take(known)
		}
		n.done()
		return
	}
	step := models.FormStep{ID: id.text}
	if config := n.child("config"); config != nil {
		f.next[id.text] = config.string("next_node")
		objects, _ := config.children("components")
		for _, c := range objects {
			step.Components = append(step.Components, f.component(c))
		}
		config.done()
	}
	n.take("alias")
	n.take("coordinates")
	n.done()
	if len(step.Components) > models.MaxFormComponents {
		n.problemf("the step has %d components, at most %d are allowed", len(step.Components), models.MaxFormComponents)
	}
	if _, twice := f.steps[id.text]; twice {
		f.l.problemf(id.at, id.path, "there is a second node %q", id.text)
		return
	}
	f.order = append(f.order, id.text)
	f.steps[id.text] = step
}

// follow puts the steps in order. Without a start they are in the order of the document.
func (f *formSteps) follow(o *object, first string) []models.FormStep {
	var out []models.FormStep
	if first == "" {
		for _, id := range f.order {
			out = append(out, f.steps[id])
		}
		return out
	}
	seen := make(map[string]bool)
	for id := first; id != formEnd && id != ""; id = f.next[id] {
		step, ok := f.steps[id]
		switch {
		case !ok:
			o.problemf("next_node: there is no step %q", id)
			return out
		case seen[id]:
			o.problemf("next_node: the steps lead in a circle, back to %q", id)
			return out
		}
		seen[id] = true
		out = append(out, step)
	}
	for _, id := range f.order {
		if !seen[id] {
			f.l.warnf(o.at, o.path, "no step leads to %q", id)
		}
	}
	return out
}

// fieldName is what a field may be called: its name is a key of event.prompt.fields and a part of the page.
var fieldName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

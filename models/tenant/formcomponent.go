package tenant

import (
	"strconv"

	"example.com/keepsake/models"
)

// componentTypes are the components that a page can show, with what reads their config.
var componentTypes = map[models.FormComponentType]func(l *loader, config *object, c *models.FormComponent){
	models.FormText: func(_ *loader, o *object, c *models.FormComponent) {
		c.Multiline = o.flag("multiline", false)
		lengths(o, c)
	},
	models.FormEmail:    func(_ *loader, _ *object, _ *models.FormComponent) {},
	models.FormTel:      func(_ *loader, o *object, c *models.FormComponent) { lengths(o, c) },
	models.FormURL:      func(_ *loader, _ *object, _ *models.FormComponent) {},
	models.FormDate:     func(_ *loader, o *object, _ *models.FormComponent) { o.oneOf("format", "DATE", "DATE") },
	models.FormNumber:   numberConfig,
	models.FormBoolean:  booleanConfig,
	models.FormLegal:    func(_ *loader, o *object, c *models.FormComponent) { c.Content = o.string("text") },
	models.FormChoice:   choiceConfig,
	models.FormDropdown: choiceConfig,
	models.FormRichText: func(_ *loader, o *object, c *models.FormComponent) { c.Content = o.string("content") },
	models.FormDivider:  func(_ *loader, o *object, c *models.FormComponent) { c.Content = o.string("text") },
	models.FormNext:     func(_ *loader, o *object, c *models.FormComponent) { c.Content = o.string("text") },
	models.FormPrevious: func(_ *loader, o *object, c *models.FormComponent) { c.Content = o.string("text") },
}

// component reads one component of a step.
func (f *formSteps) component(o *object) models.FormComponent {
	id, kind := o.required("id"), o.required("type")
	c := models.FormComponent{
		ID: id.text, Type: models.FormComponentType(kind.text), Label: o.string("label"), Hint: o.string("hint"), Required: o.flag("required", false),
	}
	for _, known := range []string{"category", "sensitive", "transient"} {
		o.take(known)
	}
	config := o.child("config")
	if config == nil {
		config = f.l.object(&node{kind: mapping}, o.key("config"))
	}
	read, ok := componentTypes[c.Type]
	switch {
	case !ok && kind.text != "":
		f.l.problemf(kind.at, kind.path, "the component type %q is not supported", kind.text)
	case ok:
		c.Placeholder, c.Default = config.string("placeholder"), defaults(config)
		read(f.l, config, &c)
		config.done()
	}
	o.done()
	if id.text != "" && !fieldName.MatchString(id.text) {
		f.l.problemf(id.at, id.path, "%q is no name for a component: letters, digits, _ and -, at most 64", id.text)
	}
	f.l.unique(f.fields, "component", id)
	if (c.Type == models.FormChoice || c.Type == models.FormDropdown) && len(c.Options) == 0 {
		o.problemf("a %s needs options", c.Type)
	}
	return c
}

// defaults reads default_value: a value of any kind, or a list of them.
func defaults(config *object) []string {
	n := config.take("default_value")
	if n == nil {
		return nil
	}
	values := []*node{n}
	if n.kind == list {
		values = n.items
	}
	var out []string
	for _, v := range values {
		if v.kind == boolean {
			out = append(out, strconv.FormatBool(v.bool))
		} else if v.text != "" && v.kind != mapping {
			out = append(out, v.text)
		}
	}
	return out
}

func lengths(o *object, c *models.FormComponent) {
	c.MinLength = int(o.whole("min_length", 0, 0, models.MaxFormText))
	c.MaxLength = int(o.whole("max_length", 0, 1, 10*models.MaxFormText))
}

func numberConfig(_ *loader, o *object, c *models.FormComponent) {
	const most = 1e15
	for name, to := range map[string]**float64{"min_value": &c.Min, "max_value": &c.Max} {
		if o.take(name) != nil {
			v := o.number(name, 0, -most, most)
			*to = &v
		}
	}
}

func booleanConfig(_ *loader, o *object, c *models.FormComponent) {
	c.Options = []models.FormOption{{Value: models.FormTrue, Label: "Yes"}, {Value: models.FormFalse, Label: "No"}}
	if called := o.child("options"); called != nil {
		for i := range c.Options {
			if label := called.string(c.Options[i].Value); label != "" {
				c.Options[i].Label = label
			}
		}
		called.done()
	}
}

func choiceConfig(l *loader, o *object, c *models.FormComponent) {
	c.Multiple = o.flag("multiple", false)
	objects, _ := o.children("options")
	seen := make(map[string]*node)
	for _, option := range objects {
		value, label := option.required("value"), option.string("label")
		option.done()
		if label == "" {
			label = value.text
		}
		if value.text != "" && l.unique(seen, "option", value) {
			c.Options = append(c.Options, models.FormOption{Value: value.text, Label: label})
		}
	}
	if other := o.child("allow_other"); other != nil {
		if other.flag("enabled", false) {
			other.problemf("choices of one's own are not supported")
		}
		for _, known := range []string{"label", "placeholder"} {
			other.take(known)
		}
		other.done()
	}
}

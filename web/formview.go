package web

import (
	"html/template"
	"slices"
	"strings"

	"example.com/keepsake/models"
)

// formView is what templates/form.html shows.
type formView struct {
	Action   string
	CSRF     string
	Client   brand
	Org      *brand
	Name     string
	Step     int
	Steps    int // more than one: "Step 1 of 2" is said
	Items    []formItem
	Next     string // the captions of the buttons
	Previous string // empty: no way back
	Problem  bool
}

// Ordinal is the step as a person counts it.
func (v formView) Ordinal() int { return v.Step + 1 }

// formItem is one component as the page shows it.
type formItem struct {
	// Kind is which of the template's shapes it has: input, textarea, select, choices, check, rich or divider.
	Kind string
	// Name is the field's name, and ID its element's. They differ from the component's id so that no form can name what the page
	// itself uses (csrf, step, go).
	Name, ID                               string
	Type, InputMode, Autocomplete          string
	Label, Hint, Placeholder, Value, Error string
	Required, Multiple                     bool
	MaxLength                              int
	Options                                []formOption
	HTML                                   template.HTML
}

type formOption struct {
	ID, Value, Label string
	Chosen           bool
}

// Described are the ids of what says more about the item.
func (i formItem) Described() string {
	var ids []string
	if i.Hint != "" {
		ids = append(ids, i.ID+"-hint")
	}
	if i.Error != "" {
		ids = append(ids, i.ID+"-problem")
	}
	return strings.Join(ids, " ")
}

// fieldPrefix is before the component's id in the names of fields.
const fieldPrefix = "f."

// inputs are the types of HTML's inputs.
var inputs = map[models.FormComponentType]struct{ kind, mode, autocomplete string }{
	models.FormText:   {"text", "", ""},
	models.FormEmail:  {"text", "email", "email"}, // not type=email: the browser's own message would come before ours
	models.FormTel:    {"tel", "tel", "tel"},
	models.FormURL:    {"text", "url", "url"},
	models.FormDate:   {"date", "", ""},
	models.FormNumber: {"text", "decimal", ""},
}

// entered is what the fields of a step hold: what was sent, or what they begin with. problems are by the component's id.
type entered struct {
	values   map[string][]string
	problems map[string]string
}

// formItems describes the components of a step.
func formItems(step *models.FormStep, values formValues, e entered) []formItem {
	var items []formItem
	for i := range step.Components {
		c := &step.Components[i]
		switch c.Type {
		case models.FormNext, models.FormPrevious:
		case models.FormDivider:
			items = append(items, formItem{Kind: "divider", Label: values.expand(c.Content)})
		case models.FormRichText:
			items = append(items, formItem{Kind: "rich", HTML: values.rich(c.Content)})
		default:
			items = append(items, fieldItem(c, values, e))
		}
	}
	return items
}

func fieldItem(c *models.FormComponent, values formValues, e entered) formItem {
	item := formItem{
		Kind: "input", Name: fieldPrefix + c.ID, ID: "field-" + c.ID, Label: values.expand(c.Label), Hint: values.expand(c.Hint),
		Placeholder: values.expand(c.Placeholder), Required: c.Required, Multiple: c.Multiple, MaxLength: c.MaxLength, Error: e.problems[c.ID],
	}
	if item.Label == "" && c.Type != models.FormLegal {
		item.Label = c.ID
	}
	has := e.values[c.ID]
	if len(has) > 0 {
		item.Value = has[0]
	}
	switch c.Type {
	case models.FormDropdown:
		item.Kind, item.Options = "select", options(c, item.ID, has)
	case models.FormChoice, models.FormBoolean:
		item.Kind, item.Options = "choices", options(c, item.ID, has)
	case models.FormLegal:
		item.Kind, item.HTML = "check", values.rich(firstOf(c.Content, item.Label, c.ID))
		item.Value = ""
		if slices.Contains(has, models.FormTrue) {
			item.Value = models.FormTrue
		}
	default:
		input := inputs[c.Type]
		item.Type, item.InputMode, item.Autocomplete = input.kind, input.mode, input.autocomplete
		if c.Multiline {
			item.Kind = "textarea"
		}
	}
	return item
}

func options(c *models.FormComponent, id string, has []string) []formOption {
	out := make([]formOption, len(c.Options))
	for i, o := range c.Options {
		out[i] = formOption{ID: id + "-" + string(rune('a'+i%26)) + strings.Repeat("x", i/26), Value: o.Value, Label: o.Label, Chosen: slices.Contains(has, o.Value)}
	}
	return out
}

// captions are what the buttons of a step say. Every step has a way on; a way back only where the form has a button for it.
func captions(step *models.FormStep, at int, values formValues) (next, previous string) {
	next = "Continue"
	for _, c := range step.Components {
		switch c.Type {
		case models.FormNext:
			next = firstOf(values.expand(c.Content), next)
		case models.FormPrevious:
			if at > 0 {
				previous = firstOf(values.expand(c.Content), "Back")
			}
		}
	}
	return next, previous
}

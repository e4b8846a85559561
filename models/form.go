package models

// Form is a form that an Action can show in the middle of a login (contract 3.3, prompt.render), in the shape of Auth0's forms as
// far as it is simple: steps one after another, without flows and routers between them.
type Form struct {
	ID   string // "ap_…"
	Name string
	// Hidden are fields that nobody sees, with what they begin with.
	Hidden []FormHidden
	Steps  []FormStep
}

// FormHidden is one hidden field. Value may name variables.
type FormHidden struct {
	Key   string
	Value string
}

// FormStep is one page of a form.
type FormStep struct {
	ID         string
	Components []FormComponent
}

// FormComponentType is what a component of a form is, in Auth0's words.
type FormComponentType string

// The components that there are: what is entered, then what is only shown.
const (
	FormText     FormComponentType = "TEXT"
	FormEmail    FormComponentType = "EMAIL"
	FormTel      FormComponentType = "TEL"
	FormURL      FormComponentType = "URL"
	FormDate     FormComponentType = "DATE"
	FormNumber   FormComponentType = "NUMBER"
	FormBoolean  FormComponentType = "BOOLEAN"
	FormLegal    FormComponentType = "LEGAL"
	FormChoice   FormComponentType = "CHOICE"
	FormDropdown FormComponentType = "DROPDOWN"

	FormRichText FormComponentType = "RICH_TEXT"
	FormDivider  FormComponentType = "DIVIDER"
	FormNext     FormComponentType = "NEXT_BUTTON"
	FormPrevious FormComponentType = "PREVIOUS_BUTTON"
)

// FormComponent is one field, text or button. What its type has no use for is zero.
type FormComponent struct {
	ID   string // the field's name in event.prompt.fields
	Type FormComponentType
	// Label, Hint and Placeholder are texts. Like Default and Content they may name variables: {{vars.name}}, {{fields.name}}.
	Label       string
	Hint        string
	Placeholder string
	// Default is what the field begins with: one value, or several where Multiple is set.
	Default  []string
	Required bool
	// Content is the HTML of a RICH_TEXT or a LEGAL, the caption of a button.
	Content   string
	Multiline bool // TEXT
	Multiple  bool // CHOICE, DROPDOWN: the answer is a list
	// MinLength and MaxLength count characters of a TEXT; zero: no limit of its own.
	MinLength, MaxLength int
	Min, Max             *float64 // NUMBER
	// Options are the choices of CHOICE and DROPDOWN, and what true and false are called for a BOOLEAN.
	Options []FormOption
}

// FormOption is one choice.
type FormOption struct {
	Value string
	Label string
}

// Limits of forms.
const (
	// MaxFormSteps and MaxFormComponents are how many a form, and a step of it, may have.
	MaxFormSteps      = 50
	MaxFormComponents = 50
	// MaxFormText is how long an answer may be, in characters, when its component has no limit of its own.
	MaxFormText = 2048
)

// Input reports whether the component is something to enter.
func (c *FormComponent) Input() bool {
	switch c.Type {
	case FormRichText, FormDivider, FormNext, FormPrevious:
		return false
	}
	return true
}

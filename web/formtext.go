package web

import (
	"html"
	"html/template"
	"regexp"
	"strconv"
	"strings"

	"github.com/microcosm-cc/bluemonday"

	"example.com/keepsake/models"
)

// variable is {{vars.name}} or {{fields.name}}, with a path into objects.
var variable = regexp.MustCompile(`\{\{\s*(vars|fields)((?:\.[A-Za-z0-9_-]+)+)\s*\}\}`)

// formValues is what the texts of a form may name.
type formValues struct{ vars, fields map[string]any }

// valuesOf returns what the texts of a form may name now: what the Action gave and what was entered so far.
func valuesOf(prompt *models.FormPrompt) formValues {
	fields := make(map[string]any, len(prompt.Fields)+len(prompt.Answer))
	for _, m := range []map[string]any{prompt.Fields, prompt.Answer} {
		for k, v := range m {
			fields[k] = v
		}
	}
	return formValues{vars: prompt.Vars, fields: fields}
}

// expand puts the variables' values into a text. What is not there, or is no simple value, is nothing.
func (v formValues) expand(s string) string {
	return v.replace(s, func(value string) string { return value })
}

// rich makes HTML that a page may show of a text with markup: the values are text, whatever is in them, and of the markup only what
// formats text is left.
func (v formValues) rich(s string) template.HTML {
	return template.HTML(richPolicy.Sanitize(v.replace(s, html.EscapeString))) //nolint:gosec // sanitized
}

// richPolicy is the markup of a form's texts: paragraphs, headings below the page's own, lists, emphasis and links.
var richPolicy = newRichPolicy()

func newRichPolicy() *bluemonday.Policy {
	p := bluemonday.NewPolicy()
	p.AllowElements("p", "br", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "strong", "b", "em", "i", "u", "s", "small", "sub", "sup", "code", "pre", "blockquote", "hr")
	p.AllowAttrs("href").OnElements("a")
	p.AllowURLSchemes("http", "https", "mailto", "tel")
	p.RequireParseableURLs(true)
	p.RequireNoFollowOnLinks(true)
	p.RequireNoReferrerOnLinks(true)
	p.AddTargetBlankToFullyQualifiedLinks(true) // the form must not get lost
	return p
}

func (v formValues) replace(s string, write func(string) string) string {
	if !strings.Contains(s, "{{") {
		return s
	}
	return variable.ReplaceAllStringFunc(s, func(match string) string {
		parts := variable.FindStringSubmatch(match)
		from := v.vars
		if parts[1] == "fields" {
			from = v.fields
		}
		return write(plain(lookUp(from, strings.Split(parts[2][1:], "."))))
	})
}

func lookUp(from map[string]any, path []string) any {
	var value any = from
	for _, name := range path {
		m, ok := value.(map[string]any)
		if !ok {
			return nil
		}
		value = m[name]
	}
	return value
}

// plain is how a simple JSON value is written.
func plain(value any) string {
	switch v := value.(type) {
	case string:
		return v
	case bool:
		return strconv.FormatBool(v)
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	return ""
}

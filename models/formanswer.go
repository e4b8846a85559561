package models

import (
	"fmt"
	"math"
	"net/mail"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Values of a BOOLEAN and a LEGAL as they are sent.
const (
	FormTrue  = "true"
	FormFalse = "false"
)

// Answer reads what was entered for a component, as its form sent it. It returns a string, a float64, a bool or a []any of strings;
// nil when nothing was entered. problem is what is wrong, as a sentence for the person; then there is no answer.
func (c *FormComponent) Answer(values []string) (answer any, problem string) {
	switch c.Type {
	case FormChoice, FormDropdown:
		return c.chosen(values)
	case FormBoolean, FormLegal:
		return c.decided(values)
	}
	entered := ""
	if len(values) > 0 {
		entered = c.clean(values[0])
	}
	switch {
	case entered == "" && c.Required:
		return nil, "Fill this in."
	case entered == "":
		return nil, ""
	case utf8.RuneCountInString(entered) > MaxFormText && c.MaxLength == 0:
		return nil, fmt.Sprintf("Enter at most %d characters.", MaxFormText)
	}
	return c.read(entered)
}

// clean drops what nobody types: control characters, broken UTF-8, space around the whole.
func (c *FormComponent) clean(s string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if r == utf8.RuneError || unicode.IsControl(r) && (r != '\n' || !c.Multiline) {
			return -1
		}
		return r
	}, s))
}

func (c *FormComponent) read(entered string) (any, string) {
	switch c.Type {
	case FormNumber:
		return c.number(entered)
	case FormEmail:
		a, err := mail.ParseAddress(entered)
		return entered, problemUnless(err == nil && a.Address == entered && len(entered) <= 254, "Enter an email address, like jane@example.com.")
	case FormURL:
		u, err := url.Parse(entered)
		return entered, problemUnless(err == nil && u.Host != "" && (u.Scheme == "https" || u.Scheme == "http"), "Enter a web address, like https://example.com.")
	case FormTel:
		return entered, problemUnless(telephone.MatchString(entered), "Enter a phone number, like +41 44 668 18 00.")
	case FormDate:
		_, err := time.Parse(time.DateOnly, entered)
		return entered, problemUnless(err == nil, "Enter a date as year-month-day, like 2026-11-22.")
	}
	switch length := utf8.RuneCountInString(entered); {
	case length < c.MinLength:
		return nil, fmt.Sprintf("Enter at least %d characters.", c.MinLength)
	case c.MaxLength > 0 && length > c.MaxLength:
		return nil, fmt.Sprintf("Enter at most %d characters.", c.MaxLength)
	}
	return entered, ""
}

var telephone = regexp.MustCompile(`^\+?[0-9][0-9 ()./-]{2,31}$`)

func problemUnless(good bool, problem string) string {
	if good {
		return ""
	}
	return problem
}

func (c *FormComponent) number(entered string) (any, string) {
	n, err := strconv.ParseFloat(entered, 64)
	switch {
	case err != nil || math.IsNaN(n) || math.IsInf(n, 0):
		return nil, "Enter a number."
	case c.Min != nil && n < *c.Min:
		return nil, "Enter at least " + strconv.FormatFloat(*c.Min, 'f', -1, 64) + "."
	case c.Max != nil && n > *c.Max:
		return nil, "Enter at most " + strconv.FormatFloat(*c.Max, 'f', -1, 64) + "."
	}
	return n, ""
}

// chosen takes only what is among the options, in their order.
func (c *FormComponent) chosen(values []string) (any, string) {
	list := make([]any, 0, len(values))
	for _, o := range c.Options {
		if slices.Contains(values, o.Value) {
			list = append(list, o.Value)
		}
	}
	switch {
	case len(list) == 0 && c.Required:
		return nil, "Choose one."
	case len(list) == 0:
		return nil, ""
	case c.Multiple:
		return list, ""
	}
	return list[0], ""
}

func (c *FormComponent) decided(values []string) (any, string) {
	yes, no := slices.Contains(values, FormTrue), slices.Contains(values, FormFalse)
	switch {
	case c.Type == FormLegal && c.Required && !yes:
		return nil, "Accept this to continue."
	case c.Type == FormLegal || yes:
		return yes, ""
	case !no && c.Required:
		return nil, "Choose one."
	case !no:
		return nil, ""
	}
	return false, ""
}

package models_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/keepsake/models"
)

func TestFormAnswer(t *testing.T) {
	t.Parallel()
	low, high := 1.0, 9.5
	options := []models.FormOption{{Value: "a"}, {Value: "b"}, {Value: "c"}}
	for _, row := range []struct {
		name      string
		component models.FormComponent
		entered   []string
		want      any
		problem   string
	}{
		{"a text", models.FormComponent{Type: models.FormText}, []string{"  Bern\x00\x07 "}, "Bern", ""},
		{"a line break belongs to long texts only", models.FormComponent{Type: models.FormText}, []string{"a\r\nb"}, "ab", ""},
		{"a long text", models.FormComponent{Type: models.FormText, Multiline: true}, []string{"a\r\nb\xff"}, "a\nb", ""},
		{"nothing", models.FormComponent{Type: models.FormText}, nil, nil, ""},
		{"nothing but space, where something must be", models.FormComponent{Type: models.FormText, Required: true}, []string{" "}, nil, "Fill this in."},
		{"too short", models.FormComponent{Type: models.FormText, MinLength: 3}, []string{"äö"}, nil, "Enter at least 3 characters."},
		{"too long", models.FormComponent{Type: models.FormText, MaxLength: 3}, []string{"äöüß"}, nil, "Enter at most 3 characters."},
		{"just right", models.FormComponent{Type: models.FormText, MinLength: 3, MaxLength: 3}, []string{"äöü"}, "äöü", ""},
		{"longer than anything", models.FormComponent{Type: models.FormURL}, []string{"https://a/" + strings.Repeat("x", models.MaxFormText)}, nil, "Enter at most 2048 characters."},
		{"an email address", models.FormComponent{Type: models.FormEmail}, []string{"jane@example.com"}, "jane@example.com", ""},
		{"a name with an email address", models.FormComponent{Type: models.FormEmail}, []string{"Jane <jane@example.com>"}, nil, "Enter an email address, like jane@example.com."},
		{"a web address", models.FormComponent{Type: models.FormURL}, []string{"https://example.com/x"}, "https://example.com/x", ""},
		{"a script", models.FormComponent{Type: models.FormURL}, []string{"javascript://example.com/%0aalert(1)"}, nil, "Enter a web address, like https://example.com."},
		{"a phone number", models.FormComponent{Type: models.FormTel}, []string{"+41 44 668 18 00"}, "+41 44 668 18 00", ""},
		{"no phone number", models.FormComponent{Type: models.FormTel}, []string{"call me"}, nil, "Enter a phone number, like +41 44 668 18 00."},
		{"a date", models.FormComponent{Type: models.FormDate}, []string{"2024-02-29"}, "2024-02-29", ""},
		{"a day that there is not", models.FormComponent{Type: models.FormDate}, []string{"2026-02-29"}, nil, "Enter a date as year-month-day, like 2026-11-22."},
		{"a number", models.FormComponent{Type: models.FormNumber, Min: &low, Max: &high}, []string{"9.5"}, 9.5, ""},
		{"no number", models.FormComponent{Type: models.FormNumber}, []string{"NaN"}, nil, "Enter a number."},
		{"too small", models.FormComponent{Type: models.FormNumber, Min: &low}, []string{"0"}, nil, "Enter at least 1."},
		{"too large", models.FormComponent{Type: models.FormNumber, Max: &high}, []string{"10"}, nil, "Enter at most 9.5."},
		{"yes", models.FormComponent{Type: models.FormBoolean}, []string{"true"}, true, ""},
		{"no", models.FormComponent{Type: models.FormBoolean, Required: true}, []string{"false"}, false, ""},
		{"neither", models.FormComponent{Type: models.FormBoolean}, nil, nil, ""},
		{"neither, where one must be", models.FormComponent{Type: models.FormBoolean, Required: true}, []string{"x"}, nil, "Choose one."},
		{"accepted", models.FormComponent{Type: models.FormLegal, Required: true}, []string{"true"}, true, ""},
		{"not accepted", models.FormComponent{Type: models.FormLegal}, nil, false, ""},
		{"not accepted, where it must be", models.FormComponent{Type: models.FormLegal, Required: true}, nil, nil, "Accept this to continue."},
		{"a choice", models.FormComponent{Type: models.FormChoice, Options: options}, []string{"b"}, "b", ""},
		{"one choice of two", models.FormComponent{Type: models.FormDropdown, Options: options}, []string{"c", "b"}, "b", ""},
		{"several choices", models.FormComponent{Type: models.FormChoice, Options: options, Multiple: true}, []string{"c", "a", "x"}, []any{"a", "c"}, ""},
		{"no option", models.FormComponent{Type: models.FormDropdown, Options: options, Required: true}, []string{"x"}, nil, "Choose one."},
		{"no choice", models.FormComponent{Type: models.FormDropdown, Options: options}, []string{""}, nil, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			got, problem := row.component.Answer(row.entered)
			if problem != "" {
				got = nil
			}
			if diff := cmp.Diff(row.want, got); diff != "" || problem != row.problem {
				t.Errorf("problem %q, want %q; answer (-want +got):\n%s", problem, row.problem, diff)
			}
		})
	}
}

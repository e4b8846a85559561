package tenant

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"example.com/keepsake/models"
)

const profileForm = `{
  "languages": {"primary": "en"},
  "start": {"next_node": "step_1", "hidden_fields": [{"key": "source", "value": "{{vars.source}}"}], "coordinates": {"x": 0, "y": 0}},
  "nodes": [
    {"id": "step_2", "type": "STEP", "alias": "Second", "coordinates": {"x": 1, "y": 0}, "config": {"next_node": "$ending", "components": [
      {"id": "terms", "category": "FIELD", "type": "LEGAL", "required": true, "config": {"text": "I accept the <a href=\"https://example.com\">terms</a>"}}
    ]}},
    {"id": "step_1", "type": "STEP", "config": {"next_node": "step_2", "components": [
      {"id": "intro", "category": "BLOCK", "type": "RICH_TEXT", "config": {"content": "<p>Hello {{vars.name}}</p>"}},
      {"id": "city", "category": "FIELD", "type": "TEXT", "label": "City", "hint": "Where you live", "required": true, "sensitive": false,
       "config": {"multiline": false, "min_length": 2, "max_length": 40, "placeholder": "Bern", "default_value": "{{fields.city}}"}},
      {"id": "age", "category": "FIELD", "type": "NUMBER", "label": "Age", "config": {"min_value": 16, "max_value": 120}},
      {"id": "news", "category": "FIELD", "type": "BOOLEAN", "label": "News", "config": {"default_value": true, "options": {"true": "Please", "false": "Never"}}},
      {"id": "size", "category": "FIELD", "type": "DROPDOWN", "label": "Size", "config": {"options": [{"value": "s", "label": "Small"}, {"value": "l"}], "default_value": ["s"]}},
      {"id": "next", "category": "BLOCK", "type": "NEXT_BUTTON", "config": {"text": "Go on"}}
    ]}}
  ],
  "ending": {"resume_flow": true, "redirection": {"delay": 3}}
}`

func TestForm(t *testing.T) {
	t.Parallel()
	fsys := fstest.MapFS{
		FileName:             {Data: []byte("forms:\n  - name: Profile\n    id: ap_profile\n    body: ./forms/profile.json\n")},
		"forms/profile.json": {Data: []byte(profileForm)},
	}
	r, err := Load(t.Context(), fsys, FileName, Options{Issuer: testIssuer})
	if err != nil {
		t.Fatal(err)
	}
	low, high := 16.0, 120.0
	want := []models.Form{{
		ID: "ap_profile", Name: "Profile", Hidden: []models.FormHidden{{Key: "source", Value: "{{vars.source}}"}},
		Steps: []models.FormStep{
			{ID: "step_1", Components: []models.FormComponent{
				{ID: "intro", Type: models.FormRichText, Content: "<p>Hello {{vars.name}}</p>"},
				{ID: "city", Type: models.FormText, Label: "City", Hint: "Where you live", Required: true, MinLength: 2, MaxLength: 40, Placeholder: "Bern", Default: []string{"{{fields.city}}"}},
				{ID: "age", Type: models.FormNumber, Label: "Age", Min: &low, Max: &high},
				{ID: "news", Type: models.FormBoolean, Label: "News", Default: []string{"true"}, Options: []models.FormOption{{Value: "true", Label: "Please"}, {Value: "false", Label: "Never"}}},
				{ID: "size", Type: models.FormDropdown, Label: "Size", Default: []string{"s"}, Options: []models.FormOption{{Value: "s", Label: "Small"}, {Value: "l", Label: "l"}}},
				{ID: "next", Type: models.FormNext, Content: "Go on"},
			}},
			{ID: "step_2", Components: []models.FormComponent{
				{ID: "terms", Type: models.FormLegal, Required: true, Content: `I accept the <a href="https://example.com">terms</a>`},
			}},
		},
	}}
	if diff := cmp.Diff(want, r.Config.Forms); diff != "" {
		t.Errorf("forms (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"forms[0].body.languages", "forms[0].body.ending.redirection"}, r.Ignored); diff != "" {
		t.Errorf("ignored (-want +got):\n%s", diff)
	}
}

func TestFormInTheDocument(t *testing.T) {
	t.Parallel()
	r := mustRead(t, "forms:\n  - name: Short\n    nodes: [{id: one, type: STEP, config: {components: [{id: ok, type: BOOLEAN, label: OK}]}}]\n")
	form := r.Config.Forms[0]
	if form.ID != derivedID("ap_", "Short") || len(form.Steps) != 1 || len(form.Steps[0].Components[0].Options) != 2 {
		t.Errorf("form %+v", form)
	}
}

func TestFormsThatAreRefused(t *testing.T) {
	t.Parallel()
	const step = "forms: [{name: A, nodes: [{id: one, type: STEP, config: {components: ["
	for _, row := range []struct{ name, document, want string }{
		{"a component that is not supported", step + "{id: pay, type: PAYMENT}]}}]}]", `the component type "PAYMENT" is not supported`},
		{"a component without a type", step + "{id: pay}]}}]}]", "a value is required"},
		{"a name that is none", step + "{id: 'a b', type: TEXT}]}}]}]", `"a b" is no name for a component`},
		{"two components of one name", step + "{id: a, type: TEXT}, {id: a, type: EMAIL}]}}]}]", `there is a second component "a"`},
		{"a choice of nothing", step + "{id: a, type: CHOICE}]}}]}]", "a CHOICE needs options"},
		{"a date with a time", step + "{id: a, type: DATE, config: {format: TIME}}]}}]}]", `"TIME" is none of DATE`},
		{"choices of one's own", step + "{id: a, type: CHOICE, config: {options: [{value: x}], allow_other: {enabled: true}}}]}}]}]", "choices of one's own are not supported"},
		{"a flow", "forms: [{name: A, nodes: [{id: f, type: FLOW, config: {flow_id: af_1}}]}]", `the node type "FLOW" is not supported`},
		{"no nodes", "forms: [{name: A}]", "a form needs nodes"},
		{"a circle", "forms: [{name: A, start: {next_node: a}, nodes: [{id: a, type: STEP, config: {next_node: a}}]}]", `the steps lead in a circle, back to "a"`},
		{"a step that is not there", "forms: [{name: A, start: {next_node: b}, nodes: [{id: a, type: STEP}]}]", `there is no step "b"`},
		{"two forms of one name", "forms: [{name: A, nodes: [{id: a, type: STEP}]}, {name: A, nodes: [{id: a, type: STEP}]}]", `there is a second form "A"`},
		{"a file that is not there", "forms: [{name: A, body: ./no.json}]", "there is no file no.json"},
		{"a file outside of the folder", "forms: [{name: A, body: ../a.json}]", "is outside of the folder"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			_, err := Load(t.Context(), fstest.MapFS{FileName: {Data: []byte(row.document)}}, FileName, Options{Issuer: testIssuer})
			if err == nil || !strings.Contains(err.Error(), row.want) {
				t.Errorf("got %v, want %q", err, row.want)
			}
		})
	}
}

// TestFormFileErrorsNameTheFile shows that a problem in a form's file is told with that file and its line.
func TestFormFileErrorsNameTheFile(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{
		"{\n \"nodes\": [\n  {\"id\": \"a\", \"type\": \"ROUTER\"}\n ]\n}": "form.json:3",
		"{\n \"nodes\": [\n": "form.json",
	} {
		fsys := fstest.MapFS{FileName: {Data: []byte("forms: [{name: A, body: form.json}]")}, "form.json": {Data: []byte(body)}}
		if _, err := Load(t.Context(), fsys, FileName, Options{Issuer: testIssuer}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}

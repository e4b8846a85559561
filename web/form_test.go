package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/keepsake/models"
)

// profile is a form of two steps.
func profile() *models.Form {
	return &models.Form{
		ID: "ap_1", Name: "Your profile", Hidden: []models.FormHidden{{Key: "source", Value: "{{vars.source}}"}},
		Steps: []models.FormStep{
			{ID: "one", Components: []models.FormComponent{
				{ID: "intro", Type: models.FormRichText, Content: `<h2>Hello {{vars.user.name}}</h2><p onclick="x()">Read <a href="https://example.com/{{vars.path}}">this</a><script>x()</script></p>`},
				{ID: "city", Type: models.FormText, Label: "City", Hint: "Where you live", Required: true, Default: []string{"{{vars.city}}"}},
				{ID: "about", Type: models.FormText, Label: "About you", Multiline: true},
				{ID: "age", Type: models.FormNumber, Label: "Age"},
				{ID: "size", Type: models.FormDropdown, Label: "Size", Options: []models.FormOption{{Value: "s", Label: "Small"}, {Value: "l", Label: "Large"}}},
				{ID: "news", Type: models.FormBoolean, Label: "News", Options: []models.FormOption{{Value: "true", Label: "Yes"}, {Value: "false", Label: "No"}}},
				{ID: "line", Type: models.FormDivider, Content: "or"},
				{ID: "next", Type: models.FormNext, Content: "Go on"},
			}},
			{ID: "two", Components: []models.FormComponent{
				{ID: "terms", Type: models.FormLegal, Required: true, Content: "I accept, as {{fields.city}}"},
				{ID: "back", Type: models.FormPrevious},
			}},
		},
	}
}

// waiting signs Jane in and has her login wait at a form. It returns the browser and the transaction's id.
func (s *site) waiting(form *models.Form, prompt models.FormPrompt) (*browser, string) {
	s.t.Helper()
	b := s.browser()
	b.login()
	id := b.begin("app", url.Values{})
	s.mu.Lock()
	defer s.mu.Unlock()
	s.forms = map[string]*models.Form{form.ID: form}
	for _, session := range s.sessions {
		s.txs[id].SessionID = session.ID
	}
	prompt.FormID = form.ID
	s.txs[id].Suspended = &models.SuspendedLogin{SessionID: s.txs[id].SessionID, Waiting: models.WaitingForm, Form: &prompt}
	return b, id
}

func (s *site) prompt(id string) models.FormPrompt { return *s.txs[id].Suspended.Form }

func TestFormPage(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b, id := s.waiting(profile(), models.FormPrompt{
		Fields: map[string]any{"age": 42.0, "size": "l", "extra": "kept"},
		Vars:   map[string]any{"user": map[string]any{"name": `<b>"Jane"</b>`}, "city": "Bern", "path": `"><script>`, "source": "mail"},
	})
	page := b.get(s.pages.FormURL(id))
	page.want(t, http.StatusOK, "Your profile", "Step 1 of 2", `Hello <b>"Jane"</b>`, "Where you live", "About you (optional)", "or")
	if strings.Contains(page.body, "<script") || strings.Contains(page.body, "onclick") {
		t.Errorf("the page has what it must not: %s", page.body)
	}
	if _, fields := page.form(t); fields.Get("f.city") != "Bern" || fields.Get("f.age") != "42" {
		t.Errorf("the fields begin with %v", fields)
	}
	if describes := attr(page.byID("field-city"), "aria-describedby"); describes != "field-city-hint" {
		t.Errorf("aria-describedby is %q", describes)
	}

	// 1. What is wrong is marked, and what was entered stays.
	page = b.submit(page, url.Values{"f.city": {" "}, "f.age": {"old"}, "f.about": {"I am <me>"}, "f.news": {"true"}, "go": {"next"}})
	page.want(t, http.StatusBadRequest, "Check what is marked below.", "Fill this in.", "Enter a number.")
	if text := page.byID("field-about"); !strings.Contains(page.body, "I am &lt;me&gt;") || text == nil || attr(page.byID("field-city"), "aria-invalid") != "true" {
		t.Errorf("the page: %s", page.body)
	}
	// 2. The second step knows the first.
	b.submit(page, url.Values{"f.city": {"Thun"}, "f.age": {"43"}, "f.about": {"I am <me>"}, "f.size": {""}, "f.news": {"false"}, "go": {"next"}}).wantRedirect(t, s.pages.FormURL(id))
	page = b.get(s.pages.FormURL(id))
	page.want(t, http.StatusOK, "Step 2 of 2", "I accept, as Thun", "Back")
	b.submit(page, url.Values{"go": {"next"}}).want(t, http.StatusBadRequest, "Accept this to continue.")
	// 3. There is a way back, to what was entered.
	b.submit(page, url.Values{"go": {"previous"}}).wantRedirect(t, s.pages.FormURL(id))
	first := b.get(s.pages.FormURL(id))
	if _, fields := first.form(t); fields.Get("f.city") != "Thun" {
		t.Errorf("the first step begins with %v", fields)
	}
	b.submit(first, url.Values{"f.age": {""}, "f.about": {""}, "go": {"next"}}).wantRedirect(t, s.pages.FormURL(id))
	// 4. The end.
	page = b.get(s.pages.FormURL(id))
	b.submit(page, url.Values{"f.terms": {"true"}, "go": {"next"}}).wantRedirect(t, resume(id))
	want := map[string]any{"city": "Thun", "news": false, "terms": true, "extra": "kept", "source": "mail"}
	if diff := cmp.Diff(want, s.prompt(id).Answer); diff != "" || !s.prompt(id).Answered {
		t.Errorf("answer (-want +got):\n%s", diff)
	}
	// 5. Back in the browser, or sent twice: the login goes on all the same.
	b.get(s.pages.FormURL(id)).wantRedirect(t, resume(id))
	b.submit(page, url.Values{"f.terms": {"true"}, "go": {"next"}}).wantRedirect(t, s.pages.FormURL(id))
}

// TestFormStepFromTheHistory sends the first step again when the second one is shown.
func TestFormStepFromTheHistory(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b, id := s.waiting(profile(), models.FormPrompt{})
	page := b.get(s.pages.FormURL(id))
	for _, city := range []string{"Bern", "Thun"} {
		b.submit(page, url.Values{"f.city": {city}, "go": {"next"}}).wantRedirect(t, s.pages.FormURL(id))
	}
	if p := s.prompt(id); p.Step != 1 || p.Answer["city"] != "Bern" {
		t.Errorf("step %d, answer %v", p.Step, p.Answer)
	}
}

func TestFormIsForWhoeverSignedIn(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name   string
		change func(s *site, b *browser, id string) *browser
	}{
		{"another browser", func(s *site, _ *browser, _ string) *browser { return s.browser() }},
		{"signed out", func(s *site, b *browser, _ string) *browser { clear(s.sessions); return b }},
		{"another session", func(s *site, b *browser, _ string) *browser { b.login(); return b }},
		{"expired", func(s *site, b *browser, id string) *browser { s.txs[id].ExpiresAt = testNow; return b }},
		{"not suspended", func(s *site, b *browser, id string) *browser { s.txs[id].Suspended = nil; return b }},
		{"waiting for something else", func(s *site, b *browser, id string) *browser {
			s.txs[id].Suspended.Waiting = models.WaitingRedirect
			return b
		}},
		{"the form is gone", func(s *site, b *browser, _ string) *browser { clear(s.forms); return b }},
		{"the form has become shorter", func(s *site, b *browser, id string) *browser { s.txs[id].Suspended.Form.Step = 2; return b }},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t)
			b, id := s.waiting(profile(), models.FormPrompt{})
			page := b.get(s.pages.FormURL(id))
			action, fields := page.form(t)
			who := row.change(s, b, id)
			who.get(s.pages.FormURL(id)).want(t, http.StatusBadRequest, "This sign-in has expired")
			fields.Set("f.city", "Bern")
			if a := who.post(action, fields); a.StatusCode == http.StatusSeeOther {
				t.Errorf("the form was accepted: %d to %s", a.StatusCode, a.Header.Get("Location"))
			}
		})
	}
}

func TestFormWithoutItsToken(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b, id := s.waiting(profile(), models.FormPrompt{})
	action, fields := b.get(s.pages.FormURL(id)).form(t)
	fields.Set("csrf", "wrong")
	fields.Set("f.city", "Bern")
	b.post(action, fields).want(t, http.StatusForbidden, "The form could not be verified.")
	if s.prompt(id).Step != 0 {
		t.Error("the answer was stored")
	}
}

package web

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"example.com/keepsake/models"
)

// formPage is the page's name in its form token and among the templates.
const formPage = "form"

// formStep is a login that waits at a form.
type formStep struct {
	*step
	session *models.Session
	form    *models.Form
	prompt  *models.FormPrompt
}

// page is the step of the form that is shown now.
func (f *formStep) page() *models.FormStep { return &f.form.Steps[f.prompt.Step] }

// formStep finds the form of the transaction that the state parameter names. Only the session that signed in may see it.
func (p *Pages) formStep(r *http.Request) (*formStep, error) {
	s, err := p.step(r)
	if err != nil {
		return nil, err
	}
	if s.tx.Suspended == nil || s.tx.Suspended.Waiting != models.WaitingForm {
		return nil, transactionEnded(errors.New("the login transaction shows no form"))
	}
	session, err := p.stepSession(r, s)
	if err != nil {
		return nil, err
	}
	if session == nil || session.ID != s.tx.Suspended.SessionID {
		return nil, transactionEnded(errors.New("another session has begun the login"))
	}
	f := &formStep{step: s, session: session, prompt: s.tx.Suspended.Form}
	if f.form, err = p.config.Form(r.Context(), f.prompt.FormID); err != nil {
		return nil, missing(fmt.Errorf("find the form %s: %w", f.prompt.FormID, err))
	}
	if f.prompt.Step >= len(f.form.Steps) && !f.prompt.Answered { // it was shortened meanwhile
		return nil, transactionEnded(errors.New("the form has fewer steps by now"))
	}
	return f, nil
}

func (p *Pages) showForm(w http.ResponseWriter, r *http.Request) error {
	f, err := p.formStep(r)
	if err != nil {
		return err
	}
	if f.prompt.Answered {
		p.seeOther(w, r, p.resumeURL(f.id))
		return nil
	}
	return p.renderForm(w, r, http.StatusOK, f, entered{values: begin(f)})
}

// begin returns what the fields of a step begin with: what was entered before, else what the Action gave, else the form's default.
func begin(f *formStep) map[string][]string {
	values, out := valuesOf(f.prompt), make(map[string][]string)
	for _, c := range f.page().Components {
		if known, ok := values.fields[c.ID]; ok {
			out[c.ID] = texts(known)
			continue
		}
		for _, d := range c.Default {
			out[c.ID] = append(out[c.ID], values.expand(d))
		}
	}
	return out
}

// texts writes an answer as a form sends it.
func texts(answer any) []string {
	list, ok := answer.([]any)
	if !ok {
		list = []any{answer}
	}
	var out []string
	for _, v := range list {
		if s := plain(v); s != "" {
			out = append(out, s)
		}
	}
	return out
}

func (p *Pages) renderForm(w http.ResponseWriter, r *http.Request, status int, f *formStep, e entered) error {
	values := valuesOf(f.prompt)
	v := formView{
		Action: p.FormURL(f.id), CSRF: p.newFormToken(formPage, f.step, f.session.ID), Client: clientBrand(f.client), Org: orgBrand(f.org),
		Name: f.form.Name, Step: f.prompt.Step, Steps: len(f.form.Steps), Items: formItems(f.page(), values, e), Problem: len(e.problems) > 0,
	}
	v.Next, v.Previous = captions(f.page(), f.prompt.Step, values)
	title := v.Name
	if v.Problem {
		title = "Error: " + title // a screen reader says the title first
	}
	return p.render(w, r, status, formPage, view{Title: title, Tenant: tenantBrand(f.tenant), FormTargets: f.formTargets(), Body: v})
}

func (p *Pages) submitForm(w http.ResponseWriter, r *http.Request) error {
	// 1. It is our form, for whoever signed in.
	if err := p.readForm(w, r); err != nil {
		return err
	}
	f, err := p.formStep(r)
	if err != nil {
		return err
	}
	if err := p.checkForm(r, formPage, f.step, f.session.ID); err != nil {
		return err
	}
	// 2. It is the step that is asked for: not one from the browser's history, or sent twice.
	if f.prompt.Answered || r.PostForm.Get("step") != strconv.Itoa(f.prompt.Step) {
		p.seeOther(w, r, p.FormURL(f.id))
		return nil
	}
	// 3. What was entered is right.
	change := stepBack
	if r.PostForm.Get("go") != "previous" {
		answers, e := answersOf(f.page(), r)
		if len(e.problems) > 0 {
			return p.renderForm(w, r, http.StatusBadRequest, f, e)
		}
		change = func(prompt *models.FormPrompt) { f.accept(prompt, answers) }
	}
	// 4. It is kept, and the login goes on.
	return p.storeForm(w, r, f, change)
}

// answersOf reads what was entered into a step. A nil answer is an empty field.
func answersOf(step *models.FormStep, r *http.Request) (map[string]any, entered) {
	answers, e := make(map[string]any), entered{values: make(map[string][]string), problems: make(map[string]string)}
	for i := range step.Components {
		c := &step.Components[i]
		if !c.Input() {
			continue
		}
		sent := r.PostForm[fieldPrefix+c.ID]
		e.values[c.ID] = sent
		answer, problem := c.Answer(sent)
		if problem != "" {
			e.problems[c.ID] = problem
		}
		answers[c.ID] = answer
	}
	return answers, e
}

// accept puts the answers of the current step into a prompt and moves on.
func (f *formStep) accept(prompt *models.FormPrompt, answers map[string]any) {
	if prompt.Answer == nil {
		prompt.Answer = f.hidden(prompt)
	}
	for id, answer := range answers {
		if answer == nil {
			delete(prompt.Answer, id)
		} else {
			prompt.Answer[id] = answer
		}
	}
	prompt.Step++
	prompt.Answered = prompt.Step >= len(f.form.Steps)
}

// hidden is what the answer has without anybody entering it: the fields that the Action gave, and the form's hidden ones.
func (f *formStep) hidden(prompt *models.FormPrompt) map[string]any {
	values := valuesOf(prompt)
	for _, h := range f.form.Hidden {
		if _, given := values.fields[h.Key]; !given {
			values.fields[h.Key] = values.expand(h.Value)
		}
	}
	return values.fields
}

func stepBack(prompt *models.FormPrompt) { prompt.Step = max(prompt.Step-1, 0) }

// errMoved says that another request has answered the step.
var errMoved = errors.New("the step was answered already")

func (p *Pages) storeForm(w http.ResponseWriter, r *http.Request, f *formStep, change func(*models.FormPrompt)) error {
	answered := false
	err := p.transactions.UpdateSuspendedLogin(r.Context(), f.id, func(l *models.SuspendedLogin) error {
		if l.Form == nil || l.Form.Answered || l.Form.Step != f.prompt.Step {
			return errMoved
		}
		change(l.Form)
		answered = l.Form.Answered
		return nil
	})
	switch {
	case errors.Is(err, errMoved):
		p.seeOther(w, r, p.FormURL(f.id))
		return nil
	case err != nil:
		return missing(fmt.Errorf("store the form's answers: %w", err))
	case answered:
		p.seeOther(w, r, p.resumeURL(f.id))
	default:
		p.seeOther(w, r, p.FormURL(f.id))
	}
	return nil
}

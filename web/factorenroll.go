package web

import (
	"context"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"net/url"

	"example.com/keepsake/models"
)

// enrolView is what templates/mfaenroll.html shows.
type enrolView struct {
	Action  string
	CSRF    string
	Client  brand
	User    string
	Account string
	Type    models.FactorType
	// Key and Picture are for an authenticator app. The picture is a data: URL of our own making, which html/template would refuse otherwise.
	Key     string
	Picture template.URL
	// To is where a code went; Address what was entered.
	To       string
	Address  string
	Remember bool
	// Remembering says that it was chosen.
	Remembering bool
	Problem     string
	Others      []otherFactor
}

func (p *Pages) showEnrolment(w http.ResponseWriter, r *http.Request) error {
	f, err := p.factorStep(r)
	if err != nil || !p.due(w, r, f, models.FactorEnroll) {
		return err
	}
	t := f.enrollable(r.URL.Query().Get("factor"))
	if t == "" {
		return noFactor(errors.New("none of the factors that are asked for can be enrolled"))
	}
	return p.renderEnrolment(w, r, http.StatusOK, f, t, "")
}

// enrollables are the kinds that the request takes and the user can enrol, in its order of preference.
func (f *factorStep) enrollables() []models.FactorType {
	var out []models.FactorType
	for _, want := range f.request.Factors {
		if t := models.FactorType(want.Type); f.standing.CanEnrol(t) {
			out = append(out, t)
		}
	}
	return out
}

// enrollable returns the kind with that name; else the one that has begun, else the first; "" when there is none.
func (f *factorStep) enrollable(name string) models.FactorType {
	kinds := f.enrollables()
	if e := f.transaction.Enrolment; name == "" && e != nil {
		name = string(e.Type)
	}
	for _, t := range kinds {
		if string(t) == name {
			return t
		}
	}
	if len(kinds) == 0 {
		return ""
	}
	return kinds[0]
}

func (p *Pages) enrolURL(f *factorStep, t models.FactorType) string {
	return p.factorURL(enrolPath, f.id) + "&factor=" + url.QueryEscape(string(t))
}

func (p *Pages) renderEnrolment(w http.ResponseWriter, r *http.Request, status int, f *factorStep, t models.FactorType, problem string) error {
	v := enrolView{
		Action: p.enrolURL(f, t), CSRF: p.newFormToken(enrolPage, f.step, f.session.ID), Client: clientBrand(f.client),
		User: f.user.DisplayName(), Account: monogram(f.user.DisplayName()), Type: t,
		Address: printable(r.PostForm.Get("address")), Remember: f.request.AllowRemember, Remembering: r.PostForm.Get("remember") != "", Problem: problem,
	}
	for _, other := range f.enrollables() {
		if other != t {
			v.Others = append(v.Others, otherFactor{Name: enrolName(other), URL: p.enrolURL(f, other)})
		}
	}
	if err := p.fillEnrolment(r.Context(), f, t, &v); err != nil {
		return err
	}
	title := "Set up a second step"
	if problem != "" {
		title = "Error: " + title
	}
	return p.render(w, r, status, enrolPage, view{Title: title, Tenant: tenantBrand(f.tenant), FormTargets: f.formTargets(), Body: v})
}

// fillEnrolment adds what has begun. The key of an authenticator app is made when its page is first shown, and stays until it is
// proved or another kind is begun, so that a reload does not void what the app has scanned.
func (p *Pages) fillEnrolment(ctx context.Context, f *factorStep, t models.FactorType, v *enrolView) error {
	if e := f.transaction.Enrolment; t == models.FactorOTP && (e == nil || e.Type != t) {
		_, err := p.factors.StartEnrolment(ctx, f.transaction, f.standing, models.EnrolOptions{Type: t, Additional: f.proved()})
		if err != nil {
			if status, text := problemOf(err); status != 0 {
				return &pageError{status: status, code: "access_denied", description: text, err: err}
			}
			return err
		}
		p.logFactor(ctx, f, models.LogFactorEnrolmentBegins, t, "")
	}
	e, err := p.factors.Enrolling(f.transaction, f.standing)
	if err != nil {
		return err
	}
	if e != nil && e.Type == t {
		v.Key, v.Picture, v.To = grouped(e.Key), template.URL(e.Picture), e.Address
	}
	return nil
}

// enrolName names a kind of factor to somebody who has none.
func enrolName(t models.FactorType) string {
	switch t {
	case models.FactorPhone:
		return "Use text messages"
	case models.FactorEmail:
		return "Use email"
	}
	return "Use an authenticator app"
}

func (p *Pages) submitEnrolment(w http.ResponseWriter, r *http.Request) error {
	// 1. It is our form, in the browser that began the login, and an enrolment is due.
	if err := p.readForm(w, r); err != nil {
		return err
	}
	f, err := p.factorStep(r)
	if err != nil || !p.due(w, r, f, models.FactorEnroll) {
		return err
	}
	if err := p.checkForm(r, enrolPage, f.step, f.session.ID); err != nil {
		return err
	}
	t := f.enrollable(r.URL.Query().Get("factor"))
	if t == "" {
		return noFactor(errors.New("none of the factors that are asked for can be enrolled"))
	}
	// 2. An address was entered, or another code is to be sent there.
	if do := r.PostForm.Get("do"); t != models.FactorOTP && (do == "start" || do == "send") {
		return p.startEnrolment(w, r, f, t, do)
	}
	// 3. The first code has come.
	passed, err := p.confirm(r, f, t)
	if err == nil {
		return p.fulfil(w, r, f, passed)
	}
	status, text := problemOf(err)
	if status == 0 {
		return err
	}
	p.logRefused(r.Context(), f, t, err)
	return p.renderEnrolment(w, r, status, f, t, text)
}

func (p *Pages) startEnrolment(w http.ResponseWriter, r *http.Request, f *factorStep, t models.FactorType, do string) error {
	var err error
	if do == "send" {
		err = p.factors.Resend(r.Context(), f.transaction, f.standing)
	} else {
		_, err = p.factors.StartEnrolment(r.Context(), f.transaction, f.standing, models.EnrolOptions{
			Type: t, Address: r.PostForm.Get("address"), Additional: f.proved(),
		})
	}
	if err != nil {
		return p.refuseToSend(err, func(status int, text string) error { return p.renderEnrolment(w, r, status, f, t, text) })
	}
	p.logFactor(r.Context(), f, models.LogFactorEnrolmentBegins, t, "")
	p.logSent(r.Context(), f, t)
	p.seeOther(w, r, p.enrolURL(f, t))
	return nil
}

// confirm takes the first code of what is being enrolled: no factor that the user has will do.
func (p *Pages) confirm(r *http.Request, f *factorStep, t models.FactorType) (*models.FactorPassed, error) {
	code := r.PostForm.Get("code")
	switch e := f.transaction.Enrolment; {
	case e == nil || e.Type != t:
		return nil, &models.InvalidError{Message: "Begin anew: this was set up already, or something else was begun since."}
	case code == "":
		return nil, &models.InvalidError{Message: "Enter the code."}
	case len(code) > maxCode:
		return nil, &models.InvalidError{Message: "That is too long for a code."}
	}
	if t == models.FactorOTP {
		return p.factors.CheckOTP(r.Context(), f.transaction, f.standing, code)
	}
	return p.factors.CheckSent(r.Context(), f.transaction, f.standing, nil, code)
}

// refuseToSend shows why no code was sent. A sender that does not work is an internal error.
func (p *Pages) refuseToSend(err error, show func(status int, text string) error) error {
	if errors.Is(err, models.ErrTooMany) {
		return show(http.StatusTooManyRequests, tooManyMessages)
	}
	if status, text := problemOf(err); status != 0 {
		return show(status, text)
	}
	return fmt.Errorf("send a code: %w", err)
}

func (p *Pages) logSent(ctx context.Context, f *factorStep, t models.FactorType) {
	typ := models.LogFactorSMS
	if t == models.FactorEmail {
		typ = models.LogFactorEmail
	}
	p.logFactor(ctx, f, typ, t, "")
}

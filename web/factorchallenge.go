package web

import (
	"fmt"
	"net/http"
	"net/url"

	"example.com/keepsake/models"
)

// challengeView is what templates/mfachallenge.html shows.
type challengeView struct {
	Action  string
	CSRF    string
	Client  brand
	User    string
	Account string
	Type    models.FactorType
	// To is where the code goes, mostly hidden; Sent says that it went.
	To          string
	Sent        bool
	Remember    bool // offer to remember the browser
	Remembering bool // it was chosen
	Problem     string
	Others      []otherFactor
}

// otherFactor is a link to another way.
type otherFactor struct{ Name, URL string }

func (p *Pages) showChallenge(w http.ResponseWriter, r *http.Request) error {
	f, err := p.factorStep(r)
	if err != nil || !p.due(w, r, f, models.FactorChallenge) {
		return err
	}
	a := f.chosen(r.URL.Query().Get("factor"))
	if a == nil {
		return noFactor(fmt.Errorf("none of the factors that are asked for is the user's"))
	}
	return p.renderChallenge(w, r, http.StatusOK, f, a, "")
}

// usable are the user's factors that the request takes, in its order of preference; a recovery code stands in for any of them.
func (f *factorStep) usable() []*models.Authenticator {
	var out []*models.Authenticator
	add := func(t models.FactorType) {
		for i := range f.standing.Enrolled {
			if f.standing.Enrolled[i].Type == t {
				out = append(out, &f.standing.Enrolled[i])
			}
		}
	}
	for _, want := range f.request.Factors {
		add(models.FactorType(want.Type))
	}
	return out
}

// choice names a factor in the page's address: by its id, which the user's own email address does not have.
func choice(a *models.Authenticator) string {
	if a.ID == "" {
		return string(a.Type)
	}
	return a.ID
}

// chosen returns the factor with that choice, else the first one; nil when there is none.
func (f *factorStep) chosen(name string) *models.Authenticator {
	usable := f.usable()
	for _, a := range usable {
		if choice(a) == name {
			return a
		}
	}
	if len(usable) == 0 {
		return nil
	}
	return usable[0]
}

// noFactor is shown when a factor was removed, or is not offered any more, while the login waited for it.
func noFactor(err error) error {
	return &pageError{
		status: http.StatusForbidden, code: "access_denied",
		description: "There is no way left to verify that it is you. Go back to the application and sign in again, or contact its support.",
		err:         err,
	}
}

func (p *Pages) renderChallenge(w http.ResponseWriter, r *http.Request, status int, f *factorStep, a *models.Authenticator, problem string) error {
	v := challengeView{
		Action: p.FactorURL(f.id) + "&factor=" + url.QueryEscape(choice(a)), CSRF: p.newFormToken(challengePage, f.step, f.session.ID),
		Client: clientBrand(f.client), User: f.user.DisplayName(), Account: monogram(f.user.DisplayName()),
		Type: a.Type, Remember: f.request.AllowRemember, Remembering: r.PostForm.Get("remember") != "", Problem: problem,
	}
	if a.Address != "" {
		sent := f.transaction.Challenge
		v.To, v.Sent = a.MaskedAddress(), sent != nil && sent.Type == a.Type && sent.AuthenticatorID == a.ID
	}
	for _, other := range f.usable() {
		if choice(other) != choice(a) {
			v.Others = append(v.Others, otherFactor{Name: factorName(other), URL: p.FactorURL(f.id) + "&factor=" + url.QueryEscape(choice(other))})
		}
	}
	title := "Verify that it’s you"
	if problem != "" {
		title = "Error: " + title
	}
	return p.render(w, r, status, challengePage, view{Title: title, Tenant: tenantBrand(f.tenant), FormTargets: f.formTargets(), Body: v})
}

// factorName names a factor to its owner.
func factorName(a *models.Authenticator) string {
	switch a.Type {
	case models.FactorOTP:
		return "Use your authenticator app"
	case models.FactorPhone:
		return "Get a text message at " + a.MaskedAddress()
	case models.FactorEmail:
		return "Get an email at " + a.MaskedAddress()
	}
	return "Use your recovery code"
}

func (p *Pages) submitChallenge(w http.ResponseWriter, r *http.Request) error {
	// 1. It is our form, in the browser that began the login, and a factor is due.
	if err := p.readForm(w, r); err != nil {
		return err
	}
	f, err := p.factorStep(r)
	if err != nil || !p.due(w, r, f, models.FactorChallenge) {
		return err
	}
	if err := p.checkForm(r, challengePage, f.step, f.session.ID); err != nil {
		return err
	}
	a := f.chosen(r.URL.Query().Get("factor"))
	if a == nil {
		return noFactor(fmt.Errorf("none of the factors that are asked for is the user's"))
	}
	// 2. A code is to be sent.
	if r.PostForm.Get("do") == "send" {
		return p.sendChallenge(w, r, f, a)
	}
	// 3. A code has come.
	passed, err := p.check(r, f, a)
	if err == nil {
		return p.fulfil(w, r, f, passed)
	}
	status, text := problemOf(err)
	if status == 0 {
		return err
	}
	p.logRefused(r.Context(), f, a.Type, err)
	return p.renderChallenge(w, r, status, f, a, text)
}

func (p *Pages) check(r *http.Request, f *factorStep, a *models.Authenticator) (*models.FactorPassed, error) {
	code := r.PostForm.Get("code")
	if code == "" {
		return nil, &models.InvalidError{Message: "Enter the code."}
	}
	if len(code) > maxCode {
		return nil, &models.InvalidError{Message: "That is too long for a code."}
	}
	switch a.Type {
	case models.FactorOTP:
		return p.factors.CheckOTP(r.Context(), f.transaction, f.standing, code)
	case models.FactorRecoveryCode:
		return p.factors.CheckRecovery(r.Context(), f.transaction, f.standing, code)
	}
	return p.factors.CheckSent(r.Context(), f.transaction, f.standing, nil, code)
}

// sendChallenge sends a code and shows the page again: a redirect makes a reload harmless.
func (p *Pages) sendChallenge(w http.ResponseWriter, r *http.Request, f *factorStep, a *models.Authenticator) error {
	_, err := p.factors.Challenge(r.Context(), f.transaction, f.standing, a)
	if err != nil {
		return p.refuseToSend(err, func(status int, text string) error { return p.renderChallenge(w, r, status, f, a, text) })
	}
	p.logSent(r.Context(), f, a.Type)
	p.seeOther(w, r, p.FactorURL(f.id)+"&factor="+url.QueryEscape(choice(a)))
	return nil
}

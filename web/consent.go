package web

import (
	"errors"
	"fmt"
	"net/http"

	"example.com/keepsake/models"
)

// consentPage is the page's name in its form token and among the templates.
const consentPage = "consent"

// consentView is what templates/consent.html shows.
type consentView struct {
	Action  string
	CSRF    string
	Client  brand
	Org     *brand
	User    string
	Account string // how the user's picture would be labelled: the first letter
	API     string // the API's name; empty when no API was asked for
	Scopes  []scopeText
}

func (p *Pages) showConsent(w http.ResponseWriter, r *http.Request) error {
	s, err := p.step(r)
	if err != nil {
		return err
	}
	session, err := p.stepSession(r, s)
	if err != nil {
		return err
	}
	if session == nil {
		p.seeOther(w, r, p.LoginURL(s.id))
		return nil
	}
	user, err := p.sessions.User(r.Context(), session.UserID)
	if err != nil {
		return missing(fmt.Errorf("find the session's user: %w", err))
	}
	api, err := p.api(r, s)
	if err != nil {
		return err
	}
	v := consentView{
		Action:  p.ConsentURL(s.id),
		CSRF:    p.newFormToken(consentPage, s, session.ID),
		Client:  clientBrand(s.client),
		Org:     orgBrand(s.org),
		User:    user.DisplayName(),
		Account: monogram(user.DisplayName()),
		Scopes:  scopeTexts(s.tx.Params.Get("scope"), api, s.client),
	}
	if api != nil {
		v.API = firstOf(api.Name, api.Identifier)
	}
	return p.render(w, r, http.StatusOK, consentPage, view{
		Title: "Allow access for " + v.Client.Name, Tenant: tenantBrand(s.tenant), FormTargets: s.formTargets(), Body: v,
	})
}

func (p *Pages) submitConsent(w http.ResponseWriter, r *http.Request) error {
	if err := p.readForm(w, r); err != nil {
		return err
	}
	s, err := p.step(r)
	if err != nil {
		return err
	}
	session, err := p.stepSession(r, s)
	if err != nil {
		return err
	}
	if session == nil {
		p.seeOther(w, r, p.LoginURL(s.id))
		return nil
	}
	if err := p.checkForm(r, consentPage, s, session.ID); err != nil {
		return err
	}
	var accepted bool
	switch r.PostForm.Get("decision") {
	case "accept":
		accepted = true
	case "decline":
	default:
		return &pageError{
			status: http.StatusBadRequest, code: "invalid_request",
			description: "Choose whether to allow the access or not.",
		}
	}
	if err := p.transactions.DecideLoginTransaction(r.Context(), s.id, accepted); err != nil {
		return missing(fmt.Errorf("decide the login transaction: %w", err))
	}
	p.seeOther(w, r, p.resumeURL(s.id))
	return nil
}

// stepSession returns the session that would consent: the browser's, which must be the one that signed in to this
// transaction if one did. It is nil when that session is gone, for the person then has to sign in again.
func (p *Pages) stepSession(r *http.Request, s *step) (*models.Session, error) {
	session, err := p.Session(r)
	if errors.Is(err, models.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if s.tx.SessionID != "" && s.tx.SessionID != session.ID {
		return nil, nil
	}
	return session, nil
}

// api returns the API that the transaction asks for. It is nil when it asks for none, or for /userinfo, which is no API
// of the tenant's.
func (p *Pages) api(r *http.Request, s *step) (*models.ResourceServer, error) {
	audience := firstOf(s.tx.Params.Get("audience"), s.tenant.DefaultAudience)
	if audience == "" || audience == p.userinfo {
		return nil, nil
	}
	api, err := p.config.ResourceServer(r.Context(), audience)
	if err != nil {
		return nil, missing(fmt.Errorf("find the API %s: %w", audience, err))
	}
	return api, nil
}

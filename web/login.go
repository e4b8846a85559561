package web

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"example.com/keepsake/models"
)

// wrongCredentials is the one text for an unknown user and for a wrong password (contract 6.2): the page must not tell
// who has an account.
const wrongCredentials = "Wrong email or password."

const accountBlocked = "Your account is blocked. Contact your administrator."

// maxIdentifier is how long an email address or username may be, in bytes. RFC 5321 allows 254 for an address.
const maxIdentifier = 256

// loginPage is the page's name in its form token and among the templates.
const loginPage = "login"

// loginView is what templates/login.html shows.
type loginView struct {
	Action     string
	CSRF       string
	Client     brand
	Org        *brand
	Identifier string
	Label      string
	// EmailKeyboard asks a phone for its email keyboard: usernames are not accepted.
	EmailKeyboard bool
	loginProblems
}

// loginProblems is what was wrong with a submission. Empty: nothing.
type loginProblems struct {
	Problem           string // with the whole
	IdentifierProblem string
	PasswordProblem   string
}

func (l loginProblems) any() bool { return l != loginProblems{} }

func (p *Pages) showLogin(w http.ResponseWriter, r *http.Request) error {
	s, err := p.step(r)
	if err != nil {
		return err
	}
	conn, err := p.connection(r, s)
	if err != nil {
		return err
	}
	hint := s.tx.Params.Get("login_hint")
	if identifierProblem(hint) != "" {
		hint = ""
	}
	return p.renderLogin(w, r, http.StatusOK, s, conn, hint, loginProblems{})
}

func (p *Pages) renderLogin(w http.ResponseWriter, r *http.Request, status int, s *step, conn *models.Connection, identifier string, problems loginProblems) error {
	v := loginView{
		Action:        p.LoginURL(s.id),
		CSRF:          p.newFormToken(loginPage, s, ""),
		Client:        clientBrand(s.client),
		Org:           orgBrand(s.org),
		Identifier:    identifier,
		Label:         identifierLabel(conn),
		EmailKeyboard: !conn.RequiresUsername,
		loginProblems: problems,
	}
	title := "Sign in to " + v.Client.Name
	if problems.any() {
		title = "Error: " + title // a screen reader says the title first
	}
	return p.render(w, r, status, loginPage, view{Title: title, Tenant: tenantBrand(s.tenant), FormTargets: s.formTargets(), Body: v})
}

// identifierLabel names what a connection's users sign in with.
func identifierLabel(c *models.Connection) string {
	if c.RequiresUsername {
		return "Email address or username"
	}
	return "Email address"
}

func (p *Pages) submitLogin(w http.ResponseWriter, r *http.Request) error {
	// 1. It is our form, in the browser that began the transaction.
	if err := p.readForm(w, r); err != nil {
		return err
	}
	s, err := p.step(r)
	if err != nil {
		return err
	}
	if err := p.checkForm(r, loginPage, s, ""); err != nil {
		return err
	}
	conn, err := p.connection(r, s)
	if err != nil {
		return err
	}
	// 2. Something was entered.
	identifier, password := strings.TrimSpace(r.PostForm.Get("username")), r.PostForm.Get("password")
	if problems := checkEntered(conn, identifier, password); problems.any() {
		return p.renderLogin(w, r, http.StatusBadRequest, s, conn, printable(identifier), problems)
	}
	// 3. The password is right.
	user, err := p.authenticator.Authenticate(r.Context(), conn.Name, identifier, password)
	if err != nil {
		return p.refuseLogin(w, r, s, conn, identifier, user, err)
	}
	// 4. The browser gets a new session, and the transaction goes on with it.
	return p.signIn(w, r, s, conn, user)
}

func checkEntered(conn *models.Connection, identifier, password string) loginProblems {
	l := loginProblems{IdentifierProblem: identifierProblem(identifier)}
	if identifier == "" {
		l.IdentifierProblem = "Enter your " + strings.ToLower(identifierLabel(conn)) + "."
	}
	if password == "" {
		l.PasswordProblem = "Enter your password."
	}
	return l
}

// identifierProblem says what is wrong with the form of an identifier, "" when nothing. Nobody's name has control
// characters or broken UTF-8, and databases refuse them.
func identifierProblem(s string) string {
	switch {
	case len(s) > maxIdentifier:
		return "This is too long for an email address or username."
	case printable(s) != s:
		return "This contains characters that no email address or username has."
	}
	return ""
}

// printable returns s without what can't be shown or stored.
func printable(s string) string {
	if len(s) > maxIdentifier {
		return ""
	}
	return strings.Map(func(r rune) rune {
		if r == utf8.RuneError || unicode.IsControl(r) {
			return -1
		}
		return r
	}, s)
}

// refuseLogin shows the form again with the reason, and logs it.
func (p *Pages) refuseLogin(w http.ResponseWriter, r *http.Request, s *step, conn *models.Connection, identifier string, user *models.User, cause error) error {
	status, text := http.StatusBadRequest, wrongCredentials
	switch {
	case errors.Is(cause, models.ErrWrongUser), errors.Is(cause, models.ErrWrongPassword):
	case errors.Is(cause, models.ErrBlocked):
		status, text = http.StatusForbidden, accountBlocked
	default:
		return fmt.Errorf("authenticate the user: %w", cause)
	}
	p.logRefusal(r.Context(), s, conn, identifier, user, cause)
	return p.renderLogin(w, r, status, s, conn, identifier, loginProblems{Problem: text})
}

// signIn gives the browser a new session in place of the one it had, and sends it on.
func (p *Pages) signIn(w http.ResponseWriter, r *http.Request, s *step, conn *models.Connection, user *models.User) error {
	ctx, now := r.Context(), p.now().UTC()
	// A session id that the browser had before the login must not be worth more after it (session fixation).
	var replaces string
	before, err := p.Session(r)
	switch {
	case err == nil:
		replaces = before.ID
	case !errors.Is(err, models.ErrNotFound):
		return err
	}
	secret := models.NewSecret()
	session := newSession(s.tenant, user, conn, models.NewDevice(models.OriginFrom(ctx)), secret, now)
	if err := p.sessions.CreateSession(ctx, session, replaces); err != nil {
		return fmt.Errorf("create the browser's session: %w", err)
	}
	p.setSessionCookie(w, session, secret)
	if err := p.transactions.AuthenticateLoginTransaction(ctx, s.id, session.ID, now); err != nil {
		return missing(fmt.Errorf("authenticate the login transaction: %w", err))
	}
	p.seeOther(w, r, p.resumeURL(s.id))
	return nil
}

func newSession(t *models.Tenant, u *models.User, conn *models.Connection, d models.Device, secret string, now time.Time) *models.Session {
	return &models.Session{
		ID:               models.NewID(models.PrefixSession, now),
		SecretHash:       models.HashSecret(secret),
		UserID:           u.ID,
		Connection:       conn.Name,
		CreatedAt:        now,
		UpdatedAt:        now,
		AuthenticatedAt:  now,
		LastInteractedAt: now,
		ExpiresAt:        now.Add(t.SessionEnd()),
		IdleExpiresAt:    now.Add(t.IdleSession()),
		Device:           d,
		Methods:          []models.AuthMethod{{Name: "pwd", Timestamp: now}},
		Cookie:           models.CookiePersistent,
	}
}

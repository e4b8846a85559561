package main

import (
	"fmt"
	"html"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"example.com/keepsake/examples"
	"example.com/keepsake/hooks/sessiontoken"
)

// What the examples have to be changed in, or must be known for.
const (
	demoTermsURL    = "http://localhost:3001/terms"
	demoTermsSecret = "terms-demo-secret-4b8d1f6a7c20"
)

// waitingTenant is the demo tenant with the two examples bound that have a login wait for the browser.
func waitingTenant(t *testing.T, termsURL string) string {
	t.Helper()
	folder := t.TempDir()
	if err := os.CopyFS(folder, examples.FS); err != nil {
		t.Fatal(err)
	}
	text, err := fs.ReadFile(examples.FS, "tenant.yaml")
	if err != nil {
		t.Fatal(err)
	}
	const lastBinding = "    - action_name: demo-commands\n"
	document := string(text)
	for _, once := range []string{lastBinding, demoTermsURL, demoTermsSecret} {
		if strings.Count(document, once) != 1 {
			t.Fatalf("%q is not once in the demo's tenant.yaml", once)
		}
	}
	bound := "    - action_name: accept-terms\n      display_name: Terms\n    - action_name: progressive-profile\n      display_name: Profile\n"
	write(t, filepath.Join(folder, "tenant.yaml"), strings.NewReplacer(lastBinding, bound+lastBinding, demoTermsURL, termsURL).Replace(document))
	return folder
}

// terms is the site that the example accept-terms sends people to. It checks who comes, and has them come back by a POST, which is
// a POST from another site: to the browser the server is 127.0.0.1 and this is localhost.
type terms struct {
	t *testing.T
	p *process
	// asked is how often somebody came.
	asked int
}

func (s *terms) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path != "/terms" { // a browser asks for an icon too
		http.NotFound(w, r)
		return
	}
	state := r.FormValue("state")
	s.p.Vault.add("the state of a suspended login", state)
	s.asked++
	issuer, err := url.Parse(s.p.Issuer)
	if err != nil {
		s.t.Error(err)
		return
	}
	// The token that came is Keepsake's own word for who is there. Its state is the query's, which Validate wants in the token.
	if err := s.check(r.FormValue("session_token"), issuer.Hostname()); err != nil {
		s.t.Errorf("the token that came with the browser: %v", err)
	}
	page := `<!doctype html><title>Terms</title><h1>Our terms</h1>`
	for caption, accepted := range map[string]string{"Accept": "2026-11", "Refuse": "no"} {
		token, err := sessiontoken.Encode(demoTermsSecret, sessiontoken.Standard{
			Issuer: issuer.Hostname(), Subject: "auth0|a11ce0000000000000000001", IssuedAt: time.Now(), Lifetime: time.Minute,
		}, map[string]any{"state": state, "accepted": accepted})
		if err != nil {
			s.t.Error(err)
		}
		s.p.Vault.add("a session token", token)
		page += fmt.Sprintf(`<form method="post" action="%scontinue"><input type="hidden" name="state" value="%s"><input type="hidden" name="session_token" value="%s"><button>%s</button></form>`,
			html.EscapeString(s.p.Issuer), html.EscapeString(state), html.EscapeString(token), caption)
	}
	_, _ = w.Write([]byte(page))
}

// check looks at the token that accept-terms makes. It has no state: the site got that beside it.
func (s *terms) check(token, issuer string) error {
	_, err := sessiontoken.Validate(demoTermsSecret, token, sessiontoken.Expected{Issuer: issuer, Subject: "auth0|a11ce0000000000000000001", Now: time.Now()})
	if err == sessiontoken.ErrClaims { // for want of a state alone
		return nil
	}
	return fmt.Errorf("validate: %w", err)
}

// TestLoginThatWaitsInABrowser has a login that goes to another site and back, shows a form of two pages, and ends with a code; and
// one that is refused on the way.
func TestLoginThatWaitsInABrowser(t *testing.T) {
	eachBrowser(t, func(t *testing.T, o processOptions, who person) {
		elsewhere := &terms{t: t}
		o.Tenant = waitingTenant(t, site(t, "localhost", elsewhere.ServeHTTP)+"/terms?lang=en")
		p := startProcess(t, o)
		elsewhere.p = p
		app := callbackSite(t)

		// 1. The terms are refused: the application hears of it.
		who.Open(p.signInAt(demoClient, app))
		signInAs(who, demoPassword)
		if at := who.Address(); at.Hostname() != "localhost" || at.Query().Get("lang") != "en" || at.Query().Get("state") == "" {
			t.Fatalf("the browser came to %s: %s", at, who.Text())
		}
		who.Press("Refuse")
		if q := who.Address().Query(); q.Get("error") != "access_denied" || q.Get("error_description") != "The terms were not accepted." || q.Get("state") != "a-state" {
			t.Fatalf("the callback got %s", who.Address())
		}
		// 2. They are accepted; then comes the form.
		who.Open(p.signInAt(demoClient, app))
		who.Press("Accept")
		fillProfile(t, who)
		at := who.Address()
		if at.Query().Get("code") == "" || !strings.HasPrefix(at.String(), app) {
			t.Fatalf("the browser came to %s: %s", at, who.Text())
		}
		p.Vault.add("an authorization code", at.Query().Get("code"))
		// 3. Nothing is asked twice, and the session is there.
		asked := elsewhere.asked
		who.Open(p.signInAt(demoClient, app))
		if who.Address().Query().Get("code") == "" || elsewhere.asked != asked {
			t.Errorf("the second login came to %s", who.Address())
		}
	})
}

func signInAs(who person, password string) {
	who.Fill("username", e2eEmail)
	who.Fill("password", password)
	who.Press("Continue")
}

// fillProfile goes through the example form, with a mistake and a step back.
func fillProfile(t *testing.T, who person) {
	t.Helper()
	if text := who.Text(); !strings.Contains(text, "Complete your profile") || !strings.Contains(text, "Hello Alice") || !strings.Contains(text, "Step 1 of 2") {
		t.Fatalf("%s says %s", who.Address(), text)
	}
	who.Press("Next")
	if !strings.Contains(who.Text(), "Fill this in.") {
		t.Errorf("an empty form was taken: %s", who.Text())
	}
	who.Fill("f.city", "Thun")
	who.Fill("f.language", "de")
	who.Press("Next")
	who.Press("Back")
	who.Fill("f.city", "Bern")
	who.Press("Next")
	if !strings.Contains(who.Text(), "Send news about Bern?") {
		t.Errorf("the second page says %s", who.Text())
	}
	who.Check("f.newsletter", "true")
	who.Press("Done")
}

// TestBackButtonInAWaitingLogin has somebody come back to the other site's page when the login has gone on, and send it again.
func TestBackButtonInAWaitingLogin(t *testing.T) {
	eachBrowser(t, func(t *testing.T, o processOptions, who person) {
		elsewhere := &terms{t: t}
		o.Tenant = waitingTenant(t, site(t, "localhost", elsewhere.ServeHTTP)+"/terms")
		p := startProcess(t, o)
		elsewhere.p = p
		who.Open(p.signInAt(demoClient, callbackSite(t)))
		signInAs(who, demoPassword)
		who.Press("Accept")
		if !strings.Contains(who.Text(), "Complete your profile") {
			t.Fatalf("%s says %s", who.Address(), who.Text())
		}
		who.Back()
		who.Press("Accept")
		if text := who.Text(); !strings.Contains(text, "This login has expired or was finished already.") {
			t.Errorf("the second return came to %s: %s", who.Address(), text)
		}
	})
}

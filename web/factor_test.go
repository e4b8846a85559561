package web_test

import (
	"context"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/keepsake/models"
	"example.com/keepsake/models/mfa"
	"example.com/keepsake/models/store"
	"example.com/keepsake/models/store/storetest"
	"example.com/keepsake/web"
)

// factorSite is a site with real second factors behind it, of Jane.
type factorSite struct {
	*site
	store *store.Store
	mu    sync.Mutex
	at    time.Time
	sent  []models.Message
}

const jane = "auth0|1"

func newFactorSite(t *testing.T) *factorSite {
	t.Helper()
	f := &factorSite{at: testNow}
	f.store = storetest.SQLite(t, func(o *store.Options) { o.Now = f.now })
	if _, err := f.store.Apply(t.Context(), &models.TenantConfig{Users: []models.User{{ID: jane, Connection: "Users", Email: "jane@example.com"}}}); err != nil {
		t.Fatal(err)
	}
	service := mfa.New(mfa.Options{Store: f.store, Keyring: storetest.Keyring(t), Sender: f, Now: f.now})
	f.site = newSite(t, func(o *web.Options) { o.Factors, o.FactorTransactions, o.Now = service, f.store, f.now })
	f.tenant.Factors = models.FactorTypes
	return f
}

func (f *factorSite) now() time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.at
}

func (f *factorSite) advance(d time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.at = f.at.Add(d)
}

// Send keeps a message.
func (f *factorSite) Send(_ context.Context, m models.Message) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.sent = append(f.sent, m)
	return nil
}

const testKey = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"

// has gives Jane factors.
func (f *factorSite) has(list ...models.Authenticator) {
	f.t.Helper()
	for i := range list {
		list[i].UserID, list[i].CreatedAt = jane, testNow
	}
	if err := f.store.Enrol(f.t.Context(), "", true, list...); err != nil {
		f.t.Fatal(err)
	}
}

func app() models.Authenticator {
	return models.Authenticator{ID: "totp|dev_1", Type: models.FactorOTP, Key: testKey}
}

func savedCode() models.Authenticator {
	return models.Authenticator{ID: "recovery-code|dev_1", Type: models.FactorRecoveryCode, CodeHash: models.HashSecret("ABCDEFGHIJKLMNOPQRSTUVWX")}
}

func cellphone() models.Authenticator {
	return models.Authenticator{ID: "sms|dev_1", Type: models.FactorPhone, Address: "+15551234567"}
}

// suspend has a login of Jane's wait for factors, and returns its id and the browser.
func (f *factorSite) suspend(requests ...models.FactorRequest) (*browser, string) {
	f.t.Helper()
	b := f.browser()
	b.login()
	id := b.begin("app", nil)
	session, err := f.SessionBySecret(f.t.Context(), models.HashSecret(b.cookies["keepsake"]), f.now())
	if err != nil {
		f.t.Fatal(err)
	}
	f.txs[id].SessionID = session.ID
	f.txs[id].Suspended = &models.SuspendedLogin{
		TransactionID: "tx", UserID: jane, SessionID: session.ID, Waiting: models.WaitingFactor, Factors: requests, At: f.now(),
	}
	return b, id
}

func ask(mode models.FactorMode, types ...models.FactorType) models.FactorRequest {
	r := models.FactorRequest{Mode: mode, Any: true}
	for _, t := range types {
		r.Factors = append(r.Factors, models.Factor{Type: string(t)})
	}
	return r
}

func (f *factorSite) code(key string) url.Values {
	f.t.Helper()
	code, err := mfa.Code(key, f.now())
	if err != nil {
		f.t.Fatal(err)
	}
	return url.Values{"code": {code}, "do": {"verify"}}
}

func (f *factorSite) logTypes() []models.LogType {
	var out []models.LogType
	for _, e := range f.logs {
		if strings.HasPrefix(string(e.Type), "gd_") {
			out = append(out, e.Type)
		}
	}
	return out
}

// methods are the kinds that the login has seen.
func (f *factorSite) methods(id string) []string {
	var out []string
	for _, m := range f.txs[id].Suspended.Methods {
		out = append(out, m.Name+" "+m.Type)
	}
	return out
}

func TestChallengeWithAnApp(t *testing.T) {
	t.Parallel()
	f := newFactorSite(t)
	f.has(app(), savedCode())
	b, id := f.suspend(ask(models.FactorChallenge, models.FactorOTP, models.FactorRecoveryCode))
	page := b.get(f.pages.FactorURL(id))
	page.want(t, http.StatusOK, "Verify that it’s you", "to continue to Notes", "jane@example.com", "6-digit code", "Use your recovery code")
	checkHarmless(t, "challenge", page)

	for _, code := range []string{"", "000000", strings.Repeat("1", 100), "<script>"} {
		a := b.submit(page, url.Values{"code": {code}, "do": {"verify"}})
		a.want(t, http.StatusBadRequest, "Verify that it’s you")
		if !hasAttr(a.byID("code"), "aria-invalid") || strings.Contains(a.body, "<script>") {
			t.Errorf("code %q: %s", code, a.body)
		}
	}
	b.submit(page, f.code(testKey)).wantRedirect(t, resume(id))
	if diff := cmp.Diff([]string{"mfa otp"}, f.methods(id)); diff != "" || len(f.txs[id].Suspended.Factors) != 0 {
		t.Errorf("the login was not told: %s", diff)
	}
	want := []models.LogType{models.LogFactorFailed, models.LogFactorFailed, models.LogFactorPassed}
	if diff := cmp.Diff(want, f.logTypes()); diff != "" {
		t.Errorf("log: %s", diff)
	}
	// Back, and submitted again: the login has gone on.
	b.submit(page, f.code(testKey)).wantRedirect(t, resume(id))
	b.get(f.pages.FactorURL(id)).wantRedirect(t, resume(id))
}

func TestChallengeTakesFewGuesses(t *testing.T) {
	t.Parallel()
	f := newFactorSite(t)
	f.has(app())
	b, id := f.suspend(ask(models.FactorChallenge, models.FactorOTP))
	page := b.get(f.pages.FactorURL(id))
	for range models.MaxFactorAttempts {
		b.submit(page, url.Values{"code": {"000000"}}).want(t, http.StatusBadRequest, "That code is wrong")
	}
	b.submit(page, f.code(testKey)).want(t, http.StatusTooManyRequests, "too many wrong codes")
	if got := f.logTypes(); got[len(got)-1] != models.LogFactorLimit {
		t.Errorf("log %v", got)
	}
}

func TestChallengeWithTheRecoveryCode(t *testing.T) {
	t.Parallel()
	f := newFactorSite(t)
	f.has(app(), savedCode())
	b, id := f.suspend(ask(models.FactorChallenge, models.FactorOTP, models.FactorRecoveryCode))
	page := b.get(f.pages.FactorURL(id) + "&factor=recovery-code|dev_1")
	page.want(t, http.StatusOK, "Recovery code", "Use your authenticator app")
	b.submit(page, url.Values{"code": {"WRONG"}}).want(t, http.StatusBadRequest, "That code is wrong")
	a := b.submit(page, url.Values{"code": {"abcd efgh ijkl mnop qrst uvwx"}})
	a.want(t, http.StatusOK, "Save your recovery code", "This one takes its place")
	if code := text(a.byID("recovery-code")); !regexp.MustCompile(`^([A-Z2-7]{4} ){5}[A-Z2-7]{4}$`).MatchString(code) {
		t.Errorf("the next code is %q", code)
	}
	if link := attr(a.all("a")[0], "href"); link != resume(id) {
		t.Errorf("the page leads to %q", link)
	}
	if diff := cmp.Diff([]models.LogType{models.LogRecoveryFailed, models.LogRecoveryPassed}, f.logTypes()); diff != "" {
		t.Errorf("log: %s", diff)
	}
}

func TestChallengeWithATextMessage(t *testing.T) {
	t.Parallel()
	f := newFactorSite(t)
	f.has(cellphone())
	b, id := f.suspend(ask(models.FactorChallenge, models.FactorPhone))
	page := b.get(f.pages.FactorURL(id))
	page.want(t, http.StatusOK, "XXXXXXXX4567", "Send the code")
	if len(f.sent) != 0 || strings.Contains(page.body, "+1555") {
		t.Error("looking at the page sends a code, or tells the number")
	}
	sent := b.submit(page, url.Values{"do": {"send"}})
	if sent.StatusCode != http.StatusSeeOther {
		t.Fatalf("%d %s", sent.StatusCode, sent.body)
	}
	page = b.get(sent.Header.Get("Location"))
	page.want(t, http.StatusOK, "We sent it to XXXXXXXX4567", "Send another code")
	b.submit(page, url.Values{"code": {"x"}, "do": {"verify"}}).want(t, http.StatusBadRequest, "That code is wrong")
	b.submit(page, url.Values{"code": {f.sent[0].Code}, "do": {"verify"}}).wantRedirect(t, resume(id))
	if diff := cmp.Diff([]models.LogType{models.LogFactorSMS, models.LogFactorFailed, models.LogFactorPassed}, f.logTypes()); diff != "" {
		t.Errorf("log: %s", diff)
	}
}

func TestEnrolmentOfAnApp(t *testing.T) {
	t.Parallel()
	f := newFactorSite(t)
	b, id := f.suspend(ask(models.FactorEnroll, models.FactorOTP, models.FactorPhone))
	b.get(f.pages.FactorURL(id)).wantRedirect(t, "/u/mfa-enroll?state="+id)
	page := b.get("/u/mfa-enroll?state=" + id)
	page.want(t, http.StatusOK, "Set up a second step", "Scan this", "Use text messages")
	checkHarmless(t, "enrolment", page)
	if src := attr(page.all("img")[1], "src"); !strings.HasPrefix(src, "data:image/png;base64,") {
		t.Errorf("the QR code is %.40q", src)
	}
	key := strings.ReplaceAll(text(page.byID("key")), " ", "")
	if again := b.get("/u/mfa-enroll?state=" + id); strings.ReplaceAll(text(again.byID("key")), " ", "") != key {
		t.Error("a reload makes another key")
	}
	b.submit(page, url.Values{"code": {"000000"}}).want(t, http.StatusBadRequest, "That code is wrong")
	a := b.submit(page, f.code(key))
	a.want(t, http.StatusOK, "Save your recovery code", "when you have no other way")
	if diff := cmp.Diff([]string{"mfa otp"}, f.methods(id)); diff != "" {
		t.Error(diff)
	}
	have, err := f.store.Authenticators(t.Context(), jane)
	if err != nil || len(have) != 2 {
		t.Errorf("authenticators %+v, %v", have, err)
	}
	b.submit(page, f.code(key)).wantRedirect(t, resume(id))
	want := []models.LogType{models.LogFactorEnrolmentBegins, models.LogFactorFailed, models.LogFactorEnrolled, models.LogFactorPassed}
	if diff := cmp.Diff(want, f.logTypes()); diff != "" {
		t.Errorf("log: %s", diff)
	}
}

func TestEnrolmentOfAPhone(t *testing.T) {
	t.Parallel()
	f := newFactorSite(t)
	b, id := f.suspend(ask(models.FactorEnroll, models.FactorPhone, models.FactorEmail))
	page := b.get("/u/mfa-enroll?state=" + id)
	page.want(t, http.StatusOK, "Phone number", "Use email")
	bad := b.submit(page, url.Values{"address": {"0800 <b>"}, "do": {"start"}})
	bad.want(t, http.StatusBadRequest, "A phone number begins with +")
	if got := attr(bad.byID("address"), "value"); got != "0800 <b>" {
		t.Errorf("what was entered became %q", got)
	}
	sent := b.submit(page, url.Values{"address": {"+1 555 123 4567"}, "do": {"start"}})
	page = b.get(sent.Header.Get("Location"))
	page.want(t, http.StatusOK, "We sent a code to +15551234567")
	b.submit(page, url.Values{"do": {"send"}}).wantRedirect(t, sent.Header.Get("Location"))
	if len(f.sent) != 2 {
		t.Fatalf("%d messages", len(f.sent))
	}
	b.submit(page, url.Values{"code": {f.sent[1].Code}, "do": {"verify"}}).want(t, http.StatusOK, "Save your recovery code")
}

func TestASecondFactorIsEnrolledAfterTheFirstIsProved(t *testing.T) {
	t.Parallel()
	f := newFactorSite(t)
	f.has(app())
	b, id := f.suspend(ask(models.FactorEnroll, models.FactorPhone))
	page := b.get("/u/mfa-enroll?state=" + id)
	b.submit(page, url.Values{"address": {"+15551234567"}, "do": {"start"}}).want(t, http.StatusConflict, "set up already")

	b, id = f.suspend(ask(models.FactorChallenge, models.FactorOTP), ask(models.FactorEnroll, models.FactorPhone))
	b.submit(b.get(f.pages.FactorURL(id)), f.code(testKey)).wantRedirect(t, resume(id))
	page = b.get("/u/mfa-enroll?state=" + id)
	b.get(b.submit(page, url.Values{"address": {"+15551234567"}, "do": {"start"}}).Header.Get("Location")).want(t, http.StatusOK, "We sent a code")
}

func TestABrowserIsRemembered(t *testing.T) {
	t.Parallel()
	f := newFactorSite(t)
	f.has(app())
	request := ask(models.FactorChallenge, models.FactorOTP)
	remembered := func(b *browser, user string) bool {
		t.Helper()
		yes, err := f.pages.Remembered(b.request(http.MethodGet, "/", nil), user)
		if err != nil {
			t.Fatal(err)
		}
		return yes
	}
	b, id := f.suspend(request)
	fill := f.code(testKey)
	fill.Set("remember", "1")
	b.submit(b.get(f.pages.FactorURL(id)), fill).wantRedirect(t, resume(id))
	if remembered(b, jane) {
		t.Error("the browser is remembered although the Action does not allow it")
	}
	f.advance(time.Minute)
	request.AllowRemember = true
	b, id = f.suspend(request)
	page := b.get(f.pages.FactorURL(id))
	page.want(t, http.StatusOK, "Don’t ask again in this browser for 30 days")
	fill = f.code(testKey)
	fill.Set("remember", "1")
	b.submit(page, fill).wantRedirect(t, resume(id))
	if !remembered(b, jane) || remembered(b, "auth0|2") || remembered(f.browser(), jane) {
		t.Error("the wrong browsers and people are remembered")
	}
	f.advance(models.RememberedBrowserLifetime)
	if remembered(b, jane) {
		t.Error("it is remembered for too long")
	}
}

func TestFactorPagesBelongToOneLogin(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		change func(f *factorSite, b *browser, id string)
	}{
		{"nothing is asked for", func(f *factorSite, _ *browser, id string) { f.txs[id].Suspended.Factors = nil }},
		{"a form is asked for", func(f *factorSite, _ *browser, id string) { f.txs[id].Suspended.Waiting = models.WaitingForm }},
		{"the login is not suspended", func(f *factorSite, _ *browser, id string) { f.txs[id].Suspended = nil }},
		{"somebody else has signed in", func(f *factorSite, _ *browser, id string) { f.txs[id].Suspended.UserID = "auth0|2" }},
		{"the session has ended", func(f *factorSite, _ *browser, _ string) { clear(f.sessions) }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := newFactorSite(t)
			f.has(app())
			b, id := f.suspend(ask(models.FactorChallenge, models.FactorOTP))
			page := b.get(f.pages.FactorURL(id))
			tt.change(f, b, id)
			for _, a := range []*answer{b.get(f.pages.FactorURL(id)), b.get("/u/mfa-enroll?state=" + id), b.submit(page, f.code(testKey))} {
				a.wantRedirect(t, resume(id))
			}
		})
	}
}

func TestFactorPagesRefuseStrangers(t *testing.T) {
	t.Parallel()
	f := newFactorSite(t)
	f.has(app())
	b, id := f.suspend(ask(models.FactorChallenge, models.FactorOTP))
	page := b.get(f.pages.FactorURL(id))
	f.browser().get(f.pages.FactorURL(id)).want(t, http.StatusBadRequest, "started in another browser")
	fill := f.code(testKey)
	fill.Set("csrf", "")
	b.submit(page, fill).want(t, http.StatusForbidden, "could not be verified")
	b2, other := f.suspend(ask(models.FactorChallenge, models.FactorOTP))
	_, form := b2.get(f.pages.FactorURL(other)).form(t)
	form.Set("code", f.code(testKey).Get("code"))
	b.post(f.pages.FactorURL(id), form).want(t, http.StatusForbidden)
	if len(f.txs[id].Suspended.Methods) != 0 {
		t.Error("a factor was given")
	}
}

func TestABlockedUserGivesNoFactor(t *testing.T) {
	t.Parallel()
	f := newFactorSite(t)
	f.has(app())
	b, id := f.suspend(ask(models.FactorChallenge, models.FactorOTP))
	page := b.get(f.pages.FactorURL(id))
	f.users[jane].Blocked = true
	for _, a := range []*answer{b.get(f.pages.FactorURL(id)), b.submit(page, f.code(testKey))} {
		a.want(t, http.StatusForbidden, "Your account is blocked.")
	}
	if len(f.txs[id].Suspended.Methods) != 0 {
		t.Error("a factor was given")
	}
}

func TestNoFactorIsLeft(t *testing.T) {
	t.Parallel()
	f := newFactorSite(t)
	for mode, path := range map[models.FactorMode]string{models.FactorChallenge: "/u/mfa-challenge", models.FactorEnroll: "/u/mfa-enroll"} {
		b, id := f.suspend(ask(mode, models.FactorRecoveryCode))
		b.get(path+"?state="+id).want(t, http.StatusForbidden, "There is no way left")
	}
}

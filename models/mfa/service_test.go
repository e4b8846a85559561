package mfa_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/keepsake/models"
	"example.com/keepsake/models/mfa"
	"example.com/keepsake/models/store"
	"example.com/keepsake/models/store/storetest"
)

func TestMain(m *testing.M) { storetest.Main(m) }

var start = time.Date(2026, time.August, 1, 10, 0, 0, 0, time.UTC)

// fixture is a service on a store, with a clock and a letter box.
type fixture struct {
	*mfa.Service
	t      *testing.T
	store  *store.Store
	tenant *models.Tenant
	user   *models.User

	mu   sync.Mutex
	now  time.Time
	sent []models.Message
}

// each runs f over both databases.
func each(t *testing.T, f func(t *testing.T, f *fixture)) {
	t.Helper()
	t.Parallel()
	for name, open := range map[string]func(testing.TB, ...storetest.Option) *store.Store{
		"sqlite": storetest.SQLite, "postgres": storetest.Postgres,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fx := &fixture{
				t: t, now: start,
				tenant: &models.Tenant{ID: "test", FriendlyName: "Globex", Factors: models.FactorTypes},
				user:   &models.User{ID: "auth0|alice", Connection: "db", Email: "alice@example.com", Name: "Alice"},
			}
			fx.store = open(t, func(o *store.Options) { o.Now = fx.clock })
			if _, err := fx.store.Apply(t.Context(), &models.TenantConfig{Users: []models.User{*fx.user}}); err != nil {
				t.Fatal(err)
			}
			fx.Service = mfa.New(mfa.Options{Store: fx.store, Keyring: storetest.Keyring(t), Sender: fx, Now: fx.clock})
			f(t, fx)
		})
	}
}

func (f *fixture) clock() time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.now
}

func (f *fixture) advance(d time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.now = f.now.Add(d)
}

// Send keeps a message.
func (f *fixture) Send(_ context.Context, m models.Message) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.sent = append(f.sent, m)
	return nil
}

func (f *fixture) lastCode() string { return f.sent[len(f.sent)-1].Code }

// open begins a login.
func (f *fixture) open() string {
	f.t.Helper()
	id := models.NewSecret()
	err := f.store.OpenMFATransaction(f.t.Context(), &models.MFATransaction{
		ID: id, UserID: f.user.ID, ClientID: "client", CreatedAt: f.clock(), ExpiresAt: f.clock().Add(models.MFATokenLifetime),
	})
	f.must(err)
	return id
}

func (f *fixture) transaction(id string) *models.MFATransaction {
	f.t.Helper()
	t, err := f.store.MFATransaction(f.t.Context(), id)
	f.must(err)
	return t
}

func (f *fixture) standing() *models.FactorStanding {
	f.t.Helper()
	st, err := f.Standing(f.t.Context(), f.tenant, f.user)
	f.must(err)
	return st
}

func (f *fixture) must(err error) {
	f.t.Helper()
	if err != nil {
		f.t.Fatal(err)
	}
}

func (f *fixture) is(err, want error) {
	f.t.Helper()
	if !errors.Is(err, want) {
		f.t.Errorf("error %v, want %v", err, want)
	}
}

func (f *fixture) otp(id, code string) (*models.FactorPassed, error) {
	f.t.Helper()
	return f.CheckOTP(f.t.Context(), f.transaction(id), f.standing(), code)
}

func (f *fixture) sentCode(id string, oob *string, code string) (*models.FactorPassed, error) {
	f.t.Helper()
	return f.CheckSent(f.t.Context(), f.transaction(id), f.standing(), oob, code)
}

func (f *fixture) code(key string) string {
	f.t.Helper()
	code, err := mfa.Code(key, f.clock())
	f.must(err)
	return code
}

// enrol gives the user an authenticator app, and returns its key and the recovery code.
func (f *fixture) enrol() (key, recovery string) {
	f.t.Helper()
	id := f.open()
	e, err := f.StartEnrolment(f.t.Context(), f.transaction(id), f.standing(), models.EnrolOptions{Type: models.FactorOTP})
	f.must(err)
	passed, err := f.otp(id, f.code(e.Key))
	f.must(err)
	f.advance(time.Minute)
	return e.Key, passed.RecoveryCode
}

func TestEnrolmentOfAnApp(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		ctx, id := t.Context(), f.open()
		e, err := f.StartEnrolment(ctx, f.transaction(id), f.standing(), models.EnrolOptions{Type: models.FactorOTP})
		f.must(err)
		want := "otpauth://totp/Globex:alice@example.com?algorithm=SHA1&digits=6&issuer=Globex&period=30&secret=" + e.Key
		if e.URI != want || len(e.Key) != 32 || e.RecoveryCode != "" {
			t.Errorf("enrolling %+v", e)
		}
		if f.standing().HasFactor {
			t.Error("a factor counts before its first code")
		}
		_, err = f.otp(id, "000000")
		f.is(err, models.ErrWrongCode)
		code := f.code(e.Key)
		passed, err := f.otp(id, code[:3]+" "+code[3:])
		f.must(err)
		if len(passed.RecoveryCode) != 24 {
			t.Errorf("recovery code %q", passed.RecoveryCode)
		}
		if diff := cmp.Diff(&models.FactorPassed{Type: models.FactorOTP, Enrolled: true, RecoveryCode: passed.RecoveryCode}, passed); diff != "" {
			t.Error(diff)
		}
		_, err = f.otp(f.open(), code)
		f.is(err, models.ErrWrongCode) // used already: by the enrolment
		if diff := cmp.Diff([]models.FactorType{models.FactorOTP, models.FactorRecoveryCode}, f.standing().Types()); diff != "" {
			t.Error(diff)
		}
	})
}

func TestCodesOfAnApp(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		key, _ := f.enrol()
		at := func(d time.Duration) string {
			code, err := mfa.Code(key, f.clock().Add(d))
			f.must(err)
			return code
		}
		for _, tt := range []struct {
			name, code string
			want       error
		}{
			{"two steps early", at(time.Minute), models.ErrWrongCode},
			{"two steps late", at(-time.Minute), models.ErrWrongCode},
			{"nothing", "", models.ErrWrongCode},
			{"too much", at(0) + "0", models.ErrWrongCode},
			{"one step late", at(-30 * time.Second), nil},
			{"the same again", at(-30 * time.Second), models.ErrWrongCode},
			{"one step early", at(30 * time.Second), nil},
			{"a step before the one that was taken", at(0), models.ErrWrongCode},
		} {
			if _, err := f.otp(f.open(), tt.code); !errors.Is(err, tt.want) {
				t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
			}
		}
	})
}

func TestGuessesAreCounted(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		key, _ := f.enrol()
		id := f.open()
		for range models.MaxFactorAttempts {
			_, err := f.otp(id, "x")
			f.is(err, models.ErrWrongCode)
		}
		_, err := f.otp(id, f.code(key))
		f.is(err, models.ErrTooMany) // this login is over
		_, err = f.otp(f.open(), f.code(key))
		f.must(err) // another one is not, and gives back its own attempt only
		for range models.MaxFactorFailures - models.MaxFactorAttempts {
			_, err := f.otp(f.open(), "x")
			f.is(err, models.ErrWrongCode)
		}
		f.advance(time.Minute)
		_, err = f.otp(f.open(), f.code(key))
		f.is(err, models.ErrTooMany)
		f.advance(models.FactorWindow)
		_, err = f.otp(f.open(), f.code(key))
		f.must(err)
	})
}

func TestManyGuessesAtOnce(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		f.enrol()
		id := f.open()
		transaction, st := f.transaction(id), f.standing()
		var wg sync.WaitGroup
		var mu sync.Mutex
		looked := 0
		for range 4 * models.MaxFactorAttempts {
			wg.Go(func() {
				_, err := f.CheckOTP(t.Context(), transaction, st, "x")
				mu.Lock()
				defer mu.Unlock()
				if errors.Is(err, models.ErrWrongCode) {
					looked++
				}
			})
		}
		wg.Wait()
		if looked != models.MaxFactorAttempts {
			t.Errorf("%d guesses were looked at", looked)
		}
	})
}

func TestRecoveryCode(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		ctx := t.Context()
		check := func(code string) (*models.FactorPassed, error) {
			return f.CheckRecovery(ctx, f.transaction(f.open()), f.standing(), code)
		}
		_, err := check("ANYTHING")
		f.is(err, models.ErrNotEnrolled)
		_, code := f.enrol()
		_, err = check("AAAAAAAAAAAAAAAAAAAAAAAA")
		f.is(err, models.ErrWrongCode)
		passed, err := check(" " + strings.ToLower(code[:12]) + "-" + code[12:])
		f.must(err)
		if passed.Type != models.FactorRecoveryCode || len(passed.RecoveryCode) != 24 || passed.RecoveryCode == code {
			t.Errorf("passed %+v", passed)
		}
		_, err = check(code)
		f.is(err, models.ErrWrongCode)
		_, err = check(passed.RecoveryCode)
		f.must(err)
	})
}

func TestASecondFactorNeedsTheFirst(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		ctx := t.Context()
		late := f.open() // began before there was a factor
		e, err := f.StartEnrolment(ctx, f.transaction(late), f.standing(), models.EnrolOptions{Type: models.FactorPhone, Address: "+1 (555) 123-4567"})
		f.must(err)
		key, _ := f.enrol()
		_, err = f.sentCode(late, &e.OOBCode, f.lastCode())
		f.is(err, models.ErrEnrolled)

		id := f.open()
		options := models.EnrolOptions{Type: models.FactorPhone, Address: "+15551234567"}
		_, err = f.StartEnrolment(ctx, f.transaction(id), f.standing(), options)
		f.is(err, models.ErrEnrolled)
		_, err = f.otp(id, f.code(key))
		f.must(err)
		options.Additional = true
		_, err = f.StartEnrolment(ctx, f.transaction(id), f.standing(), options)
		f.must(err)
		passed, err := f.sentCode(id, nil, f.lastCode())
		f.must(err)
		if passed.RecoveryCode != "" || !passed.Enrolled {
			t.Errorf("passed %+v: there is a recovery code already", passed)
		}
		_, err = f.StartEnrolment(ctx, f.transaction(id), f.standing(), models.EnrolOptions{Type: models.FactorOTP, Additional: true})
		f.is(err, models.ErrEnrolled)
	})
}

func TestCodesThatAreSent(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		ctx, id := t.Context(), f.open()
		e, err := f.StartEnrolment(ctx, f.transaction(id), f.standing(), models.EnrolOptions{Type: models.FactorEmail, Address: "Second@Example.com ", RecoveryNow: true})
		f.must(err)
		want := models.Message{Type: models.FactorEmail, To: "second@example.com", Code: f.lastCode(), Tenant: "Globex", UserID: f.user.ID, ExpiresIn: models.FactorCodeLifetime}
		if diff := cmp.Diff(want, f.sent[0]); diff != "" || len(f.lastCode()) != 6 {
			t.Error(diff)
		}
		other := "another"
		_, err = f.sentCode(id, &other, f.lastCode())
		f.is(err, models.ErrWrongCode)
		passed, err := f.sentCode(id, &e.OOBCode, f.lastCode())
		f.must(err)
		if passed.RecoveryCode != "" || len(e.RecoveryCode) != 24 {
			t.Errorf("the recovery code came twice, or never: %+v %+v", e, passed)
		}
		if _, err := f.CheckRecovery(ctx, f.transaction(f.open()), f.standing(), e.RecoveryCode); err != nil {
			t.Errorf("the recovery code of the enrolment: %v", err)
		}

		id = f.open()
		challenge := func() string {
			oob, err := f.Challenge(ctx, f.transaction(id), f.standing(), f.standing().OfType(models.FactorEmail))
			f.must(err)
			return oob
		}
		oob := challenge()
		first := f.lastCode()
		oob2 := challenge()
		if _, err = f.sentCode(id, &oob, first); !errors.Is(err, models.ErrWrongCode) && first != f.lastCode() {
			t.Errorf("the code before: %v", err)
		}
		if _, err := f.sentCode(f.open(), &oob2, f.lastCode()); !errors.Is(err, models.ErrWrongCode) {
			t.Errorf("the code in another login: %v", err)
		}
		_, err = f.sentCode(id, &oob2, f.lastCode())
		f.must(err)
		_, err = f.sentCode(id, &oob2, f.lastCode())
		f.is(err, models.ErrWrongCode)
		challenge()
		f.advance(models.FactorCodeLifetime)
		_, err = f.sentCode(id, nil, f.lastCode())
		f.is(err, models.ErrWrongCode)
	})
}

func TestMessagesAreCounted(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		f.user.EmailVerified = true
		for range models.MaxFactorMessages {
			_, err := f.Challenge(t.Context(), f.transaction(f.open()), f.standing(), f.standing().OfType(models.FactorEmail))
			f.must(err)
		}
		_, err := f.Challenge(t.Context(), f.transaction(f.open()), f.standing(), f.standing().OfType(models.FactorEmail))
		f.is(err, models.ErrTooMany)
		if len(f.sent) != models.MaxFactorMessages {
			t.Errorf("%d messages were sent", len(f.sent))
		}
	})
}

func TestStanding(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		types := func() []models.FactorType { return f.standing().Types() }
		f.user.EmailVerified = true
		want := []models.FactorType{models.FactorEmail}
		if diff := cmp.Diff(want, types()); diff != "" || f.standing().HasFactor {
			t.Errorf("the user's own address: %s", diff)
		}
		f.enrol()
		want = []models.FactorType{models.FactorOTP, models.FactorEmail, models.FactorRecoveryCode}
		if diff := cmp.Diff(want, types()); diff != "" || !f.standing().HasFactor {
			t.Error(diff)
		}
		if diff := cmp.Diff([]models.FactorType{models.FactorPhone}, f.standing().Enrollable); diff != "" {
			t.Error(diff)
		}
		f.tenant.Factors = nil
		want = []models.FactorType{models.FactorOTP, models.FactorRecoveryCode}
		if diff := cmp.Diff(want, types()); diff != "" {
			t.Error(diff)
		}
		f.tenant.Factors = []models.FactorType{}
		if st := f.standing(); len(st.Enrolled)+len(st.Enrollable) != 0 || !st.HasFactor {
			t.Errorf("no factor is offered: %+v", st)
		}
		silent := mfa.New(mfa.Options{Store: f.store, Keyring: storetest.Keyring(t), Now: f.clock})
		f.tenant.Factors = models.FactorTypes
		st, err := silent.Standing(t.Context(), f.tenant, f.user)
		f.must(err)
		if st.CanEnrol(models.FactorPhone) || st.OfType(models.FactorEmail) != nil {
			t.Error("nobody brings messages, and yet they are offered")
		}
	})
}

func TestAddresses(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		for _, tt := range []struct {
			kind    models.FactorType
			address string
		}{
			{models.FactorEmail, ""}, {models.FactorEmail, "alice"}, {models.FactorEmail, "a@b@c"}, {models.FactorEmail, "a@b\nBcc: c@d"}, {models.FactorEmail, "a, b@c"},
			{models.FactorPhone, ""}, {models.FactorPhone, "5551234567"}, {models.FactorPhone, "+1555x"}, {models.FactorPhone, "+0155512345"}, {models.FactorPhone, "+1234567890123456"},
		} {
			_, err := f.StartEnrolment(t.Context(), f.transaction(f.open()), f.standing(), models.EnrolOptions{Type: tt.kind, Address: tt.address})
			if invalid := new(models.InvalidError); !errors.As(err, &invalid) {
				t.Errorf("%s %q: %v", tt.kind, tt.address, err)
			}
		}
		_, err := f.StartEnrolment(t.Context(), f.transaction(f.open()), f.standing(), models.EnrolOptions{Type: models.FactorRecoveryCode})
		f.is(err, models.ErrFactorDisabled)
		if len(f.sent) != 0 {
			t.Errorf("%d messages were sent", len(f.sent))
		}
	})
}

package tenant

import (
	"slices"

	"example.com/keepsake/models"
)

// guardianNames are the factors as the Deploy CLI names them, with those that Keepsake has.
var guardianNames = map[string]models.FactorType{
	"otp": models.FactorOTP, "recovery-code": models.FactorRecoveryCode, "email": models.FactorEmail, "sms": models.FactorPhone,
	"push-notification": "", "webauthn-roaming": "", "webauthn-platform": "", "duo": "",
}

// guardianFactors reads which second factors the tenant offers. Without the section they are models.DefaultFactors.
func (l *loader) guardianFactors(doc *object) {
	objects, ok := doc.children("guardianFactors")
	if !ok {
		return
	}
	factors := []models.FactorType{}
	for _, o := range objects {
		name := o.required("name")
		factor, known := guardianNames[name.text]
		enabled := o.flag("enabled", false)
		switch {
		case name.text == "":
		case !known:
			l.problemf(name.at, name.path, "there is no factor %q", name.text)
		case enabled && factor == "":
			l.warnf(name.at, name.path, "the factor %s is not offered here", name.text)
		case enabled && !slices.Contains(factors, factor):
			factors = append(factors, factor)
		}
		o.done()
	}
	l.result.Config.Tenant.Factors = factors
}

// authenticators reads a user's mfa: the second factors that the user has from the start.
func (l *loader) authenticators(o *object, userID string) {
	m := o.child("mfa")
	if m == nil {
		return
	}
	add := func(a models.Authenticator) {
		a.UserID = userID
		l.result.Config.Authenticators = append(l.result.Config.Authenticators, a)
	}
	before := len(l.result.Config.Authenticators)
	if s := m.located("totp_secret"); s.text != "" {
		key, err := models.ParseTOTPKey(s.text)
		if err != nil {
			l.problemf(s.at, s.path, "%s", err)
		}
		add(models.Authenticator{Type: models.FactorOTP, Key: key})
	}
	for _, factor := range []models.FactorType{models.FactorPhone, models.FactorEmail} {
		s := m.located(map[models.FactorType]string{models.FactorPhone: "phone_number", models.FactorEmail: "email"}[factor])
		if s.text == "" {
			continue
		}
		address, err := models.ParseFactorAddress(factor, s.text)
		if err != nil {
			l.problemf(s.at, s.path, "%s", err)
		}
		add(models.Authenticator{Type: factor, Address: address})
	}
	if s := m.located("recovery_code"); s.text != "" {
		// Shorter ones can be guessed, whatever is counted: a leaked hash of one too.
		const least = 16
		code := models.ParseRecoveryCode(s.text)
		switch {
		case len(code) < least:
			l.problemf(s.at, s.path, "a recovery code has at least %d characters", least)
		case len(l.result.Config.Authenticators) == before:
			l.problemf(s.at, s.path, "a recovery code stands in for another factor, and the user has none")
		}
		add(models.Authenticator{Type: models.FactorRecoveryCode, CodeHash: models.HashSecret(code)})
	}
	m.done()
}

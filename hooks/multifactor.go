package hooks

import (
	"fmt"
	"slices"
	"strings"

	"example.com/keepsake/models"
)

// Multifactor is a call of api.multifactor.enable. It is carried out after all the hooks.
type Multifactor struct {
	// Provider is one of the Provider constants.
	Provider string `json:"provider"`
	// AllowRememberBrowser lets the browser go without a challenge for a while after one.
	AllowRememberBrowser bool `json:"allow_remember_browser,omitempty"`
	// ProviderOptions are what the hook gave; only duo has any.
	ProviderOptions map[string]any `json:"provider_options,omitempty"`
}

// The providers of api.multifactor.enable (contract 3.3).
const (
	ProviderAny                 = "any"
	ProviderNone                = "none"
	ProviderGuardian            = "guardian"
	ProviderGoogleAuthenticator = "google-authenticator"
	ProviderDuo                 = "duo"
)

var providers = []string{ProviderAny, ProviderNone, ProviderGuardian, ProviderGoogleAuthenticator, ProviderDuo}

// MultifactorAPI is api.multifactor.
type MultifactorAPI struct{ *flow }

// Enable asks for a further factor at the end of the login, or with ProviderNone takes that back. The last call counts.
func (a MultifactorAPI) Enable(m Multifactor) error {
	if !slices.Contains(providers, m.Provider) {
		// To ignore it would mean a login without the factor that the hook asked for.
		return fmt.Errorf("provider must be one of %s", strings.Join(providers, ", "))
	}
	a.out.Multifactor = &m
	return nil
}

// TakeMultifactor returns the factor that is due after all the hooks; nil: none. Whatever comes of it, it is asked for once.
func (o *Outcome) TakeMultifactor() *Multifactor {
	m := o.Multifactor
	o.Multifactor = nil
	if m != nil && m.Provider == ProviderNone {
		return nil
	}
	return m
}

// ProviderOf returns the provider behind a kind of factor; "" for a recovery code, which stands in for another factor.
func ProviderOf(f models.FactorType) string {
	switch f {
	case models.FactorRecoveryCode:
		return ""
	case models.FactorOTP:
		return ProviderGoogleAuthenticator
	}
	return ProviderGuardian
}

package models

import "slices"

// FactorStanding is a user's factors as they can be used now: what the tenant does not offer, or this server can't send, is left out.
type FactorStanding struct {
	Tenant *Tenant
	User   *User
	// Enrolled are the factors that the user has, in the order of FactorTypes. The user's own verified email
	// address is among them, without an id, where the tenant offers email.
	Enrolled []Authenticator
	// Enrollable are the kinds that the user can still enrol.
	Enrollable []FactorType
	// NewRecoveryCode says that the next enrolment brings a recovery code.
	NewRecoveryCode bool
	// HasFactor says whether the user went through an enrolment, of a factor that is offered or not. Neither a recovery code
	// nor the user's own email address is one.
	HasFactor bool
}

// NewFactorStanding judges the factors that a user has enrolled. offers tells which kinds are to be had.
func NewFactorStanding(tenant *Tenant, user *User, have []Authenticator, offers func(FactorType) bool) *FactorStanding {
	st := &FactorStanding{Tenant: tenant, User: user}
	hasRecovery := false
	for _, a := range have {
		hasRecovery = hasRecovery || a.Type == FactorRecoveryCode
		st.HasFactor = st.HasFactor || a.Type != FactorRecoveryCode
	}
	st.NewRecoveryCode = !hasRecovery && tenant.FactorEnabled(FactorRecoveryCode)
	for _, t := range FactorTypes {
		if !offers(t) {
			continue
		}
		n := len(st.Enrolled)
		for _, a := range have {
			if a.Type == t {
				st.Enrolled = append(st.Enrolled, a)
			}
		}
		switch {
		case len(st.Enrolled) > n, t == FactorRecoveryCode:
		case t == FactorEmail && user.EmailVerified && user.Email != "":
			st.Enrolled = append(st.Enrolled, Authenticator{UserID: user.ID, Type: t, Address: user.Email})
		default:
			st.Enrollable = append(st.Enrollable, t)
		}
	}
	return st
}

// OfType returns the user's first factor of a kind, or nil.
func (st *FactorStanding) OfType(t FactorType) *Authenticator {
	i := slices.IndexFunc(st.Enrolled, func(a Authenticator) bool { return a.Type == t })
	if i < 0 {
		return nil
	}
	return &st.Enrolled[i]
}

// ByID returns the user's factor with an id, or nil. The user's own email address has none.
func (st *FactorStanding) ByID(id string) *Authenticator {
	i := slices.IndexFunc(st.Enrolled, func(a Authenticator) bool { return a.ID == id })
	if i < 0 {
		return nil
	}
	return &st.Enrolled[i]
}

// Types returns the kinds of factors that the user has, each once.
func (st *FactorStanding) Types() []FactorType {
	var out []FactorType
	for _, a := range st.Enrolled {
		if !slices.Contains(out, a.Type) {
			out = append(out, a.Type)
		}
	}
	return out
}

// Factors returns the kinds of factors that the user has, as Actions see them.
func (st *FactorStanding) Factors() []Factor {
	var out []Factor
	for _, t := range st.Types() {
		out = append(out, Factor{Type: string(t)})
	}
	return out
}

// CanEnrol reports whether the user can enrol a factor of a kind.
func (st *FactorStanding) CanEnrol(t FactorType) bool { return slices.Contains(st.Enrollable, t) }

// FactorPassed is a factor that was proved.
type FactorPassed struct {
	Type FactorType
	// Enrolled is true when it was the first code of a new factor.
	Enrolled bool
	// RecoveryCode is a new recovery code, to be shown once; empty: there is none.
	RecoveryCode string
}

// Enrolling is what a person needs to enrol a factor.
type Enrolling struct {
	Type FactorType
	// Key and URI are for an authenticator app; Picture is the URI as a QR code in a data: URL, where it was asked for.
	Key     string
	URI     string
	Picture string
	// Address is where a code goes.
	Address string
	// RecoveryCode is the user's new recovery code; empty: there is none, or it comes with the first code.
	RecoveryCode string
	// OOBCode names the code that was sent, for a client; empty for an authenticator app.
	OOBCode string
}

// EnrolOptions says what is to be enrolled.
type EnrolOptions struct {
	Type    FactorType
	Address string // for FactorEmail and FactorPhone
	// Additional says that the user has proved a factor in this very transaction, and may have another one.
	Additional bool
	// RecoveryNow has a recovery code made now and not with the first code: a client gets it in the answer.
	RecoveryNow bool
}

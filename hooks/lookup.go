package hooks

import (
	"context"
	"errors"
	"log/slog"

	"example.com/keepsake/models"
)

// Lookup is what of an event costs something to find out: it is asked for only when a hook wants it. A nil function is a member
// that the event does not have; groups and factors then are none.
type Lookup struct {
	Groups  func(ctx context.Context) ([]models.Group, error)
	Risk    func(ctx context.Context) (*models.RiskAssessment, error)
	Factors func(ctx context.Context) ([]models.Factor, error)
}

// errLookup is what a hook sees when a lookup failed; the reason is in the server's log.
var errLookup = errors.New("The server could not read what the event is made of.")

func lookup[T any](a *API, name string, find func(context.Context) (T, error)) (found T, err error) {
	if find == nil {
		return found, nil
	}
	a.leave()
	found, err = find(a.console.ctx)
	if err != nil {
		a.console.internal("look up "+name, slog.Any("error", err))
		return found, errLookup
	}
	return found, nil
}

// RiskAssessment is event.authentication.riskAssessment; nil when the event has none.
func (a *API) RiskAssessment() (*models.RiskAssessment, error) {
	return lookup(a, "the risk assessment", a.event.Lookup.Risk)
}

// EnrolledFactors is event.user.enrolledFactors: the factors that the user has enrolled.
func (a *API) EnrolledFactors() ([]models.Factor, error) {
	return lookup(a, "the enrolled factors", a.event.Lookup.Factors)
}

// MultifactorProviders is event.user.multifactor: the providers behind the user's factors, in the names of api.multifactor.enable.
func (a *API) MultifactorProviders() ([]string, error) {
	factors, err := a.EnrolledFactors()
	var providers []string
	for _, f := range factors {
		if p := ProviderOf(models.FactorType(f.Type)); p != "" && !contains(providers, p) {
			providers = append(providers, p)
		}
	}
	return providers, err
}

package workbench

import (
	"context"
	"reflect"
	"slices"
	"time"

	"example.com/keepsake/hooks"
	"example.com/keepsake/models"
)

// seenAt is what a server would find out of the risk of an event's login or exchange. home is where the user was last.
func seenAt(e *hooks.Event, home *models.Geo, now time.Time) func(context.Context) (*models.RiskAssessment, error) {
	return func(context.Context) (*models.RiskAssessment, error) {
		r := &e.Request
		evidence := models.RiskEvidence{Origin: models.Origin{IP: r.IP, ASN: r.ASN, Geo: r.Geo, UserAgent: r.UserAgent}, At: now}
		switch t := e.RefreshToken; {
		case t != nil:
			evidence.Last, evidence.Devices = &models.Sighting{At: t.LastExchangedAt, Position: home}, []models.Device{t.Device}
			if t.LastExchangedAt.IsZero() {
				evidence.Last.At = t.CreatedAt
			}
		case e.Stats.LoginsCount <= 1:
			evidence.First = true
		default:
			evidence.Last, evidence.Devices = &models.Sighting{At: now.AddDate(0, 0, -1), Position: home}, []models.Device{sampleDevice}
		}
		return evidence.Assess(), nil
	}
}

// found makes a lookup of what is known already.
func found[T any](v T) func(context.Context) (T, error) {
	return func(context.Context) (T, error) { return v, nil }
}

// riskShape is event.authentication.riskAssessment as Actions see it.
type riskShape struct {
	Confidence  models.Confidence
	Version     string
	Assessments struct{ ImpossibleTravel, NewDevice, UntrustedIP models.Assessment }
}

// risk changes what is known of the risk. An assessment's confidence follows from its code, and the whole's from the assessments, unless they
// are named.
func (c *changer) risk(value any, path string) {
	if value == nil {
		c.event.Lookup.Risk = nil
		return
	}
	changes, ok := value.(map[string]any)
	if !ok {
		c.problemf("%s must be an object", path)
		return
	}
	var now models.RiskAssessment
	if find := c.event.Lookup.Risk; find != nil {
		if r, err := find(context.Background()); err == nil && r != nil {
			now = *r
		}
	}
	shape := riskShape{Confidence: now.Confidence, Version: models.RiskVersion}
	shape.Assessments.ImpossibleTravel, shape.Assessments.NewDevice, shape.Assessments.UntrustedIP = now.ImpossibleTravel, now.NewDevice, now.UntrustedIP
	c.object(reflect.ValueOf(&shape).Elem(), changes, path)
	if shape.Version != models.RiskVersion {
		c.problemf("%s.version is always %q", path, models.RiskVersion)
	}
	a := &shape.Assessments
	parts, _ := changes["assessments"].(map[string]any)
	next := models.RiskAssessment{
		Confidence:       shape.Confidence,
		ImpossibleTravel: c.assessment(a.ImpossibleTravel, parts, "ImpossibleTravel", path),
		NewDevice:        c.assessment(a.NewDevice, parts, "NewDevice", path),
		UntrustedIP:      c.assessment(a.UntrustedIP, parts, "UntrustedIP", path),
	}
	if _, named := changes["confidence"]; named {
		c.confidence(next.Confidence, path)
	} else {
		next.Confidence = next.Lowest()
	}
	c.event.Lookup.Risk = found(&next)
}

func (c *changer) assessment(a models.Assessment, parts map[string]any, name, path string) models.Assessment {
	changes, _ := parts[name].(map[string]any)
	if _, named := changes["confidence"]; named {
		c.confidence(a.Confidence, path+".assessments."+name)
	} else if _, named := changes["code"]; named {
		return models.NewAssessment(a.Code, a.Details)
	}
	return a
}

func (c *changer) confidence(v models.Confidence, path string) {
	all := []models.Confidence{models.ConfidenceLow, models.ConfidenceMedium, models.ConfidenceHigh, models.ConfidenceNeutral}
	if !slices.Contains(all, v) {
		c.problemf("%s.confidence must be one of low, medium, high and neutral", path)
	}
}

// factors says which factors the user has enrolled.
func (c *changer) factors(value any, path string) {
	var list []models.Factor
	c.set(reflect.ValueOf(&list).Elem(), value, path)
	for _, f := range list {
		if f.Type == "" {
			c.problemf("%s: a factor needs a type", path)
		}
	}
	c.event.Lookup.Factors = found(list)
}

// providers says which providers are behind the user's factors. both says that the change names the factors as well: then the two must agree.
// Otherwise the factors of other providers go, and one comes for a provider that none is of.
func (c *changer) providers(value any, path string, both bool) {
	var names []string
	c.set(reflect.ValueOf(&names).Elem(), value, path)
	var have, next []models.Factor
	if find := c.event.Lookup.Factors; find != nil {
		have, _ = find(context.Background())
	}
	ofOne := func(name string) func(models.Factor) bool {
		return func(f models.Factor) bool { return providerOf(f) == name }
	}
	for _, f := range have {
		if p := providerOf(f); slices.Contains(names, p) || p == "" && len(names) > 0 {
			next = append(next, f)
		}
	}
	for _, name := range names {
		if slices.ContainsFunc(next, ofOne(name)) {
			continue
		}
		i := slices.IndexFunc(models.FactorTypes, func(t models.FactorType) bool { return name != "" && hooks.ProviderOf(t) == name })
		if i < 0 {
			c.problemf("%s: no factor has the provider %q", path, name)
			continue
		}
		next = append(next, models.Factor{Type: string(models.FactorTypes[i])})
	}
	if both && !reflect.DeepEqual(next, have) {
		c.problemf("%s is not what event.user.enrolledFactors comes to", path)
	}
	c.event.Lookup.Factors = found(next)
}

func providerOf(f models.Factor) string { return hooks.ProviderOf(models.FactorType(f.Type)) }

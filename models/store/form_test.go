package store_test

import (
	"testing"

	"example.com/keepsake/models"
	"example.com/keepsake/models/store"
	"example.com/keepsake/models/store/storetest"
)

func TestForms(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx, low := t.Context(), 1.0
		form := models.Form{ID: "ap_1", Name: "Profile", Hidden: []models.FormHidden{{Key: "a", Value: "b"}}, Steps: []models.FormStep{{
			ID: "one", Components: []models.FormComponent{{
				ID: "city", Type: models.FormDropdown, Label: "City", Default: []string{"x"}, Required: true, Min: &low,
				Options: []models.FormOption{{Value: "x", Label: "<X>"}},
			}},
		}}}
		_, err := s.Form(ctx, "ap_1")
		wantError(t, err, models.ErrNotFound)
		get(s.Apply(ctx, &models.TenantConfig{Forms: []models.Form{form, {Name: "Without an id"}}}))(t)
		wantEqual(t, "by id", get(s.Form(ctx, "ap_1"))(t), &form)
		wantEqual(t, "by name", get(s.Form(ctx, "Profile"))(t), &form)
		other := get(s.Form(ctx, "Without an id"))(t)
		wantEqual(t, "by its new id", get(s.Form(ctx, other.ID))(t), other)

		form.Steps[0].Components[0].Label = "Town"
		summary := get(s.Apply(ctx, &models.TenantConfig{Forms: []models.Form{form}}))(t)
		wantEqual(t, "summary", summary.Sections, []models.SectionSummary{{Name: "forms", Updated: 1}})
		wantEqual(t, "after a change", get(s.Form(ctx, "ap_1"))(t), &form)
	})
}

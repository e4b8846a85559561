package models_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/keepsake/models"
)

func TestAddMethods(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 3, 14, 9, 0, 0, 0, time.UTC)
	method := func(name, kind string, minute int) models.AuthMethod {
		return models.AuthMethod{Name: name, Type: kind, Timestamp: at.Add(time.Duration(minute) * time.Minute)}
	}
	have := append(make([]models.AuthMethod, 0, 8), method("pwd", "", 0), method("mfa", "otp", 1))
	before := append([]models.AuthMethod(nil), have...)
	for name, row := range map[string]struct{ more, want []models.AuthMethod }{
		"nothing":            {nil, before},
		"another":            {[]models.AuthMethod{method("mfa", "phone", 2)}, append(before[:2:2], method("mfa", "phone", 2))},
		"one again":          {[]models.AuthMethod{method("pwd", "", 3)}, []models.AuthMethod{method("mfa", "otp", 1), method("pwd", "", 3)}},
		"the same one twice": {[]models.AuthMethod{method("x", "", 4), method("x", "", 5)}, append(before[:2:2], method("x", "", 5))},
	} {
		if diff := cmp.Diff(row.want, models.AddMethods(have, row.more...)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		if diff := cmp.Diff(before, have); diff != "" || have[:3][2].Name != "" {
			t.Errorf("%s has changed what there was: %s", name, diff)
		}
	}
	if got := models.AddMethods(nil); got != nil {
		t.Errorf("nothing and nothing: %v", got)
	}
}

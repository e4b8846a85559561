package mgmt

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"example.com/keepsake/models"
)

func TestErrorsAreRendered(t *testing.T) {
	t.Parallel()
	rows := []struct {
		name string
		err  error
		want string
	}{
		{"not found, without words of its own", models.ErrNotFound, failure(404, "Not Found", "")},
		{"a conflict", models.ErrConflict, failure(409, "Conflict", "")},
		{"invalid input", &models.InvalidError{Field: "name", Message: "Name is taken."}, failure(400, "Name is taken.", "")},
		{"too many entries after a merge", models.ErrMetadataEntries, failure(400, models.MetadataSizeMessage, "")},
		{"another metadata rule", models.ErrMetadataKeyCharset, failure(400, models.ErrMetadataKeyCharset.Message, "")},
		{"its own", badRequest("code", "Words."), failure(400, "Words.", "code")},
		{"anything else", errBroken, failure(500, "Internal Server Error", "")},
		{"an error of another border", models.ErrWrongPassword, failure(500, "Internal Server Error", "")},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			for _, err := range []error{row.err, fmt.Errorf("do something: %w", row.err), errors.Join(errors.New("first"), row.err)} {
				rec := httptest.NewRecorder()
				New(Options{Issuer: issuer}).renderError(rec, httptest.NewRequest(http.MethodGet, root, nil), err)
				if got := rec.Body.String(); got != row.want {
					t.Errorf("got  %s\nwant %s", got, row.want)
				}
			}
		})
	}
}

func TestTenantNameDefaultsToTheHost(t *testing.T) {
	t.Parallel()
	if got := New(Options{Issuer: "https://id.example.com:8443/"}).tenantName; got != "id.example.com" {
		t.Errorf("tenant name %q", got)
	}
}

// A verifier that can't do its work is our failure, not the client's.
func TestVerifierThatFails(t *testing.T) {
	t.Parallel()
	r := httptest.NewRequest(http.MethodGet, root, nil)
	r.Header.Set("Authorization", "Bearer broken")
	a := New(Options{Issuer: issuer, Verifier: verifier{audience: issuer + "api/v2/"}})
	_, err := a.authenticate(r)
	rec := httptest.NewRecorder()
	a.renderError(rec, r, err)
	if want := failure(500, "Internal Server Error", ""); rec.Body.String() != want {
		t.Errorf("got  %s\nwant %s", rec.Body.String(), want)
	}
}

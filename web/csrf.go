package web

import (
	"crypto/hmac"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"

	"example.com/keepsake/models"
)

// maxForm is how large a posted form may be, in bytes: an identifier, a password, a token.
const maxForm = 64 << 10

// formToken returns the token of a form: a MAC over the page's name, the browser's binding cookie, the transaction and,
// where the page acts for somebody who is signed in, the session. So it is no use in another browser, for another
// transaction, on another page, or after somebody else has signed in. None of the parts can contain the separator.
func formToken(key []byte, page string, s *step, sessionID string) []byte {
	sep := []byte{0}
	return models.MAC(key, []byte(page), sep, []byte(s.browser), sep, []byte(s.id), sep, []byte(sessionID))
}

// newFormToken returns the value of the hidden field of a form.
func (p *Pages) newFormToken(page string, s *step, sessionID string) string {
	return base64.RawURLEncoding.EncodeToString(formToken(p.formKeys[0], page, s, sessionID))
}

// checkForm accepts a posted form that carries the token for page, made under the current secret or a predecessor.
// r.PostForm must have been parsed.
func (p *Pages) checkForm(r *http.Request, page string, s *step, sessionID string) error {
	got, err := base64.RawURLEncoding.DecodeString(r.PostForm.Get("csrf"))
	if err != nil {
		return formRefused(fmt.Errorf("decode the form's token: %w", err))
	}
	for _, key := range p.formKeys {
		if hmac.Equal(got, formToken(key, page, s, sessionID)) {
			return nil
		}
	}
	return formRefused(errors.New("the form's token is for something else"))
}

// readForm parses a posted form into r.PostForm, after refusing what another site's page sent (Sec-Fetch-Site, or
// Origin where a browser does not send that).
func (p *Pages) readForm(w http.ResponseWriter, r *http.Request) error {
	if err := p.origins.Check(r); err != nil {
		return formRefused(fmt.Errorf("check where the form came from: %w", err))
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	err := r.ParseForm()
	if err == nil {
		return nil
	}
	refused := &pageError{
		status: http.StatusBadRequest, code: "invalid_request",
		description: "The form could not be read. Go back and try again.",
		// The parser's error quotes what it could not read, which may be part of a password.
		err: errors.New("parse the form: malformed or too large"),
	}
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		refused.status, refused.description = http.StatusRequestEntityTooLarge, "The form is too large."
	}
	return refused
}

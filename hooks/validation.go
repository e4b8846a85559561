package hooks

import (
	"fmt"
	"unicode/utf8"
)

// maxValidation is how long the code and the message of api.validation.error may be, in Unicode code points (contract 3.3).
const maxValidation = 100

// ValidationAPI is api.validation.
type ValidationAPI struct{ *flow }

// Error denies the transaction once the hook has finished, with an error code of the hook's own.
func (a ValidationAPI) Error(code, message string) error {
	for _, c := range []struct{ name, text string }{{"errorCode", code}, {"errorMessage", message}} {
		if utf8.RuneCountInString(c.text) > maxValidation {
			return fmt.Errorf("%s must NOT have more than %d characters", c.name, maxValidation)
		}
	}
	a.deny(DeniedError{Reason: message, Code: code})
	return nil
}

// RulesAPI is api.rules. There are no rules here.
type RulesAPI struct{}

// WasExecuted reports whether a rule has run: never.
func (RulesAPI) WasExecuted(string) bool { return false }

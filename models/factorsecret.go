package models

import (
	"encoding/base32"
	"errors"
	"strings"
)

// leastTOTPKey is how many bytes a TOTP key has at least. RFC 4226 4 wants 16, and people bring shorter ones from elsewhere.
const leastTOTPKey = 10

// ParseTOTPKey returns a key that somebody wrote in base32, with or without spaces, as it is kept.
func ParseTOTPKey(text string) (string, error) {
	key := strings.TrimRight(strings.ToUpper(withoutGaps(text)), "=")
	b, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(key)
	if err != nil || len(b) < leastTOTPKey {
		return "", errors.New("a TOTP key is at least 16 characters of base32: A to Z and 2 to 7")
	}
	return key, nil
}

// ParseRecoveryCode returns a recovery code without what people put between its letters.
func ParseRecoveryCode(code string) string { return strings.ToUpper(withoutGaps(code)) }

func withoutGaps(text string) string { return strings.NewReplacer(" ", "", "-", "").Replace(text) }

// ParseFactorAddress returns an email address or a phone number (E.164) as it is kept, or a *InvalidError.
func ParseFactorAddress(t FactorType, address string) (string, error) {
	if t == FactorEmail {
		return parseEmail(strings.TrimSpace(address))
	}
	number := strings.NewReplacer(" ", "", "-", "", "(", "", ")", "", ".", "").Replace(address)
	rest, ok := strings.CutPrefix(number, "+")
	if !ok || len(rest) < 7 || len(rest) > 15 || rest[0] == '0' || strings.Trim(rest, "0123456789") != "" {
		return "", &InvalidError{Field: "phone_number", Message: "A phone number begins with + and the country code, as in +15551234567."}
	}
	return number, nil
}

// parseEmail lets nothing through that could add a header or a recipient to a message.
func parseEmail(address string) (string, error) {
	local, domain, ok := strings.Cut(address, "@")
	odd := func(r rune) bool { return r <= ' ' || r == 0x7f || strings.ContainsRune("<>,;\"", r) }
	if !ok || local == "" || domain == "" || len(address) > 254 || strings.Contains(domain, "@") || strings.ContainsFunc(address, odd) {
		return "", &InvalidError{Field: "email", Message: "This is no email address."}
	}
	return strings.ToLower(address), nil
}

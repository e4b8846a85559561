package mfa

import (
	"encoding/base32"
	"strings"
	"testing"
	"time"

	"example.com/keepsake/models"
)

// TestRFC6238 has the vectors of RFC 6238 appendix B, of which six digits are used here.
func TestRFC6238(t *testing.T) {
	t.Parallel()
	key := base32.StdEncoding.EncodeToString([]byte("12345678901234567890"))
	for at, want := range map[int64]string{
		59: "287082", 1111111109: "081804", 1111111111: "050471", 1234567890: "005924", 2000000000: "279037", 20000000000: "353130",
	} {
		got, err := Code(key, time.Unix(at, 0))
		if err != nil || got != want {
			t.Errorf("at %d: %s %v, want %s", at, got, err, want)
		}
		if step, ok, err := matchOTP(key, want, time.Unix(at, 0)); !ok || err != nil || step != at/30 {
			t.Errorf("at %d: step %d %t %v", at, step, ok, err)
		}
	}
}

func TestQRCodeIsAPicture(t *testing.T) {
	t.Parallel()
	uri := keyURI(&models.Tenant{ID: "a:b c&d"}, &models.User{Email: "ä?@example.com"}, newKey())
	if strings.Count(uri, ":") != 2 || strings.Contains(uri, "+") || !strings.Contains(uri, "issuer=a%20b%20c%26d") {
		t.Errorf("key URI %s", uri)
	}
	picture, err := qrCode(uri)
	if err != nil || !strings.HasPrefix(picture, "data:image/png;base64,iVBOR") {
		t.Errorf("picture %.60s, %v", picture, err)
	}
}

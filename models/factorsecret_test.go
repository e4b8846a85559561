package models

import "testing"

func TestParseTOTPKey(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"JBSW Y3DP EHPK 3PXP": "JBSWY3DPEHPK3PXP", "jbswy3dpehpk3pxp": "JBSWY3DPEHPK3PXP", "JBSWY3DPEHPK3PXPGE======": "JBSWY3DPEHPK3PXPGE",
		"": "", "JBSWY3DP": "", "not base32!!!!!!!!!": "",
	} {
		got, err := ParseTOTPKey(text)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%q: %q %v, want %q", text, got, err, want)
		}
	}
}

package geoip

import "testing"

func TestCountries(t *testing.T) {
	t.Parallel()
	const iso, kosovo = 249, 1
	if n := len(countries); n != (iso+kosovo)*width {
		t.Fatalf("the table has %d letters", n)
	}
	seen := map[string]bool{}
	before := ""
	for i := 0; i < len(countries); i += width {
		code, code3 := countries[i:i+alpha2], countries[i+alpha2:i+width]
		if code <= before || seen[code3] {
			t.Errorf("%s %s is out of order or there twice", code, code3)
		}
		for _, c := range code + code3 {
			if c < 'A' || c > 'Z' {
				t.Errorf("%s %s has other letters", code, code3)
			}
		}
		if got := countryCode3(code); got != code3 {
			t.Errorf("%s is %q, want %q", code, got, code3)
		}
		before, seen[code3] = code, true
	}
}

func TestCountryCode3(t *testing.T) {
	t.Parallel()
	for code, want := range map[string]string{
		"US": "USA", "DE": "DEU", "GB": "GBR", "CH": "CHE", "AD": "AND", "ZW": "ZWE", "XK": "XKX",
		"": "", "A": "", "U": "", "us": "", "USA": "", "ZZ": "", "AA": "",
	} {
		if got := countryCode3(code); got != want {
			t.Errorf("%q is %q, want %q", code, got, want)
		}
	}
}

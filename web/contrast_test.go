package web

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// The stylesheet's promise: text has a contrast of 4.5:1, controls and focus rings 3:1 (WCAG 2.2, 1.4.3 and 1.4.11), in
// light and in dark.
func TestColoursHaveContrast(t *testing.T) {
	t.Parallel()
	css, err := staticFiles.ReadFile("static/keepsake.css")
	if err != nil {
		t.Fatal(err)
	}
	light, dark, ok := strings.Cut(string(css), "@media (prefers-color-scheme: dark)")
	if !ok {
		t.Fatal("there are no dark colours")
	}
	dark, _, _ = strings.Cut(dark, "*, *::before")
	pairs := []struct {
		front, back string
		least       float64
	}{
		{"text", "card", 4.5}, {"soft", "card", 4.5}, {"soft", "bg", 4.5}, {"bad", "card", 4.5}, {"bad", "bad-tint", 4.5},
		{"accent", "card", 4.5}, {"accent-strong", "card", 4.5}, {"accent-strong", "tint", 4.5},
		{"on-accent", "accent", 4.5}, {"on-accent", "accent-strong", 4.5}, {"text", "hover", 4.5}, {"control", "card", 3},
	}
	for scheme, part := range map[string]string{"light": light, "dark": dark} {
		colours := colours(t, part)
		for _, p := range pairs {
			if got := contrast(colours[p.front], colours[p.back]); got < p.least {
				t.Errorf("%s: %s on %s has %.2f:1, %.1f:1 is needed", scheme, p.front, p.back, got, p.least)
			}
		}
	}
}

func colours(t *testing.T, css string) map[string]uint64 {
	t.Helper()
	out := map[string]uint64{}
	for _, m := range regexp.MustCompile(`--([a-z-]+): #([0-9a-f]{6});`).FindAllStringSubmatch(css, -1) {
		n, err := strconv.ParseUint(m[2], 16, 32)
		if err != nil {
			t.Fatal(err)
		}
		out[m[1]] = n
	}
	if len(out) < 10 {
		t.Fatalf("only %d colours were found", len(out))
	}
	return out
}

func contrast(a, b uint64) float64 {
	x, y := luminance(a), luminance(b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

func luminance(rgb uint64) float64 {
	channel := func(shift int) float64 {
		c := float64(rgb>>shift&0xff) / 255
		if c <= 0.04045 {
			return c / 12.92
		}
		return math.Pow((c+0.055)/1.055, 2.4)
	}
	return 0.2126*channel(16) + 0.7152*channel(8) + 0.0722*channel(0)
}

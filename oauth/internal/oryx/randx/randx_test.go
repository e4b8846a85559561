package randx_test

import (
	"slices"
	"testing"

	"github.com/ory/x/randx"
)

func TestRuneSequence(t *testing.T) {
	t.Parallel()
	seen := map[rune]bool{}
	for _, n := range []int{0, 1, 8, 5000} {
		runes, err := randx.RuneSequence(n, randx.AlphaUpper)
		if err != nil || len(runes) != n {
			t.Fatalf("RuneSequence(%d) = %d runes, %v", n, len(runes), err)
		}
		for _, r := range runes {
			if !slices.Contains(randx.AlphaUpper, r) {
				t.Errorf("%q is not of the alphabet", r)
			}
			seen[r] = true
		}
	}
	if len(seen) != 26 { // that one of 26 is missing in 5000 has a chance of 10⁻⁸⁴
		t.Errorf("%d of 26 letters came up", len(seen))
	}
	if runes, err := randx.RuneSequence(1, nil); err == nil {
		t.Errorf("an empty alphabet gave %q", string(runes))
	}
}

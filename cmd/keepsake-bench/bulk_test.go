package main

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestBulkTokens(t *testing.T) {
	t.Parallel()
	b, err := newBulk(50, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	last := ""
	for i := range b.count {
		id := b.id(i)
		if id <= last {
			t.Errorf("the id of token %d, %s, does not come after %s", i, id, last)
		}
		last = id
		token := b.token(i)
		if got, generation, ok := parseFloorToken(b.key, token); got != id || generation != 0 || !ok || seen[token] {
			t.Errorf("token %d is of %s, generation %d, %v; seen before: %v", i, got, generation, ok, seen[token])
		}
		seen[token] = true
	}
	b.keep(7, "the next")
	if b.token(7) != "the next" || b.token(8) != b.first(8) {
		t.Error("a token that was exchanged is not the one that came of it")
	}
}

// TestWorkersShareTokensOut has each worker present its own tokens only, and all of them together every one.
func TestWorkersShareTokensOut(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ count, workers int }{{10, 1}, {10, 3}, {10, 10}, {1000, 32}} {
		var presented []int
		c := choice{tt.count, func(n int) int { presented = append(presented, n); return n }}
		owned := 0
		for w := range tt.workers {
			own := share(c.count, w, tt.workers)
			owned += own
			pick := inTurn(own)
			for range own {
				c.at(w + pick()*tt.workers)
			}
		}
		slices.Sort(presented)
		want := make([]int, tt.count)
		for i := range want {
			want[i] = i
		}
		if diff := cmp.Diff(want, presented); diff != "" || owned != tt.count {
			t.Errorf("%d tokens of %d workers: %s", tt.count, tt.workers, diff)
		}
	}
}

func TestSpaceIsLookedAtBeforeItIsFilled(t *testing.T) {
	t.Parallel()
	w := &world{folder: t.TempDir()}
	if err := w.checkSpace(1); err != nil {
		t.Error(err)
	}
	if _, known := freeSpace(w.folder); !known {
		return // there is no way to know on this system
	}
	if err := w.checkSpace(1 << 50); err == nil || !strings.Contains(err.Error(), "-dir") {
		t.Errorf("error = %v", err)
	}
}

package models_test

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"example.com/keepsake/models"
)

func TestLogIDsAreAsAuth0Has(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		at := time.UnixMilli(rapid.Int64Range(0, 253402300799999).Draw(t, "at")).In(time.FixedZone("", 3600))
		id := models.NewLogID(at)
		if len(id) != 55 || strings.Trim(id, "0123456789") != "" {
			t.Fatalf("%q has not 55 digits", id)
		}
		want := "900" + strings.Replace(at.UTC().Format("20060102150405.000"), ".", "", 1)
		if !strings.HasPrefix(id, want) {
			t.Fatalf("%q does not begin with %q", id, want)
		}
		if floor := models.LogIDFloor(at); floor != want+strings.Repeat("0", 35) || floor > id {
			t.Fatalf("LogIDFloor is %q for the event %q", floor, id)
		}
	})
}

func TestLogIDsSortByTime(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		early := time.UnixMilli(rapid.Int64Range(0, 4102444800000).Draw(t, "early"))
		late := early.Add(time.Duration(rapid.Int64Range(1, 1<<33).Draw(t, "milliseconds between")) * time.Millisecond)
		if a, b := models.NewLogID(early), models.NewLogID(late); a >= b || models.LogIDFloor(late) <= a {
			t.Fatalf("%s of %v does not sort before %s of %v and its floor", a, early, b, late)
		}
	})
}

func TestLogIDOfAnInstant(t *testing.T) {
	t.Parallel()
	at := time.Date(2021, 11, 4, 0, 15, 10, 706_999_999, time.UTC)
	if got, want := models.LogIDFloor(at), "90020211104001510706"+strings.Repeat("0", 35); got != want {
		t.Errorf("LogIDFloor = %s, want %s", got, want)
	}
}

// TestLogIDsAreRandomThroughout looks for a digit that never changes.
func TestLogIDsAreRandomThroughout(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 8, 1, 10, 0, 0, 0, time.UTC)
	var digits [35]map[byte]bool
	seen := make(map[string]bool)
	for range 400 {
		id := models.NewLogID(now)
		if seen[id] {
			t.Fatalf("%s twice", id)
		}
		seen[id] = true
		for i := range digits {
			if digits[i] == nil {
				digits[i] = make(map[byte]bool)
			}
			digits[i][id[20+i]] = true
		}
	}
	for i, values := range digits {
		if len(values) != 10 { // one digit missing in 400 draws: about once in 10^15 runs
			t.Errorf("random digit %d takes %d values only", i, len(values))
		}
	}
}

func BenchmarkNewLogID(b *testing.B) {
	now := time.Now()
	b.ReportAllocs()
	for b.Loop() {
		sink = models.NewLogID(now)
	}
}

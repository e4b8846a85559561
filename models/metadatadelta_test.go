package models_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"example.com/keepsake/models"
)

// step is one change: how it goes into a delta, and what it does to a map.
type step struct {
	name   string
	record func(*models.MetadataDelta)
	do     func(models.Metadata)
}

func steps() *rapid.Generator[[]step] {
	key := rapid.SampledFrom([]string{"a", "b", "c", "d"})
	one := rapid.Custom(func(t *rapid.T) step {
		k := key.Draw(t, "key")
		switch rapid.SampledFrom([]string{"put", "put", "put", "remove", "remove", "clear"}).Draw(t, "kind") {
		case "put":
			v := rapid.StringMatching("[0-9]").Draw(t, "value")
			return step{
				fmt.Sprintf("put %s=%s", k, v),
				func(d *models.MetadataDelta) { d.Put(k, v) },
				func(m models.Metadata) { m[k] = v },
			}
		case "remove":
			return step{
				"remove " + k,
				func(d *models.MetadataDelta) { d.Remove(k) },
				func(m models.Metadata) { delete(m, k) },
			}
		}
		return step{"clear", (*models.MetadataDelta).Clear, func(m models.Metadata) { clear(m) }}
	})
	return rapid.SliceOfN(one, 0, 12)
}

func stored() *rapid.Generator[models.Metadata] {
	return rapid.Custom(func(t *rapid.T) models.Metadata {
		return rapid.MapOf(rapid.SampledFrom([]string{"a", "b", "c", "e"}), rapid.StringMatching("[a-z]")).Draw(t, "stored")
	})
}

// TestDeltaEqualsItsSteps: steps that travelled as one delta end where the steps one by one end, and the map that they
// started from stays as it was. Set and Delete never name the same key: SQL applies them in any order.
func TestDeltaEqualsItsSteps(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		start := stored().Draw(t, "start")
		want := start.Clone()
		var delta models.MetadataDelta
		for _, s := range steps().Draw(t, "steps") {
			t.Log(s.name)
			s.record(&delta)
			s.do(want)
		}
		before := start.Clone()
		if diff := cmp.Diff(want, delta.Apply(start)); diff != "" {
			t.Fatalf("applied %+v (-want +got):\n%s", delta, diff)
		}
		if diff := cmp.Diff(before, start); diff != "" {
			t.Fatalf("Apply changed its argument (-want +got):\n%s", diff)
		}
		seen := maps.Clone(delta.Set)
		for _, k := range delta.Delete {
			if _, ok := seen[k]; ok {
				t.Fatalf("%q is deleted and set, or deleted twice: %+v", k, delta)
			}
			if seen == nil {
				seen = make(map[string]string)
			}
			seen[k] = ""
		}
		if delta.Evict && len(delta.Delete) > 0 {
			t.Fatalf("evicts and deletes: %+v", delta)
		}
	})
}

// TestDeltaSurvivesJSON: a login's delta waits with the authorization code as JSON.
func TestDeltaSurvivesJSON(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var in models.Decision
		for _, s := range steps().Draw(t, "steps") {
			s.record(&in.Metadata)
		}
		text, err := json.Marshal(in)
		if err != nil {
			t.Fatal(err)
		}
		var out models.Decision
		if err := json.Unmarshal(text, &out); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(in, out, cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("through %s (-in +out):\n%s", text, diff)
		}
		if in.Metadata.IsZero() && string(text) != "{}" {
			t.Fatalf("a decision of nothing is %s, want {}", text)
		}
	})
}

func TestDeltaIsZero(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name   string
		change func(*models.MetadataDelta)
		want   bool
	}{
		{"untouched", func(*models.MetadataDelta) {}, true},
		{"put", func(d *models.MetadataDelta) { d.Put("a", "1") }, false},
		{"put of nothing", func(d *models.MetadataDelta) { d.Put("a", "") }, false},
		{"removed", func(d *models.MetadataDelta) { d.Remove("a") }, false},
		{"put and removed: the key may be in the store", func(d *models.MetadataDelta) { d.Put("a", "1"); d.Remove("a") }, false},
		{"cleared", func(d *models.MetadataDelta) { d.Clear() }, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			var d models.MetadataDelta
			row.change(&d)
			if got := d.IsZero(); got != row.want {
				t.Errorf("IsZero of %+v = %v", d, got)
			}
		})
	}
}

func TestDeltaAppliesToNothing(t *testing.T) {
	t.Parallel()
	got := models.MetadataDelta{Delete: []string{"b"}, Set: map[string]string{"a": "1"}}.Apply(nil)
	if diff := cmp.Diff(models.Metadata{"a": "1"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := (models.MetadataDelta{}).Apply(nil); got == nil {
		t.Error("Apply returned nil")
	}
}

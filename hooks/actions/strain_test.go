package actions

import "testing"

func TestStrain(t *testing.T) {
	t.Parallel()
	var s strain
	for range 2 {
		s.moved()
	}
	if s.confined() {
		t.Error("confined after two moves")
	}
	s.moved()
	if !s.confined() {
		t.Error("not confined after three moves in a row")
	}
	var ended strain
	for range 3 {
		ended.moved()
		ended.easy() // at the end of one that could not move
	}
	if !ended.confined() {
		t.Error("not confined after three executions in a row that should have moved")
	}
	for range 100 {
		s.moved()
	}
	for range strainMax {
		s.easy()
	}
	if s.confined() || s.level.Load() != 0 {
		t.Errorf("level %d after many easy executions", s.level.Load())
	}
	for range 100 { // one in a hundred
		s.moved()
		for range 99 {
			s.easy()
		}
		if s.confined() {
			t.Fatal("confined by an Action that seldom runs away")
		}
	}
	if !s.metered() {
		t.Error("an Action that has run away needs no exact meter")
	}
	s.stuck()
	for range strainMax {
		s.easy()
	}
	if !s.confined() {
		t.Error("an Action that could not be stopped begins here again")
	}
}

func TestAQuickActionNeedsNoExactMeter(t *testing.T) {
	t.Parallel()
	var s strain
	for range quickLimit {
		if !s.metered() {
			t.Fatal("an Action of which little is known has no exact meter")
		}
		s.easy()
	}
	if s.metered() {
		t.Error("an Action that was always quick is metered")
	}
	s.slow()
	if !s.metered() {
		t.Error("an Action that has taken longer than a moment is not metered")
	}
}

package store

import (
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgtype"
)

// A parameter whose type nobody has told is encoded by its kind. What is left out of pgx shows only where the tests are built as the
// program is: see GOFLAGS in the Makefile.
func TestNameParameters(t *testing.T) {
	t.Parallel()
	type derived int
	at := time.Date(2026, time.May, 4, 3, 2, 1, 0, time.UTC)
	yes := true
	m := pgtype.NewMap()
	nameParameters(m)
	for _, tt := range []struct {
		value any
		want  string
	}{
		{true, "t"},
		{&yes, "t"},
		{7, "7"},
		{int32(7), "7"},
		{int64(-7), "-7"},
		{derived(7), "7"},
		{46.948, "46.948"},
		{"it's", "it's"},
		{[]byte{0, 255}, `\x00ff`},
		{at, "2026-05-04 03:02:01Z"},
		{&at, "2026-05-04 03:02:01Z"},
		{[]string{"a", `b"c`}, `{a,"b\"c"}`},
		{[]int64{1, 2}, "{1,2}"},
		{[]bool{true, false}, "{t,f}"},
		{[]float64{1.5}, "{1.5}"},
		{[]time.Time{at}, `{"2026-05-04 03:02:01Z"}`},
	} {
		got, err := m.Encode(0, pgtype.TextFormatCode, tt.value, nil)
		if err != nil || string(got) != tt.want {
			t.Errorf("%T became %s, %v; want %s", tt.value, got, err, tt.want)
		}
	}
}

package main

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

func TestActivityIsSeen(t *testing.T) {
	t.Parallel()
	c, err := startCluster(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	defer c.stop()
	const name = "watched"
	url, err := c.create(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	a := activity{seen: map[string]int{}}
	if err := c.look(t.Context(), name, &a); err != nil || a.looks != 1 || len(a.seen) > 0 {
		t.Errorf("while nobody does anything: %+v, %v", a, err)
	}
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.WithoutCancel(t.Context()))
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	slept := make(chan error, 1)
	go func() {
		_, err := conn.Exec(ctx, "SELECT  pg_sleep(3600)")
		slept <- err
	}()
	const asleep = "SELECT pg_sleep(3600) … Timeout: PgSleep"
	for a.seen[asleep] == 0 { // it may be seen on its way there
		if err := c.look(ctx, name, &a); err != nil {
			t.Fatalf("nobody was seen sleeping: %v; seen: %v", err, a.seen)
		}
	}
	cancel()
	<-slept
}

func TestActivityAsTable(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		a    activity
		want string
	}{
		{"nobody was busy", activity{looks: 3}, "| all | 0.00 |\n"},
		{"nobody has looked", activity{}, "| all | 0.00 |\n"},
		{"the most frequent first", activity{looks: 4, seen: map[string]int{"a": 1, "c": 6, "b": 1}}, "| all | 2.00 |\n| c | 1.50 |\n| a | 0.25 |\n| b | 0.25 |\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newSection("a study")
			tt.a.table(s, "2 workers")
			var out strings.Builder
			s.markdown(&out)
			if _, rows, _ := strings.Cut(out.String(), "|---:|\n"); rows != tt.want {
				t.Errorf("rows:\n%s\nwant:\n%s", rows, tt.want)
			}
		})
	}
}

package store

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
)

// unsent is the error of a statement that did not leave this machine, or (false) may have.
type unsent bool

func (unsent) Error() string       { return "broken" }
func (u unsent) SafeToRetry() bool { return bool(u) }

func TestRetry(t *testing.T) {
	t.Parallel()
	other := errors.New("other")
	tests := []struct {
		name  string
		errs  []error // of the attempts; nil after the last
		calls int
	}{
		{"what works is run once", nil, 1},
		{"what did not reach the server is run again", []error{unsent(true), fmt.Errorf("wrapped: %w", unsent(true))}, 3},
		{"what may have reached it is not", []error{unsent(false)}, 1},
		{"any other error is not", []error{unsent(true), other}, 2},
		{"a server that can't be reached is not", []error{&pgconn.ConnectError{Config: &pgconn.Config{}}}, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			calls := 0
			err := retry(t.Context(), func() error {
				calls++
				if calls > len(tt.errs) {
					return nil
				}
				return tt.errs[calls-1]
			})
			if calls != tt.calls || (err != nil) != (tt.calls <= len(tt.errs)) {
				t.Errorf("%d calls, %v; want %d", calls, err, tt.calls)
			}
		})
	}
	t.Run("not without end, and not when nobody waits any more", func(t *testing.T) {
		t.Parallel()
		ctx, cancel := context.WithCancel(t.Context())
		calls := 0
		broken := func() error { calls++; return unsent(true) }
		if err := retry(ctx, broken); err == nil || calls != maxRetries+1 {
			t.Errorf("%d calls, %v", calls, err)
		}
		cancel()
		calls = 0
		if err := retry(ctx, broken); err == nil || calls != 1 {
			t.Errorf("%d calls after the end, %v", calls, err)
		}
	})
}

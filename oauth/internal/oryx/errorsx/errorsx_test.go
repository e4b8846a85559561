package errorsx_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	pkgerrors "github.com/pkg/errors"

	"github.com/ory/x/errorsx"
)

var errPlain = errors.New("plain")

// traceable is an error with a place for a stack trace, as fosite's errors are.
type traceable struct{ trace pkgerrors.StackTrace }

func (*traceable) Error() string                      { return "traceable" }
func (e *traceable) StackTrace() pkgerrors.StackTrace { return e.trace }

func TestWithStack(t *testing.T) {
	t.Parallel()
	once := errorsx.WithStack(errPlain)
	if !errors.Is(once, errPlain) || once.Error() != "plain" {
		t.Errorf("got %v", once)
	}
	if trace := fmt.Sprintf("%+v", once); !strings.Contains(trace, "TestWithStack") {
		t.Errorf("the trace lacks the caller:\n%s", trace)
	}
	if twice := errorsx.WithStack(once); twice != once {
		t.Errorf("traced again: %v", twice)
	}
	if err := errorsx.WithStack(nil); err != nil {
		t.Errorf("nil became %v", err)
	}

	full := &traceable{trace: pkgerrors.StackTrace{1}}
	if err := errorsx.WithStack(full); err != error(full) {
		t.Errorf("what has a trace became %#v", err)
	}
	empty := &traceable{}
	if err := errorsx.WithStack(empty); err == error(empty) || !errors.Is(err, empty) {
		t.Errorf("what has an empty trace became %#v", err)
	}
}

// causes is an error with a method Cause.
type causes struct{ cause error }

func (causes) Error() string  { return "causes" }
func (c causes) Cause() error { return c.cause }

func TestCause(t *testing.T) {
	t.Parallel()
	dead := causes{}
	for _, tt := range []struct {
		name      string
		err, want error
	}{
		{"nil", nil, nil},
		{"no Cause", errPlain, errPlain},
		{"one", causes{errPlain}, errPlain},
		{"two", causes{pkgerrors.WithStack(errPlain)}, errPlain},
		{"Cause is nil", causes{dead}, dead},
		{"Unwrap is not Cause", fmt.Errorf("%w", errPlain), nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			want := tt.want
			if tt.want == nil {
				want = tt.err
			}
			if got := errorsx.Cause(tt.err); got != want {
				t.Errorf("Cause(%v) = %v, want %v", tt.err, got, want)
			}
		})
	}
}

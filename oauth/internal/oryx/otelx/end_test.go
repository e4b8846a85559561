package otelx_test

import (
	"errors"
	"fmt"
	"maps"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"

	"github.com/ory/x/otelx"
)

// span notes what is done to it.
type span struct {
	noop.Span
	ignored     bool // not recorded
	code        codes.Code
	description string
	attributes  map[string]string
	touched     int
	ends        int
}

func (s *span) IsRecording() bool { return !s.ignored }

func (s *span) SetStatus(code codes.Code, description string) {
	s.code, s.description = code, description
	s.touched++
}

func (s *span) SetAttributes(attributes ...attribute.KeyValue) {
	if s.attributes == nil {
		s.attributes = map[string]string{}
	}
	for _, a := range attributes {
		s.attributes[string(a.Key)] = a.Value.AsString()
	}
	s.touched++
}

func (s *span) End(...trace.SpanEndOption) { s.ends++ }

// told is an error that says everything about itself.
type told struct{}

func (told) Error() string           { return "told" }
func (told) Reason() string          { return "the reason" }
func (told) Debug() string           { return "the debug" }
func (told) ID() string              { return "the id" }
func (told) Details() map[string]any { return map[string]any{"n": 7} }

func TestEnd(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		do   func() error
		want span
	}{
		{"no error", func() error { return nil }, span{}},
		{
			"an error", func() error { return errors.New("plain") },
			span{code: codes.Error, description: "plain", attributes: map[string]string{"error": "plain"}},
		},
		{
			"an error that wraps one that says more", func() error { return fmt.Errorf("outer: %w", told{}) },
			span{code: codes.Error, description: "outer: told", attributes: map[string]string{
				"error": "outer: told", "error.reason": "the reason", "error.debug": "the debug", "error.id": "the id", "error.details.n": "7",
			}},
		},
		{
			"a panic with an error", func() error { panic(told{}) },
			span{code: codes.Error, description: "panic: told", attributes: map[string]string{
				"error": "told", "error.reason": "the reason", "error.debug": "the debug", "error.id": "the id", "error.details.n": "7",
			}},
		},
		{"a panic with a text", func() error { panic("no more") }, span{code: codes.Error, description: "panic: no more"}},
		{"a panic with a Stringer", func() error { panic(codes.Ok) }, span{code: codes.Error, description: "panic: Ok"}},
		{"a panic with anything", func() error { panic(7) }, span{code: codes.Error, description: "panic"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var s span
			run(&s, tt.do)
			if s.code != tt.want.code || s.description != tt.want.description || !maps.Equal(s.attributes, tt.want.attributes) {
				t.Errorf("status %v %q, attributes %v; want %v %q %v",
					s.code, s.description, s.attributes, tt.want.code, tt.want.description, tt.want.attributes)
			}
			if s.ends != 1 {
				t.Errorf("ended %d times", s.ends)
			}
		})
	}
}

// run does something in a span, and returns what it panicked with.
func run(s trace.Span, do func() error) (panicked any) {
	defer func() { panicked = recover() }()
	func() (err error) {
		defer otelx.End(s, &err)
		return do()
	}()
	return nil
}

func TestEndPanicsOn(t *testing.T) {
	t.Parallel()
	for _, ignored := range []bool{false, true} {
		if got := run(&span{ignored: ignored}, func() error { panic(told{}) }); got != (told{}) {
			t.Errorf("ignored %v: the caller got %v", ignored, got)
		}
	}
}

func TestEndLeavesAnIgnoredSpanAlone(t *testing.T) {
	t.Parallel()
	s := span{ignored: true}
	run(&s, func() error { return told{} })
	if s.touched != 0 || s.ends != 1 {
		t.Errorf("touched %d times, ended %d times; want 0 and 1", s.touched, s.ends)
	}
}

func TestEndWithoutAnError(t *testing.T) {
	t.Parallel()
	var s span
	otelx.End(&s, nil)
	if s.touched != 0 || s.ends != 1 {
		t.Errorf("touched %d times, ended %d times; want 0 and 1", s.touched, s.ends)
	}
}

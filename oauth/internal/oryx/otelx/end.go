// Package otelx ends spans as fosite asks.
package otelx

import (
	"errors"
	"fmt"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"
)

// End ends a span with the outcome of the function that defers it: an error, or a panic, which goes on. A span that isn't recorded costs
// nothing but its end.
//
//	defer otelx.End(span, &err)
func End(span trace.Span, err *error) {
	defer span.End()
	if reason := recover(); reason != nil {
		recordPanic(span, reason)
		panic(reason)
	}
	if err != nil && *err != nil {
		recordError(span, *err, "")
	}
}

func recordPanic(span trace.Span, reason any) {
	switch reason := reason.(type) {
	case error:
		recordError(span, reason, "panic: ")
	case string, fmt.Stringer:
		span.SetStatus(codes.Error, fmt.Sprintf("panic: %v", reason))
	default: // its text could be anything
		span.SetStatus(codes.Error, "panic")
	}
}

// recordError puts err on the span, with what the errors in its chain say about themselves.
func recordError(span trace.Span, err error, prefix string) {
	if !span.IsRecording() {
		return
	}
	span.SetStatus(codes.Error, prefix+err.Error())
	attributes := []attribute.KeyValue{attribute.String("error", err.Error())}
	add := func(name, value string) { attributes = append(attributes, attribute.String(name, value)) }

	var (
		reasoned   interface{ Reason() string }
		debugged   interface{ Debug() string }
		identified interface{ ID() string }
		detailed   interface{ Details() map[string]any }
	)
	if errors.As(err, &reasoned) {
		add("error.reason", reasoned.Reason())
	}
	if errors.As(err, &debugged) {
		add("error.debug", debugged.Debug())
	}
	if errors.As(err, &identified) {
		add("error.id", identified.ID())
	}
	if errors.As(err, &detailed) {
		for name, value := range detailed.Details() {
			add("error.details."+name, fmt.Sprint(value))
		}
	}
	span.SetAttributes(attributes...)
}

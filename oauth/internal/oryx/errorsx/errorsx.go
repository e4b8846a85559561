// Package errorsx has fosite's helpers for errors: stack traces by github.com/pkg/errors, and the interfaces that its errors fulfil.
package errorsx

import "github.com/pkg/errors"

// WithStack gives err the stack trace of its caller, unless it has one itself: what it wraps is not asked. nil stays nil.
func WithStack(err error) error {
	traced, ok := err.(interface{ StackTrace() errors.StackTrace })
	if ok && len(traced.StackTrace()) > 0 {
		return err
	}
	return errors.WithStack(err)
}

// Cause unwraps err by its methods Cause until one has none, or has nil.
func Cause(err error) error {
	for {
		wrapper, ok := err.(interface{ Cause() error })
		if !ok {
			return err
		}
		cause := wrapper.Cause()
		if cause == nil {
			return err
		}
		err = cause
	}
}

// A StatusCodeCarrier has an HTTP status.
type StatusCodeCarrier interface{ StatusCode() int }

// A StatusCarrier has the text of an HTTP status.
type StatusCarrier interface{ Status() string }

// A RequestIDCarrier names the request that failed.
type RequestIDCarrier interface{ RequestID() string }

// A ReasonCarrier says why, to the client.
type ReasonCarrier interface{ Reason() string }

// A DebugCarrier says why, to the operator.
type DebugCarrier interface{ Debug() string }

package web

import (
	"context"
	"errors"
	"log/slog"
	"net/http"

	"example.com/keepsake/models"
)

// pageError is a failure with what the person may be told about it; err, if any, is for the log only.
type pageError struct {
	status      int
	code        string // an OAuth error code (RFC 6749 4.1.2.1)
	description string
	err         error
}

func (e *pageError) Error() string {
	if e.err != nil {
		return e.description + ": " + e.err.Error()
	}
	return e.description
}

func (e *pageError) Unwrap() error { return e.err }

// transactionEnded is one text for every transaction that can't go on: unknown, expired, finished, or begun by another
// browser. A stranger with a state parameter must not learn which.
func transactionEnded(err error) error {
	return &pageError{
		status: http.StatusBadRequest,
		code:   "invalid_request",
		description: "This sign-in has expired, was completed already, or was started in another browser. " +
			"Go back to the application and sign in again. Your browser must accept cookies.",
		err: err,
	}
}

// formRefused is the answer to a POST that did not come from our own page in this browser.
func formRefused(err error) error {
	return &pageError{
		status:      http.StatusForbidden,
		code:        "access_denied",
		description: "The form could not be verified. Go back, reload the page and try again.",
		err:         err,
	}
}

// handlerFunc is a page that may fail.
type handlerFunc func(w http.ResponseWriter, r *http.Request) error

// handler turns a page into an http.Handler. It is the one place where a failure becomes an answer: what is not a
// *pageError is internal, logged in full, and shown without anything of itself.
func (p *Pages) handler(f handlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		err := f(w, r)
		if err == nil {
			return
		}
		if e, ok := errors.AsType[*pageError](err); ok {
			p.logger.InfoContext(r.Context(), "page refused", slog.String("path", r.URL.Path), slog.Any("error", err))
			p.Error(w, r, e.status, e.code, e.description)
			return
		}
		if errors.Is(err, models.ErrBusy) {
			w.Header().Set("Retry-After", models.RetryAfter)
			p.Error(w, r, http.StatusServiceUnavailable, "temporarily_unavailable", "The server is too busy. Try again in a moment.")
			return
		}
		level := slog.LevelError
		if errors.Is(err, context.Canceled) && r.Context().Err() != nil {
			level = slog.LevelInfo // the browser went away; nobody will read the page
		}
		p.logger.Log(r.Context(), level, "page failed", slog.String("path", r.URL.Path), slog.Any("error", err))
		p.Error(w, r, http.StatusInternalServerError, "server_error", "Something went wrong on our side. Try again in a moment.")
	})
}

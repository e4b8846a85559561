package main

import (
	"io"
	"log/slog"
)

// newLogger returns the server's own log. The tenant's log events are another thing: they are data, in the store.
func newLogger(w io.Writer, s *settings) *slog.Logger {
	options := &slog.HandlerOptions{Level: s.LogLevel}
	if s.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(w, options))
	}
	return slog.New(slog.NewTextHandler(w, options))
}

// Package x stands for the module github.com/ory/x, by a replace in Keepsake's go.mod, and has just what fosite calls of it: errorsx,
// otelx.End and randx. It is Keepsake's own code.
//
// # Why
//
// fosite ends its spans by a helper that lives in ory/x/otelx, beside the set-up of every exporter that ORY's own products know. Go links
// what such a set-up registers, so that Keepsake, which exports no traces, carried gRPC, Jaeger, Zipkin, OTLP, a second protobuf and logrus:
// 171 packages, 4.57 of 46.05 MB of the stripped binary, and 28 modules in go.mod.
//
// # What is left out
//
// Everything else of ory/x, and of what is here:
//
//   - errorsx: what fosite doesn't name (IDCarrier, StackTracer).
//   - otelx: everything but End. It works with whatever trace.TracerProvider the span came from, as before.
//   - randx: alphabets but AlphaUpper, and MustString.
//
// # What it costs
//
// An update of fosite that calls more of ory/x doesn't compile until that is added here; what changes in ory/x itself nobody notices. And "go
// install" of a version, from outside of this repository, refuses modules with a replace. A test in cmd/keepsake holds that the exporters
// stay out. The tests here are run from the main module: go test github.com/ory/x/...
package x

// Package types has the TypeScript definitions of event and api, and reads them.
//
// postlogin.d.ts is the one list of their members: "keepsake actions types" writes it for editors, and package lint asks it
// what exists and what may be undefined. A test compares it with what Actions really see. It is written in a small part of
// TypeScript, which Read understands: interfaces whose members are on lines of their own, and aliases.
//
// It knows neither the engine nor the rules of the members; those are in package hooks.
package types

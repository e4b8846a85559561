// Package lint finds in the code of an Action what will fail when it runs, or will not do what it seems to.
//
// It follows the code as an interpreter would that knows only the kinds of values: what event has and what of it may be
// undefined (package types), what a condition has ruled out, what a function of the Action returns. Where it can't tell, it is
// silent: an alarm that is false costs its reader more than one that is missing.
//
// The rules that it checks against are those that run: metadata in package models, claims in package hooks. It parses with the
// engine's parser and runs nothing.
package lint

// Package workbench runs Actions for their authors: on a made-up login or refresh whose event they can change, with all that came
// of it in one report.
//
// It runs the real chain of package hooks and the real engine of hooks/actions, and no server: nothing is stored and no token is
// issued. Scenarios against a whole server are package workbench/scenario.
package workbench

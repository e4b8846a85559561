// Package workbench runs Actions for their authors: on a made-up login or refresh whose event they can change, with all that came
// of it in one report.
//
// It runs the real chain of package hooks and the real engine of hooks/actions, and no server: no token is issued, and what a server would
// have stored of a run is kept for the next one (Store). Whatever a server makes of an outcome is a rule of models or hooks, which both
// ask; what needs a database (which factors a user can give, whether a form exists) is not decided here. Scenarios against a whole server are
// package workbench/scenario.
package workbench

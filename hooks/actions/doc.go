// Package actions runs Auth0 post-login Actions: modules that export an async onExecutePostLogin(event, api), and
// onContinuePostLogin if they have the browser go somewhere and come back.
// Compile makes a Program of an author's code, New makes a hooks.Hook of a bound Action, and Registry keeps the chain of
// what is bound now.
//
// It owns the JavaScript engine (goja; nobody but this package, package nodejs and package lint imports it), the shape of event and api in
// JavaScript, and what stops an Action that runs away. It owns no rule of the api object: bindings check JavaScript's types, convert
// nothing that Auth0 does not convert, and call hooks.API, which has the rules and the messages.
//
// # One execution
//
// Every execution has a runtime of its own, so that nothing an Action does to globals, prototypes or its event outlives
// it. A member of the event is built when the Action first asks for it, property by property, from Go to plain objects;
// nothing that an Action writes into it comes back. Go's side is reached only through functions of api, console and require.
//
// # What stops a runaway
//
// Some things can be stopped from inside:
//   - JavaScript code, however it loops, is interrupted at the deadline of the trigger.
//   - Recursion ends at a call depth of maxCallDepth.
//   - Built-in functions that would loop or allocate by a number that an Action gives them (repeat, fill, join, a typed
//     array's length, apply, JSON.stringify of a huge sparse array, …) refuse what is larger than limits.go says, with a
//     RangeError: goja can't be interrupted inside a built-in, so these are checked before they begin. A Program gets the guards of those
//     functions only that its code can look up (facts.go). What they measure is what the built-in gets (plain.go). A text that is added to itself is
//     bounded likewise (doubling.go).
//   - Memory is watched: when the live heap has grown by more than Options.MemoryLimit while Actions run, those that have
//     been running for more than a moment are interrupted (watchdog.go).
//
// Others can't: one long call of a built-in, arithmetic on enormous BigInts, a regular expression that backtracks, a string that doubles faster
// than anybody looks. For these there are worker processes (package isolate), whose memory the operating system bounds, that give way to
// others when they run for long, and that are killed at the deadline. Options.Isolation says which executions go there. With
// IsolationAuto:
//   - An Action whose syntax has what can't be stopped begins there (tame.go).
//   - An execution that gets at a built-in function as a value goes there, because another built-in function could call it, again and again, without
//     JavaScript in between that could be stopped or counted (natives.go). One that is no longer soft fails, and its Action begins there
//     from then on.
//   - Any other begins in this process and is soft (move.go): what it does to event and outcome can still be taken back, and what it prints is
//     kept. If it takes more than softTime of a processor (meter.go; patientTicks if the Action has always been quick), if the heap grows
//     quickly, or if it asks a built-in for more than a moment's work, it is abandoned here and begins anew in a worker process. It stays soft
//     until something outside could see it: a request to another host, a write to api.cache, a lookup in the database.
//   - An Action whose executions have had to move several times of late begins in a worker process, until they are over in a moment there
//     (strain.go).
//
// A worker gets the code, the secrets, the event and the outcome so far, and sends back what the Action has made of them (hooks.Remote,
// hooks.Changes); api.cache and what an event looks up are asked for over the same pipe, and console lines come along the way. A worker that
// can't be started fails the transaction.
//
// An execution that is past its deadline and does not stop is abandoned: its transaction fails in time, its goroutine goes on until the
// built-in returns, and can no longer touch the event or the outcome. It keeps its place among Options.MaxConcurrency until then, so that
// abandoned executions can't pile up, and its Action does not begin in this process again.
//
// What this does not stop, with IsolationAuto: an execution that is no longer soft, because it has sent a request before it ran away, uses a
// processor of this process until its deadline, and its memory until the watchdog sees it; the third such execution in a row makes its Action begin in a
// worker process. With IsolationNone: nothing but the operating system stops one operation that needs more memory than there is, such as
// 2n ** 2n ** 40n, or one on an array-like that tells a guard another length than the built-in (plain.go). With IsolationProcess nothing that
// an Action does uses this process's time or memory.
//
// # Differences from Node.js
//
// What Node.js gives beside the language is hooks/actions/nodejs, made when it is first used; what goja lacks of newer syntax, ES modules,
// TypeScript and packages are lowered and bundled by hooks/actions/script before an Action ever runs; where an Action may connect to is
// hooks/actions/egress. docs/differences-from-auth0.md has what is missing or otherwise. eval sees globals only. What the guards
// refuse, Node.js would try.
package actions

// Package actions runs Auth0 post-login Actions: CommonJS modules that export an async onExecutePostLogin(event, api).
// Compile makes a Program of an author's code, New makes a hooks.Hook of a bound Action, and Registry keeps the chain of
// what is bound now.
//
// It owns the JavaScript engine (goja; no other package imports it), the shape of event and api in JavaScript, and what
// stops an Action that runs away. It owns no rule of the api object: bindings check JavaScript's types, convert nothing
// that Auth0 does not convert, and call hooks.API, which has the rules and the messages.
//
// # One execution
//
// Every execution has a runtime of its own, so that nothing an Action does to globals, prototypes or its event outlives
// it. A member of the event is built when the Action first asks for it, property by property, from Go to plain objects;
// nothing that an Action writes into it comes back. Go's side is reached only through functions of api, console and require.
//
// # What stops a runaway
//
// From inside:
//   - JavaScript code, however it loops, is interrupted at the deadline of the trigger.
//   - Recursion ends at a call depth of maxCallDepth.
//   - Built-in functions that would loop or allocate by a number that an Action gives them (repeat, fill, join, a typed
//     array's length, apply, JSON.stringify of a huge sparse array, …) refuse what is larger than limits.go says, with a
//     RangeError. goja can't be interrupted inside a built-in, so these are checked before they begin.
//   - Memory is watched: when the live heap has grown by more than Options.MemoryLimit while Actions run, those that have
//     been running for more than a moment are interrupted. That is where stopping begins, not the most that is used. What
//     piles up in many steps ends at about twice the limit, as garbage is collected when the heap has doubled. One native
//     call or operation ends before the interrupt is seen, and may go far beyond: with the default limit, [...s.matchAll(/x/g)]
//     over the million characters that the guards allow reaches about 1.2 GB, and a string that doubles itself (s += s) 0.5
//     to 1 GB. Executions at the same time add up.
//
// From outside:
//   - An execution that does not stop soon after its deadline, because it is inside a built-in (a regular expression with a
//     back-reference, say, or arithmetic on enormous BigInts), is abandoned: its transaction fails in time, its goroutine
//     goes on until the built-in returns, and can no longer touch the event or the outcome. It keeps its place among
//     Options.MaxConcurrency until then, so that abandoned executions can't pile up. A regular expression gives up by
//     itself after MaxTimeout.
//
// What nothing here stops: one single operation that needs more memory than there is and calls no function, such as
// 2n ** 2n ** 40n, or a method that is not in the guards' lists on a string that + made hundreds of megabytes long. The
// operating system ends the process then. Run Keepsake with a memory limit (a container's, with GOMEMLIMIT a little below
// it) and something that restarts it. Actions are written by the tenant's own administrators; they are not a place for
// strangers' code.
//
// # Differences from Node.js
//
// What Node.js gives beside the language is hooks/actions/nodejs, made when it is first used; what goja lacks of newer syntax, ES modules,
// TypeScript and packages are lowered and bundled by hooks/actions/script before an Action ever runs; where an Action may connect to is
// hooks/actions/egress. docs/differences-from-auth0.md has what is missing or otherwise. eval sees globals only. What the guards
// refuse, Node.js would try.
package actions

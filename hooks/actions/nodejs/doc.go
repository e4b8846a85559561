// Package nodejs gives an Action what Node.js gives beside the language: the built-in modules that published Actions and the
// packages they use require, the globals of the web (fetch, URL, Buffer, crypto, …), timers, and the loop that waits for
// them.
//
// Nothing is made before it is asked for: a global is an accessor that makes it at its first use, and only those are defined
// whose name the Action's code has (Globals). What is made is written in JavaScript where that is natural (lib/*.js, compiled
// once) and in Go where bytes, cryptography or the network are touched.
//
// It owns no rule about where an Action may connect to (hooks/actions/egress) and nothing of event, api, console and what
// stops a runaway (hooks/actions). What it adds that could run away by a number that the Action gives has its own limit, in
// limits.go.
//
// # The loop
//
// JavaScript, timers and answers from the network run on one goroutine, the execution's. Wait runs callbacks until the handler's
// promise is settled; what is still planned then is dropped, as Auth0 ends an execution when its handler has returned. When
// nothing is left that could settle the promise, Wait returns at once. Timers follow real time, not the clock of Date.
package nodejs

// Command keepsake runs the Keepsake authorization server.
//
// It owns the command line, the configuration (flags and their environment twins), the server's secret, the wiring of the
// other packages, and what belongs to a process rather than to a protocol: health, metrics, start and stop. It is the only
// package that sees all the others, and nothing imports it. It decides nothing about OAuth, Actions or the Management API.
//
// Exit codes: 0 after a clean stop, 1 when something failed while running, 2 when the command line or the configuration is
// wrong; then nothing was started. "actions run" has 3 for a login that an Action denied.
package main

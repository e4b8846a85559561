// Package scenario tests Actions by stories: files of YAML beside the Actions tell what users do (log in, refresh), how time passes,
// and what must have come of it.
//
// It reads the files, plays them over HTTP against a server that somebody else starts for each story (Start), looks into that server's
// store for what only the store knows, and prints what differs. It decides nothing about tokens or metadata: a story fails because the
// server did something else.
package scenario

// Package script makes of what an author wrote (newer JavaScript, ES modules, TypeScript, npm packages) one CommonJS script
// that the JavaScript engine takes, with a source map that leads back to the author's lines. It is done with esbuild, once per
// deployed version and never while an Action runs.
//
// It owns what is lowered, what may be required, and where packages are read from. It does not own the engine and knows
// nothing of it but which syntax it lacks; running, and the built-in modules, are hooks/actions and hooks/actions/nodejs.
package script

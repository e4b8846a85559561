package actions

import (
	"time"

	"example.com/keepsake/hooks"
	"example.com/keepsake/hooks/actions/nodejs"
)

// MaxTimeout is the longest time that the Actions of one trigger may take together. A regular expression is given up
// after this time and then looks to an Action like one that did not match: the deadline must have passed by then, so that
// the Action can't go on with a wrong answer.
const MaxTimeout = hooks.DefaultTimeout

// Defaults of Options.
const (
	// DefaultMemoryLimit is by how many bytes the live heap may grow while Actions run.
	DefaultMemoryLimit = 128 << 20
	// minConcurrency is what Options.MaxConcurrency is at least when it is left out.
	minConcurrency = 64
)

// What one call of a built-in function may do. The limits are far above what an Action needs and far below what endangers
// the process.
const (
	maxArrayLength  = 1 << 22              // elements that one call walks
	maxStringLength = 1 << 23              // UTF-16 units that one call makes
	maxWalked       = 1 << 20              // UTF-16 units that one call matches all over, or normalizes
	maxBufferSize   = nodejs.MaxBufferSize // bytes of an ArrayBuffer
	maxArguments    = 1 << 16              // of apply
	maxJSONNodes    = 1 << 18              // values that one JSON.stringify writes
	maxNesting      = 5000                 // levels of arrays and objects in JSON, flat and join
	maxPattern      = 1 << 16              // length of a regular expression that is made from a string
	maxSource       = 1 << 17              // length of code that is made from a string
	maxCallDepth    = 4000                 // JavaScript calls inside one another
	maxExportNodes  = hooks.MaxClaims
	maxExportDepth  = 500
)

// maxConsole is how many bytes one execution may print; what follows is dropped. maxLine is for one line.
const (
	maxConsole = 256 << 10
	maxLine    = 16 << 10
)

// grace is how long an execution may take to stop after it was interrupted, before it is abandoned.
const grace = 50 * time.Millisecond

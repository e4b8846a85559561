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
	// minWorkers is what Options.MaxWorkers is at least when it is left out.
	minWorkers = 8
)

// What an execution may take of this process before it moves to a worker process: processor time, which tells one that works from one that
// waits for its turn; and ticks of the watchdog, where the meter is not exact.
const (
	busyTime = 2 * time.Millisecond // without which nobody can have taken much memory
	softTime = 10 * time.Millisecond
	hardTime = 100 * time.Millisecond // of one that can't move, or that does not stop

	longTicks    = 10  // while the heap grows
	patientTicks = 250 // in any case
	stuckTicks   = 100 // of one that was interrupted and goes on
	hardTicks    = 250 // without waiting, of one that can't move

	softMemory = 4 << 20 // bytes by which the heap grows in one tick, for each processor
)

// easyTime is how much processor time an execution in a worker process takes at most if it could have stayed in this one.
const easyTime = 5 * time.Millisecond

// limit is what one call of a built-in function may do. Beyond hard it is refused, with a RangeError; that is far above what an
// Action needs. Beyond soft it takes more than a moment, and the execution moves to a worker process if it can (see move).
type limit struct{ soft, hard float64 }

var (
	limitArray     = limit{1 << 16, 1 << 22}              // elements that one call walks
	limitString    = limit{1 << 16, 1 << 23}              // UTF-16 units that one call makes
	limitWalked    = limit{1 << 15, 1 << 20}              // UTF-16 units that one call matches all over, or normalizes
	limitBuffer    = limit{1 << 16, nodejs.MaxBufferSize} // bytes of an ArrayBuffer
	limitArguments = limit{1 << 14, 1 << 16}              // of apply
	limitJSON      = limit{1 << 14, 1 << 18}              // values that one JSON.stringify writes
	limitJSONText  = limit{1 << 18, 1 << 23}              // UTF-16 units that one JSON.parse reads
	limitPattern   = limit{0, 1 << 16}                    // length of a regular expression that is made from a string
	limitSource    = limit{0, 1 << 17}                    // length of code that is made from a string
)

const (
	maxNesting     = 5000 // levels of arrays and objects in JSON, flat and join
	maxCallDepth   = 4000 // JavaScript calls inside one another
	maxExportNodes = hooks.MaxClaims
	maxExportDepth = 500
)

// maxConsole is how many bytes one execution may print; what follows is dropped. maxLine is for one line.
const (
	maxConsole = 256 << 10
	maxLine    = 16 << 10
)

// grace is how long an execution may take to stop after it was interrupted, before it is abandoned.
const grace = 50 * time.Millisecond

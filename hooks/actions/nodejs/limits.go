package nodejs

// What one call, or one execution, may ask for by a number of its own. The limits are far above what an Action needs and far
// below what endangers the process.
const (
	// MaxBufferSize is how many bytes an ArrayBuffer or a Buffer may have.
	MaxBufferSize = 1 << 25

	maxTimers       = 1000     // that wait at once
	maxRequests     = 20       // under way at once in one execution
	maxOpen         = 100      // responses whose body was not read
	maxResponseBody = 10 << 20 // bytes, decompressed
	maxRequestBody  = 10 << 20
	maxRedirects    = 20
	maxTextLength   = 1 << 23 // UTF-16 units of a string that is encoded, parsed or made
	maxParsed       = 1 << 20 // UTF-16 units of a text that lib takes apart
	maxURLLength    = 1 << 16
	maxIterations   = 1_000_000 // of PBKDF2, about 0.3 s with SHA-256; all of an execution together
	maxDerived      = 1 << 14   // bytes of a derived key
	maxRandom       = 1 << 20   // bytes of one randomBytes; getRandomValues has its own 65536
	maxScryptMemory = 32 << 20  // bytes: 128·N·r, Node.js's own default
	maxScryptCost   = 1 << 18   // N·r·p of one derivation; an execution may spend four times that
)

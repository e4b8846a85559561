//go:build race

package isolate

// underRaceDetector: the race detector maps far more memory than a worker may have.
const underRaceDetector = true

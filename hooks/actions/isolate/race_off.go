//go:build !race

package isolate

const underRaceDetector = false

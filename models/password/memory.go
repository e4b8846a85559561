package password

import (
	"runtime"
	"runtime/debug"
)

// collectFrom is the cost, in KiB, from which on a hash leaves enough behind to clear it away at once. Tests and playgrounds hash for less.
const collectFrom = 1 << 10

// release gives a turn back.
//
// What argon2id has filled (19 MiB at the default cost) is garbage then, and the collector would wait for several times that: it aims at a
// multiple of what it finds in use, the block of a hash that is being computed included. So it runs once for each hash, before the next one: that
// keeps the process at about 65 MiB instead of 150, for some milliseconds beside the tens that the hash took. Whoever has asked for the hash does
// not wait for it. Without a next one, the memory goes back to the system.
func (h *Hasher) release(memory uint32) {
	if memory < h.clearFrom {
		<-h.slots
		return
	}
	go func() {
		h.collect(h.waiting.Load() == 0)
		<-h.slots
	}()
}

// collect clears the memory; all says whether to give it back to the system, too.
func collect(all bool) {
	if all {
		debug.FreeOSMemory()
		return
	}
	runtime.GC()
}

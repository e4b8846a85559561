// Package isolate runs jobs in worker processes: children of this process that can be killed whatever they are doing, and whose memory is
// bounded by the operating system.
//
// It knows nothing of what a job is: bytes go in and bytes come out. Pool is the parent's side, Serve the child's. They speak over the
// child's standard input and output; there is no other descriptor, and nothing in the child's environment but what its runtime
// needs.
//
// The rules are: a job whose context ends is answered at once, and its worker killed; a worker does one job at a time; a worker that was
// slowed down, or died, is replaced, but for those that do slow jobs and give way all the time; a worker ends by itself when its parent
// is gone.
package isolate

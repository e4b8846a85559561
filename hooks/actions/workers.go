package actions

// workers are goroutines that wait for executions. An execution needs a deep stack, and a new goroutine would grow its own from
// 2 KiB each time, which costs several percent of an exchange; these keep theirs from one execution to the next. There are as many as
// were needed at once. One whose execution can't be stopped is gone until that ends, and another takes its place.
type workers chan chan func()

// run runs f on a waiting worker, or on a new one.
func (w workers) run(f func()) {
	select {
	case jobs := <-w:
		jobs <- f
	default:
		jobs := make(chan func(), 1)
		jobs <- f
		go w.work(jobs)
	}
}

// work runs jobs until there are more waiting workers than the channel holds.
func (w workers) work(jobs chan func()) {
	for f := range jobs {
		f()
		select {
		case w <- jobs:
		default:
			return
		}
	}
}

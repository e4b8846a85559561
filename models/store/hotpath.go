package store

// Statement is SQL as PostgreSQL gets it. Params[0] is the name of $1.
type Statement struct {
	Text   string
	Params []string
}

// RefreshStatements returns the two statements of a refresh exchange on PostgreSQL, the read and the write, for measuring what
// they cost when nothing else is done (cmd/keepsake-bench). They run nothing here: RefreshGrant and Exchange do.
func RefreshStatements() (read, write Statement) {
	export := func(q query) Statement { return Statement{Text: q[postgresql].text, Params: q[postgresql].names} }
	return export(selectRefreshGrant), export(exchange)
}

package store

// Statement is SQL as PostgreSQL gets it. Params[0] is the name of $1.
type Statement struct {
	Text   string
	Params []string
}

// RefreshStatements returns the two statements of a refresh exchange on PostgreSQL that runs no hooks, the read and the write, for measuring what
// they cost when nothing else is done (cmd/keepsake-bench). They run nothing here: RefreshGrant and Exchange do.
func RefreshStatements() (read, write Statement) {
	return export(selectBriefGrant), export(exchange)
}

// HookedRefreshStatements returns the two of an exchange whose hooks set metadata.
func HookedRefreshStatements() (read, write Statement) {
	return export(selectRefreshGrant), export(exchangeMerging)
}

func export(q query) Statement {
	return Statement{Text: q[postgresql].text, Params: q[postgresql].names}
}

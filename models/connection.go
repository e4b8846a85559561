package models

import "slices"

// Connection is a place where users come from. Keepsake has database connections (strategy "auth0").
type Connection struct {
	ID       string
	Name     string
	Strategy string
	Metadata map[string]string
	// EnabledClients are the client ids that may use it; empty: all.
	EnabledClients []string
	// RequiresUsername allows signing in by username besides email.
	RequiresUsername bool
}

// StrategyDatabase is the strategy of a database connection.
const StrategyDatabase = "auth0"

// Enabled reports whether a client may use the connection.
func (c *Connection) Enabled(clientID string) bool {
	return len(c.EnabledClients) == 0 || slices.Contains(c.EnabledClients, clientID)
}

package models

import "slices"

// Organization is a customer's customer (contract 2.8).
type Organization struct {
	ID          string
	Name        string
	DisplayName string
	LogoURL     string
	Metadata    map[string]string
	// Connections are the names of the connections enabled for it; empty: any.
	Connections []string
}

// Allows reports whether the organization's members may sign in through a connection.
func (o *Organization) Allows(connection string) bool {
	return len(o.Connections) == 0 || slices.Contains(o.Connections, connection)
}

// Membership is a user's membership in an organization.
type Membership struct {
	OrganizationID string
	UserID         string
	RoleIDs        []string
}

package models

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

// Membership is a user's membership in an organization.
type Membership struct {
	OrganizationID string
	UserID         string
	RoleIDs        []string
}

package models

// Group is a group of users. Keepsake keeps no groups of their own: a user has the names of those that the tenant's document puts
// the user in.
type Group struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

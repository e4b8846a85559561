package models

import "crypto/sha256"

// Group is a group of users. Keepsake keeps no groups of their own: a user has the names of those that the tenant's document puts
// the user in.
type Group struct {
	ID   string
	Name string
}

// NewGroup returns the group of a name. Its id is made from that, so that it is the same for every user.
func NewGroup(name string) Group {
	sum := sha256.Sum256([]byte(PrefixGroup + name))
	return Group{ID: FormatID(PrefixGroup, [16]byte(sum[:16])), Name: name}
}

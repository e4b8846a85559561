package store

import (
	"context"

	"example.com/keepsake/models"
)

var (
	selectMembership = both(`SELECT ` + memberColumns + ` FROM memberships AS m
		WHERE organization_id = :organization_id AND user_id = :user_id`)
	selectMemberships = both(`SELECT organization_id FROM memberships WHERE user_id = :user_id`)
	deleteMembership  = both(`DELETE FROM memberships WHERE organization_id = :organization_id AND user_id = :user_id`)
	upsertMembership  = both(`INSERT INTO memberships (organization_id, user_id, role_ids) VALUES (:organization_id, :user_id, :role_ids)
		ON CONFLICT (organization_id, user_id) DO UPDATE SET role_ids = excluded.role_ids`)
)

// Membership returns a user's membership in an organization, or models.ErrNotFound.
func (s *Store) Membership(ctx context.Context, organizationID, userID string) (*models.Membership, error) {
	m, err := membership(ctx, s.r, organizationID, userID)
	return found(m, failed("read membership", err))
}

func membership(ctx context.Context, q querier, organizationID, userID string) (*models.Membership, error) {
	var m models.Membership
	err := q.one(ctx, selectMembership, args{"organization_id": organizationID, "user_id": userID}, memberFields(&m)...)
	return &m, err
}

// memberColumns are the columns of memberships AS m, in the order of memberFields.
const memberColumns = `m.organization_id, m.user_id, m.role_ids`

func memberFields(m *models.Membership) []any {
	return []any{(*text)(&m.OrganizationID), (*text)(&m.UserID), document{&m.RoleIDs}}
}

package oauth

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"example.com/keepsake/models"
)

// managementPath is where the Management API is, below the issuer; together they are its audience (contract 4.1).
const managementPath = "api/v2/"

// userinfoAudience is the audience of a token that is good for /userinfo.
func (s *Server) userinfoAudience() string { return s.issuer + "userinfo" }

// findAPI resolves the audience parameter: the tenant's default when there is none, nil when that is none either or when it is
// /userinfo itself. An unknown audience is errService. Auth0's SDKs ask for the Management API as https://<domain>/api/v2/ whatever the
// server speaks; on a server of plain http that means its own.
func (s *Server) findAPI(ctx context.Context, audience string) (*models.ResourceServer, error) {
	if audience == "" {
		tenant, err := s.config.Tenant(ctx)
		if err != nil {
			return nil, fmt.Errorf("read tenant: %w", err)
		}
		audience = tenant.DefaultAudience
	}
	if audience == "" || audience == s.userinfoAudience() {
		return nil, nil
	}
	if host, plain := strings.CutPrefix(s.issuer, "http://"); plain && audience == "https://"+host+managementPath {
		audience = s.issuer + managementPath
	}
	api, err := s.config.ResourceServer(ctx, audience)
	if errors.Is(err, models.ErrNotFound) {
		return nil, errService(audience)
	}
	if err != nil {
		return nil, fmt.Errorf("read API: %w", err)
	}
	return api, nil
}

// enforceRoles leaves of the API's scopes those that the user's roles permit, when the API enforces that (RBAC).
func (s *Server) enforceRoles(ctx context.Context, session *Session) error {
	if session.API == nil || !session.API.EnforcePolicies {
		return nil
	}
	permissions, err := s.permissions(ctx, session)
	if err != nil {
		return err
	}
	session.Granted = slices.DeleteFunc(slices.Clone(session.Granted), func(scope string) bool {
		return !slices.Contains(models.OIDCScopes, scope) && !slices.Contains(permissions, scope)
	})
	return nil
}

// permissions returns the user's permissions for the session's API.
func (s *Server) permissions(ctx context.Context, session *Session) ([]string, error) {
	roles, err := s.config.Roles(ctx, session.RoleIDs)
	if err != nil {
		return nil, fmt.Errorf("read roles: %w", err)
	}
	out := []string{}
	for _, role := range roles {
		for _, p := range role.Permissions {
			if p.Audience == session.API.Identifier && !slices.Contains(out, p.Name) {
				out = append(out, p.Name)
			}
		}
	}
	return out, nil
}

// allScopes returns everything an API defines, for the password grant without a scope parameter (contract 5.2).
func allScopes(api *models.ResourceServer) []string {
	if api == nil {
		return nil
	}
	out := make([]string, len(api.Scopes))
	for i, scope := range api.Scopes {
		out[i] = scope.Value
	}
	return out
}

// findOrganization resolves the organization parameter for a client (contract 5.1): nil when none was asked for.
func (s *Server) findOrganization(ctx context.Context, c *models.Client, idOrName string) (*models.Organization, error) {
	switch {
	case idOrName == "" && c.OrganizationUsage == "require":
		return nil, errOrgRequired
	case idOrName == "":
		return nil, nil
	case c.OrganizationUsage != "allow" && c.OrganizationUsage != "require":
		return nil, errOrgNotAllowed
	}
	org, err := s.config.Organization(ctx, idOrName)
	if errors.Is(err, models.ErrNotFound) {
		return nil, invalidRequest("invalid organization: " + idOrName)
	}
	if err != nil {
		return nil, fmt.Errorf("read organization: %w", err)
	}
	return org, nil
}

// enter makes the session one of the organization's: the user must be a member, and gets the membership's roles too.
func (s *Server) enter(ctx context.Context, session *Session, org *models.Organization) error {
	session.RoleIDs = session.User.RolesWith(nil)
	if org == nil {
		return nil
	}
	member, err := s.people.Membership(ctx, org.ID, session.User.ID)
	if errors.Is(err, models.ErrNotFound) {
		return errNotMember(session.User, org)
	}
	if err != nil {
		return fmt.Errorf("read membership: %w", err)
	}
	session.Organization = org
	session.RoleIDs = session.User.RolesWith(member)
	return nil
}

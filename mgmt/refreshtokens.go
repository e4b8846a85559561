package mgmt

import (
	"fmt"
	"net/http"
	"strings"

	"example.com/keepsake/models"
)

const refreshTokenMissing = "The refresh token does not exist."

// refreshTokenBody is a refresh token as the API shows it (contract 4.2). The token's secret is no part of it.
type refreshTokenBody struct {
	ID              string           `json:"id"`
	UserID          string           `json:"user_id"`
	CreatedAt       timestamp        `json:"created_at"`
	IdleExpiresAt   timestamp        `json:"idle_expires_at"`
	ExpiresAt       timestamp        `json:"expires_at"`
	LastExchangedAt timestamp        `json:"last_exchanged_at"`
	Device          deviceBody       `json:"device"`
	ClientID        string           `json:"client_id"`
	SessionID       nullable         `json:"session_id"`
	Rotating        bool             `json:"rotating"`
	ResourceServers []resourceServer `json:"resource_servers"`
	Metadata        models.Metadata  `json:"refresh_token_metadata"`
}

// resourceServer is an API and what was granted for it, space-separated.
type resourceServer struct {
	Audience string `json:"audience"`
	Scopes   string `json:"scopes"`
}

// deviceBody is the device of a refresh token or a session.
type deviceBody struct {
	InitialIP        string `json:"initial_ip"`
	InitialASN       string `json:"initial_asn"`
	InitialUserAgent string `json:"initial_user_agent"`
	LastIP           string `json:"last_ip"`
	LastASN          string `json:"last_asn"`
	LastUserAgent    string `json:"last_user_agent"`
}

func (a *API) showRefreshToken(t *models.RefreshToken) any {
	audience := t.Audience
	if audience == "" { // without an API, the access tokens are good for /userinfo
		audience = a.issuer + "userinfo"
	}
	return refreshTokenBody{
		ID:              t.ID,
		UserID:          t.UserID,
		CreatedAt:       timestamp(t.CreatedAt),
		IdleExpiresAt:   timestamp(t.IdleExpiresAt),
		ExpiresAt:       timestamp(t.ExpiresAt),
		LastExchangedAt: timestamp(t.LastExchangedAt),
		Device:          deviceBody(t.Device),
		ClientID:        t.ClientID,
		SessionID:       nullable(t.SessionID),
		Rotating:        t.Rotating,
		ResourceServers: []resourceServer{{Audience: audience, Scopes: strings.Join(t.Scopes, " ")}},
		Metadata:        shownMetadata(t.Metadata),
	}
}

func (a *API) getRefreshToken(c *request) (answer, error) {
	fields, err := c.query.selection()
	if err != nil {
		return answer{}, err
	}
	t, err := a.tokens.RefreshToken(c.ctx(), c.id)
	if err != nil {
		return answer{}, notFound(fmt.Errorf("get a refresh token: %w", err), refreshTokenMissing)
	}
	body, err := fields.apply(a.showRefreshToken(t))
	return ok(body), err
}

// updateRefreshToken replaces the whole metadata map (contract 1.9). The store does it in one statement: what an
// exchange sets at the same moment is there before it or after it, never lost halfway.
func (a *API) updateRefreshToken(c *request) (answer, error) {
	m, body, err := c.metadataBody("refresh_token_metadata")
	if err != nil {
		return answer{}, err
	}
	event, err := a.written(c, body, map[string]any{"id": c.id, "refresh_token_metadata": m}, http.StatusOK)
	if err != nil {
		return answer{}, err
	}
	t, err := a.tokens.SetRefreshTokenMetadata(c.ctx(), c.id, m, event)
	if err != nil {
		return answer{}, notFound(fmt.Errorf("set a refresh token's metadata: %w", err), refreshTokenMissing)
	}
	return ok(a.showRefreshToken(t)), nil
}

// listRefreshTokens lists the tokens of one user, and of one client if it is named.
func (a *API) listRefreshTokens(c *request) (answer, error) {
	filter := models.RefreshTokenFilter{UserID: c.query["user_id"], ClientID: c.query["client_id"]}
	if filter.UserID == "" {
		return answer{}, badRequest("", "Missing required 'user_id' parameter.")
	}
	if c.query.has("client_id") && filter.ClientID == "" { // an empty filter would select every client's
		return answer{}, invalidQuery("String is too short (0 chars), minimum 1", "client_id")
	}
	list := []string{"refresh_tokens", filter.UserID, filter.ClientID}
	page, err := c.page(list...)
	if err != nil {
		return answer{}, err
	}
	fields, err := c.query.selection()
	if err != nil {
		return answer{}, err
	}
	if err := a.userExists(c, filter.UserID); err != nil {
		return answer{}, err
	}
	if filter.ClientID != "" {
		if _, err := a.directory.Client(c.ctx(), filter.ClientID); err != nil {
			return answer{}, notFound(fmt.Errorf("find the client: %w", err), "The client does not exist.")
		}
	}
	return a.refreshTokenPage(c, "refresh_tokens", filter, page, fields, list)
}

// listUserRefreshTokens is the older listing: the same tokens under another key, with a total for who asks.
func (a *API) listUserRefreshTokens(c *request) (answer, error) {
	filter := models.RefreshTokenFilter{UserID: c.id}
	list := []string{"tokens", c.id}
	page, err := c.page(list...)
	if err != nil {
		return answer{}, err
	}
	fields, err := c.query.selection()
	if err != nil {
		return answer{}, err
	}
	totals, err := c.query.boolean("include_totals", false)
	if err != nil {
		return answer{}, err
	}
	if err := a.userExists(c, c.id); err != nil {
		return answer{}, err
	}
	ans, err := a.refreshTokenPage(c, "tokens", filter, page, fields, list)
	if err != nil || !totals {
		return ans, err
	}
	total, err := a.tokens.CountRefreshTokens(c.ctx(), filter)
	if err != nil {
		return answer{}, fmt.Errorf("count refresh tokens: %w", err)
	}
	ans.body.(map[string]any)["total"] = total
	return ans, nil
}

func (a *API) refreshTokenPage(c *request, key string, filter models.RefreshTokenFilter, page models.Page, fields selection, list []string) (answer, error) {
	tokens, next, err := a.tokens.RefreshTokens(c.ctx(), filter, page)
	if err != nil {
		return answer{}, fmt.Errorf("list refresh tokens: %w", err)
	}
	shown, err := selectAll(fields, tokens, a.showRefreshToken)
	if err != nil {
		return answer{}, err
	}
	return c.listing(map[string]any{key: shown}, next, list...), nil
}

// userExists answers contract 4.2's 404 for a user that does not exist.
func (a *API) userExists(c *request, id string) error {
	if _, err := a.directory.User(c.ctx(), id); err != nil {
		return notFound(fmt.Errorf("find the user: %w", err), "User not found")
	}
	return nil
}

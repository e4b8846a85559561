package mgmt

import (
	"fmt"
	"net/http"

	"example.com/keepsake/models"
)

// methodBody is a second factor as the API shows it. Its keys and codes are no part of it.
type methodBody struct {
	ID          string    `json:"id"`
	Type        string    `json:"type"`
	Confirmed   bool      `json:"confirmed"`
	CreatedAt   timestamp `json:"created_at"`
	LastAuthAt  timestamp `json:"last_auth_at"`
	PhoneNumber string    `json:"phone_number,omitempty"`
	Email       string    `json:"email,omitempty"`
}

// methodTypes are Auth0's names where they are not those that Actions have.
var methodTypes = map[models.FactorType]string{models.FactorOTP: "totp"}

func showMethod(f *models.Authenticator) methodBody {
	b := methodBody{
		ID: f.ID, Type: string(f.Type), Confirmed: true, CreatedAt: timestamp(f.CreatedAt), LastAuthAt: timestamp(f.LastUsedAt),
	}
	if name := methodTypes[f.Type]; name != "" {
		b.Type = name
	}
	switch f.Type {
	case models.FactorPhone:
		b.PhoneNumber = f.Address
	case models.FactorEmail:
		b.Email = f.Address
	}
	return b
}

// listAuthenticationMethods lists a user's second factors. They are few: there are no pages.
func (a *API) listAuthenticationMethods(c *request) (answer, error) {
	if err := a.userExists(c, c.id); err != nil {
		return answer{}, err
	}
	list, err := a.factors.Authenticators(c.ctx(), c.id)
	if err != nil {
		return answer{}, fmt.Errorf("list a user's second factors: %w", err)
	}
	shown := make([]methodBody, len(list))
	for i := range list {
		shown[i] = showMethod(&list[i])
	}
	return ok(shown), nil
}

// deleteAuthenticationMethods removes all of a user's second factors: the user has lost the phone, say, and the recovery code with it.
func (a *API) deleteAuthenticationMethods(c *request) (answer, error) {
	if err := a.userExists(c, c.id); err != nil {
		return answer{}, err
	}
	event, err := a.written(c, nil, map[string]any{}, http.StatusNoContent)
	if err != nil {
		return answer{}, err
	}
	if err := a.factors.DeleteAuthenticators(c.ctx(), c.id, event); err != nil {
		return answer{}, fmt.Errorf("delete a user's second factors: %w", err)
	}
	return noContent(), nil
}

package oauth

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/go-jose/go-jose/v3"
	"github.com/ory/fosite"

	"example.com/keepsake/models"
)

// client shows a models.Client to fosite.
type client struct {
	*models.Client
	// assertionAlg is the algorithm of the assertion at hand, one of assertionAlgs; empty: there is none.
	assertionAlg string
}

// assertionAlgs are what a client assertion may be signed with. The key decides: fosite pairs each only with a key of its kind.
var assertionAlgs = []string{models.RS256, models.PS256, models.ES256}

var (
	_ fosite.OpenIDConnectClient = client{}
	_ fosite.ResponseModeClient  = client{}
)

// responseModes are what /authorize can answer with.
var responseModes = []fosite.ResponseModeType{
	fosite.ResponseModeDefault, fosite.ResponseModeQuery, fosite.ResponseModeFragment, fosite.ResponseModeFormPost,
}

func (c client) GetID() string                      { return c.ID }
func (c client) GetHashedSecret() []byte            { return c.SecretHash }
func (c client) GetRedirectURIs() []string          { return c.Callbacks }
func (c client) GetGrantTypes() fosite.Arguments    { return c.GrantTypes }
func (c client) GetResponseTypes() fosite.Arguments { return fosite.Arguments{"code"} }
func (c client) GetScopes() fosite.Arguments        { return nil } // scopes are the API's to allow (scopes.go)
func (c client) GetAudience() fosite.Arguments      { return nil }
func (c client) IsPublic() bool                     { return c.Public() }

func (c client) GetResponseModes() []fosite.ResponseModeType { return responseModes }
func (c client) GetTokenEndpointAuthMethod() string          { return c.TokenEndpointAuthMethod }
func (c client) GetRequestURIs() []string                    { return nil }
func (c client) GetRequestObjectSigningAlgorithm() string    { return "" }

// GetTokenEndpointAuthSigningAlgorithm returns what the client's assertion must be signed with.
func (c client) GetTokenEndpointAuthSigningAlgorithm() string {
	return cmp.Or(c.assertionAlg, models.RS256)
}

// GetJSONWebKeysURI is always empty: Keepsake fetches nothing from an address that a client names.
func (c client) GetJSONWebKeysURI() string { return "" }

// GetJSONWebKeys returns the client's public keys for private_key_jwt, or nil.
func (c client) GetJSONWebKeys() *jose.JSONWebKeySet {
	if len(c.PublicKeys) == 0 {
		return nil
	}
	set := new(jose.JSONWebKeySet)
	if err := json.Unmarshal(c.PublicKeys, set); err != nil {
		return nil
	}
	for i := range set.Keys {
		set.Keys[i].Use = "sig" // fosite wants to read it; a key for authentication has no other use
	}
	return set
}

// storage is what fosite itself reads: clients, and the assertions that were used.
type storage struct {
	config Config
	grants Grants
	now    func() time.Time
}

var _ fosite.Storage = (*storage)(nil)

// errStorage marks what went wrong behind fosite's back and is nobody's but ours.
var errStorage = errors.New("storage")

// GetClient returns a client, or fosite.ErrNotFound.
func (s *storage) GetClient(ctx context.Context, id string) (fosite.Client, error) {
	c, err := s.config.Client(ctx, id)
	switch {
	case errors.Is(err, models.ErrNotFound):
		return nil, fosite.ErrNotFound
	case err != nil:
		return nil, fmt.Errorf("%w: read client: %w", errStorage, err)
	}
	a, _ := ctx.Value(assertionKey{}).(assertion)
	return client{c, a.Alg}, nil
}

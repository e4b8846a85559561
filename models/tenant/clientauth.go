package tenant

import (
	"encoding/json"

	"example.com/keepsake/models"
)

// authentication reads how a client authenticates. Without token_endpoint_auth_method, a client with public keys uses
// them, a native app or an SPA uses nothing, and any other posts its secret.
func (l *loader) authentication(o *object, c *models.Client) {
	keys, hasMethod := l.publicKeys(o)
	def := models.AuthMethodSecretPost
	switch {
	case hasMethod:
		def = models.AuthMethodPrivateKeyJWT
	case c.AppType == appNative || c.AppType == appSPA:
		def = models.AuthMethodNone
	}
	c.TokenEndpointAuthMethod = o.oneOf("token_endpoint_auth_method", def, models.AuthMethodNone,
		models.AuthMethodSecretPost, models.AuthMethodSecretBasic, models.AuthMethodPrivateKeyJWT)

	secret := o.located("client_secret")
	switch c.TokenEndpointAuthMethod {
	case models.AuthMethodPrivateKeyJWT:
		c.PublicKeys = keys
		if keys == nil {
			l.warnf(o.at, o.path, "there is no public key in jwks or client_authentication_methods: the client can't authenticate")
		}
	case models.AuthMethodSecretPost, models.AuthMethodSecretBasic:
		l.secret(o, c, secret)
		return
	}
	if secret.text != "" { // at Auth0 every client has one
		l.ignore(secret.path)
	}
}

func (l *loader) secret(o *object, c *models.Client, secret located) {
	if secret.text == "" {
		l.warnf(o.at, o.path, "there is no client_secret: the client can't authenticate")
		return
	}
	if len(secret.text) < shortSecret {
		l.warnf(secret.at, secret.path, "it has fewer than %d characters: make it long and random", shortSecret)
	}
	c.SecretHash = models.HashSecret(secret.text)
}

// publicKeys returns the client's public keys as a JWK Set, and whether the client is set up to use them. They are in jwks (a
// JWK Set, RFC 7517 5), or in PEM where Auth0 has them.
func (l *loader) publicKeys(o *object) (set []byte, use bool) {
	keys := l.jwks(o)
	use = keys != nil
	if m := o.child("client_authentication_methods"); m != nil {
		if p := m.child("private_key_jwt"); p != nil {
			use = true
			keys = append(keys, l.credentials(p)...)
			p.done()
		}
		m.done()
	}
	if len(keys) == 0 {
		return nil, use
	}
	set, err := json.Marshal(map[string]any{"keys": keys})
	if err != nil { // can't happen: the keys are maps of strings
		o.problemf("the public keys can't be written as a JWK Set")
		return nil, use
	}
	return set, use
}

// jwks reads a JWK Set.
func (l *loader) jwks(o *object) []map[string]any {
	set := o.child("jwks")
	if set == nil {
		return nil
	}
	defer set.done()
	objects, _ := set.children("keys")
	var keys []map[string]any
	for _, k := range objects {
		budget := maxKey
		v, err := l.json(k.at, k.path, &budget)
		if err != nil {
			k.problemf("it is no public key")
			continue
		}
		jwk, _ := v.(map[string]any)
		if err := checkJWK(jwk); err != nil {
			k.problemf("%s", err)
			continue
		}
		keys = append(keys, jwk)
	}
	return keys
}

// credentials reads private_key_jwt.credentials. An export has only their ids, not the keys.
func (l *loader) credentials(p *object) []map[string]any {
	objects, _ := p.children("credentials")
	var keys []map[string]any
	for _, c := range objects {
		pem := c.located("pem")
		kid, alg := c.string("kid"), c.oneOf("alg", "", models.RS256, models.PS256, models.ES256)
		for _, known := range []string{"id", "name", "credential_type"} {
			c.take(known)
		}
		c.done()
		if pem.text == "" {
			continue
		}
		jwk, err := jwkFromPEM([]byte(pem.text), kid, alg)
		if err != nil {
			l.problemf(pem.at, pem.path, "%s", err)
			continue
		}
		keys = append(keys, jwk)
	}
	return keys
}

package oauth

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/big"
	"net/http"
	"time"

	"github.com/go-jose/go-jose/v4"

	"example.com/keepsake/models"
)

// documentCache lets everybody keep the key set and the discovery document, but not for long: a key is used as soon as it
// is there. While the server can't be reached an older one is better than none. The values are Auth0's.
const documentCache = "public, max-age=15, stale-while-revalidate=15, stale-if-error=86400"

// certificateLifetime is how long a key's certificate says that it is valid. It binds nothing: keys retire by configuration.
const certificateLifetime = 20 * 365 * 24 * time.Hour

// serveJWKS answers GET /.well-known/jwks.json: the public halves of all keys, newest first, those that have retired included as
// long as they are in the configuration, since tokens signed by them are still about (RFC 7517).
func (s *Server) serveJWKS(w http.ResponseWriter, r *http.Request) {
	keys, err := s.keys.load(r.Context())
	if err != nil {
		s.writeError(w, r, err)
		return
	}
	serveDocument(w, r, keys.document)
}

// serveDocument answers with a public JSON document that may be cached and revalidated.
func serveDocument(w http.ResponseWriter, r *http.Request, document []byte) {
	sum := sha256.Sum256(document)
	h := w.Header()
	h.Set("Content-Type", "application/json; charset=utf-8")
	h.Set("Cache-Control", documentCache)
	h.Set("ETag", `"`+base64.RawURLEncoding.EncodeToString(sum[:16])+`"`)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(document))
}

// newKeyDocument encodes the JWK Set of the signers' public keys.
func newKeyDocument(signers []*signer) ([]byte, error) {
	set := jose.JSONWebKeySet{Keys: make([]jose.JSONWebKey, len(signers))}
	for i, k := range signers {
		jwk := jose.JSONWebKey{Key: k.key.Public(), KeyID: k.id, Algorithm: k.alg, Use: "sig"}
		// Old libraries take the key from its certificate (x5c). They know RS256 only.
		if key, ok := k.key.(*rsa.PrivateKey); ok && k.alg == models.RS256 {
			certificate, err := newCertificate(key, k.id, k.createdAt)
			if err != nil {
				return nil, fmt.Errorf("signing key %q: %w", k.id, err)
			}
			thumbprint := sha1.Sum(certificate.Raw) // x5t is a SHA-1 by definition (RFC 7517 4.8)
			jwk.Certificates = []*x509.Certificate{certificate}
			jwk.CertificateThumbprintSHA1 = thumbprint[:]
		}
		set.Keys[i] = jwk
	}
	document, err := json.Marshal(set)
	if err != nil {
		return nil, fmt.Errorf("encode key set: %w", err)
	}
	return document, nil
}

// newCertificate makes a self-signed certificate for an RSA key. Nothing in it is random, neither is its signature (RFC 8017 8.2),
// so every replica publishes the same one.
func newCertificate(key *rsa.PrivateKey, id string, created time.Time) (*x509.Certificate, error) {
	serial := sha256.Sum256([]byte(id))
	name := pkix.Name{CommonName: "keepsake signing key"}
	template := &x509.Certificate{
		SerialNumber:       new(big.Int).SetBytes(serial[:16]),
		Subject:            name,
		Issuer:             name,
		NotBefore:          created.UTC(),
		NotAfter:           created.UTC().Add(certificateLifetime),
		SignatureAlgorithm: x509.SHA256WithRSA,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, fmt.Errorf("make certificate: %w", err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("read certificate: %w", err)
	}
	return certificate, nil
}

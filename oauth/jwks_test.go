package oauth

import (
	"crypto/rsa"
	"crypto/sha1"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/keepsake/models"
)

func getDocument(s *Server, path string, header http.Header) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodGet, path, nil)
	for name, values := range header {
		r.Header[name] = values
	}
	w := httptest.NewRecorder()
	if strings.HasSuffix(path, "jwks.json") {
		s.serveJWKS(w, r)
	} else {
		s.serveDiscovery(w, r)
	}
	return w
}

func TestJWKS(t *testing.T) {
	t.Parallel()
	retired := mustGenerate(models.ES256)
	retired.RetiredAt = keyTime.Add(-1)
	s := keyServer(withKeys(ecTestKey(), rsaTestKey(), retired))
	w := getDocument(s, "/.well-known/jwks.json", nil)
	if w.Code != http.StatusOK || w.Header().Get("Content-Type") != "application/json; charset=utf-8" {
		t.Errorf("%d, %q", w.Code, w.Header().Get("Content-Type"))
	}
	if got := w.Header().Get("Cache-Control"); !strings.HasPrefix(got, "public, max-age=15,") {
		t.Errorf("Cache-Control %q", got)
	}
	var set struct{ Keys []map[string]any }
	if err := json.Unmarshal(w.Body.Bytes(), &set); err != nil {
		t.Fatal(err)
	}
	ec := []string{"alg", "crv", "kid", "kty", "use", "x", "y"}
	want := []struct {
		kid, alg, kty string
		members       []string
	}{
		{ecTestKey().ID, "ES256", "EC", ec},
		{rsaTestKey().ID, "RS256", "RSA", []string{"alg", "e", "kid", "kty", "n", "use", "x5c", "x5t"}},
		{rsaTestKey().ID + ".PS256", "PS256", "RSA", []string{"alg", "e", "kid", "kty", "n", "use"}},
		{retired.ID, "ES256", "EC", ec},
	}
	if len(set.Keys) != len(want) {
		t.Fatalf("%d keys, want %d", len(set.Keys), len(want))
	}
	for i, row := range want {
		key := set.Keys[i]
		if key["kid"] != row.kid || key["alg"] != row.alg || key["kty"] != row.kty || key["use"] != "sig" {
			t.Errorf("key %d: %v", i, key)
		}
		members := make([]string, 0, len(key))
		for name := range key {
			members = append(members, name)
		}
		slices.Sort(members)
		// Nothing else, least of all d, p and q.
		if diff := cmp.Diff(row.members, members); diff != "" {
			t.Errorf("key %d: %s", i, diff)
		}
	}
}

func TestJWKSCertificate(t *testing.T) {
	t.Parallel()
	s := keyServer(withKeys(rsaTestKey()))
	key := publishedKeys(t, s.keys).Keys[0]
	if len(key.Certificates) != 1 {
		t.Fatalf("%d certificates", len(key.Certificates))
	}
	certificate := key.Certificates[0]
	if !certificate.PublicKey.(*rsa.PublicKey).Equal(key.Key) {
		t.Error("the certificate is for another key")
	}
	if err := certificate.CheckSignature(certificate.SignatureAlgorithm, certificate.RawTBSCertificate, certificate.Signature); err != nil {
		t.Error(err)
	}
	sum := sha1.Sum(certificate.Raw)
	if got := base64.RawURLEncoding.EncodeToString(key.CertificateThumbprintSHA1); got != base64.RawURLEncoding.EncodeToString(sum[:]) {
		t.Errorf("x5t %s", got)
	}
	if s.now().Before(certificate.NotBefore) || s.now().After(certificate.NotAfter) {
		t.Errorf("valid from %s to %s", certificate.NotBefore, certificate.NotAfter)
	}
}

// Replicas parse the keys each for itself. A load balancer must not make the document flicker.
func TestReplicasPublishTheSameDocument(t *testing.T) {
	t.Parallel()
	first := getDocument(keyServer(withKeys(rsaTestKey(), ecTestKey())), "/.well-known/jwks.json", nil)
	second := getDocument(keyServer(withKeys(rsaTestKey(), ecTestKey())), "/.well-known/jwks.json", nil)
	if diff := cmp.Diff(first.Body.String(), second.Body.String()); diff != "" {
		t.Error(diff)
	}
	if first.Header().Get("ETag") != second.Header().Get("ETag") {
		t.Errorf("ETags %s and %s", first.Header().Get("ETag"), second.Header().Get("ETag"))
	}
}

func TestDocumentsAreRevalidated(t *testing.T) {
	t.Parallel()
	s := keyServer(withKeys(ecTestKey()))
	for _, path := range []string{"/.well-known/jwks.json", "/.well-known/openid-configuration"} {
		tag := getDocument(s, path, nil).Header().Get("ETag")
		if tag == "" {
			t.Fatalf("%s: no ETag", path)
		}
		w := getDocument(s, path, http.Header{"If-None-Match": {tag}})
		if w.Code != http.StatusNotModified || w.Body.Len() != 0 {
			t.Errorf("%s: %d with %d bytes", path, w.Code, w.Body.Len())
		}
		if w := getDocument(s, path, http.Header{"If-None-Match": {`"other"`}}); w.Code != http.StatusOK {
			t.Errorf("%s: %d for another ETag", path, w.Code)
		}
	}
	before := getDocument(s, "/.well-known/jwks.json", nil).Header().Get("ETag")
	s.keys.config = withKeys(mustGenerate(models.ES256), ecTestKey())
	if after := getDocument(s, "/.well-known/jwks.json", nil).Header().Get("ETag"); after == before {
		t.Error("the ETag outlived the keys")
	}
}

func TestJWKSWithoutConfiguration(t *testing.T) {
	t.Parallel()
	s := keyServer(&keyConfig{keys: func() ([]models.SigningKey, error) { return nil, errors.New("dial tcp 10.0.0.7") }})
	w := getDocument(s, "/.well-known/jwks.json", nil)
	if w.Code != http.StatusInternalServerError || strings.Contains(w.Body.String(), "10.0.0.7") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if got := w.Header().Get("Cache-Control"); got != "no-store" {
		t.Errorf("an error with Cache-Control %q", got)
	}
}

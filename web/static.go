package web

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
	"time"

	"github.com/gorilla/mux"
)

//go:embed static
var staticFiles embed.FS

// assets serves the embedded files under names that contain a hash of what is in them, so that a browser may keep them
// for ever and still sees a new version at once.
type assets struct {
	base   string
	hashed map[string]string // "keepsake.css" -> "keepsake.0123456789ab.css"
	files  map[string]asset  // by hashed name
}

type asset struct {
	content     []byte
	contentType string
	etag        string
}

func loadAssets(base string) (*assets, error) {
	a := &assets{base: base, hashed: map[string]string{}, files: map[string]asset{}}
	entries, err := fs.ReadDir(staticFiles, "static")
	if err != nil {
		return nil, fmt.Errorf("list the static files: %w", err)
	}
	for _, e := range entries {
		content, err := fs.ReadFile(staticFiles, "static/"+e.Name())
		if err != nil {
			return nil, fmt.Errorf("read the static file %s: %w", e.Name(), err)
		}
		sum := sha256.Sum256(content)
		hash, ext := hex.EncodeToString(sum[:6]), path.Ext(e.Name())
		name := strings.TrimSuffix(e.Name(), ext) + "." + hash + ext
		a.hashed[e.Name()] = name
		a.files[name] = asset{content: content, contentType: mime.TypeByExtension(ext), etag: `"` + hash + `"`}
	}
	return a, nil
}

// url returns the path of a static file.
func (a *assets) url(name string) string { return a.base + "u/static/" + a.hashed[name] }

// ServeHTTP answers /u/static/{name}.
func (a *assets) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f, ok := a.files[mux.Vars(r)["name"]]
	if !ok {
		http.NotFound(w, r)
		return
	}
	h := w.Header()
	h.Set("Content-Type", f.contentType)
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("ETag", f.etag)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	// An icon opened by itself is a document: it must not run anything.
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'")
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(f.content))
}

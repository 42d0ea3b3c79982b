package webui

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"net/http"
	"path"
	"strings"
)

// The files that pages load. htmx is vendored as its authors published it, with
// its licence beside it; a test knows its hash.
//
//go:embed assets/style.css assets/htmx-2.0.11.min.js
var assetFiles embed.FS

// asset is one file under an address that changes with its content, so that a
// browser may keep it for ever.
type asset struct {
	path, kind string
	content    []byte
}

// assetNames are what templates call the files.
var assetNames = map[string]string{
	"style":  "assets/style.css",
	"script": "assets/htmx-2.0.11.min.js",
}

func readAssets() (map[string]asset, error) {
	all := make(map[string]asset, len(assetNames))
	for name, file := range assetNames {
		content, err := assetFiles.ReadFile(file)
		if err != nil {
			return nil, fmt.Errorf("read an asset: %w", err)
		}
		sum := sha256.Sum256(content)
		base, kind := path.Base(file), "text/css; charset=utf-8"
		if path.Ext(base) == ".js" {
			kind = "text/javascript; charset=utf-8"
		}
		stem := strings.TrimSuffix(strings.TrimSuffix(base, path.Ext(base)), ".min")
		all[name] = asset{
			path: "/assets/" + stem + "-" + hex.EncodeToString(sum[:6]) + path.Ext(base), kind: kind, content: content,
		}
	}
	return all, nil
}

func (a asset) serve(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", a.kind)
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	_, _ = w.Write(a.content) // a client that went away hears nothing
}

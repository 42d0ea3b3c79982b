package webui

import (
	"bytes"
	"cmp"
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"time"

	"github.com/countersign/countersign/internal/user"
	"github.com/countersign/countersign/internal/web"
)

//go:embed pages
var pageFiles embed.FS

// pagePolicy lets a page use its own style sheet and script, ask its own server and
// post to it. Nothing is inline and nothing comes from elsewhere.
const pagePolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
	"form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// permissionsPolicy takes from a page what it never uses.
const permissionsPolicy = "camera=(), geolocation=(), microphone=(), payment=(), usb=()"

// parsePages reads every page. Each is a set of its own: the layout in base.html,
// the parts in parts.html, and the page's "main". The setup page stands alone.
func parsePages() (map[string]*template.Template, error) {
	names, err := fs.Glob(pageFiles, "pages/*.html")
	if err != nil {
		return nil, fmt.Errorf("list the pages: %w", err)
	}
	all := make(map[string]*template.Template, len(names))
	for _, file := range names {
		name := strings.TrimSuffix(path.Base(file), ".html")
		if name == "base" || name == "parts" {
			continue
		}
		files := []string{"pages/base.html", "pages/parts.html", file}
		if all[name], err = template.New("base.html").Funcs(pageFuncs).ParseFS(pageFiles, files...); err != nil {
			return nil, fmt.Errorf("read the page %s: %w", name, err)
		}
	}
	return all, nil
}

// pageFuncs are what templates can call.
var pageFuncs = template.FuncMap{
	"iso":    func(t time.Time) string { return t.UTC().Format(time.RFC3339) },
	"when":   when,
	"moment": func(t time.Time) string { return t.UTC().Format("2 Jan 2006, 15:04:05") + " UTC" },
	"device": deviceName,
	"number": number,
}

// when writes a time for people. They may be anywhere, so it says that it is UTC.
func when(t time.Time) string {
	if t.IsZero() {
		return "never"
	}
	return t.UTC().Format("2 Jan 2006, 15:04") + " UTC"
}

// number writes a number with its thousands apart.
func number(n int64) string {
	text := fmt.Sprint(n)
	for i := len(text) - 3; i > 0 && text[i-1] != '-'; i -= 3 {
		text = text[:i] + "\u202f" + text[i:]
	}
	return text
}

// frame is what the layout shows around a page.
type frame struct {
	page   string // the template
	status int    // 200 when zero

	Title  string
	Area   area
	Nav    []navItem
	User   *user.User // nil for who is not signed in
	Staff  bool
	Flash  flash
	Style  string
	Script string
	Body   any // what the page's "main" gets

	// Refresh is where the browser goes on at once, "" for nowhere.
	Refresh string
}

// navItem is one entry of the navigation.
type navItem struct {
	Label, Path string
	Current     bool
}

// render makes a page and sends it. Nothing was sent when it fails.
func (s *Site) render(w http.ResponseWriter, r *http.Request, f frame) {
	f.Style, f.Script = s.assets["style"].path, s.assets["script"].path
	var out bytes.Buffer
	if err := s.templates[f.page].ExecuteTemplate(&out, "base.html", f); err != nil {
		web.Note(r.Context()).SetError(fmt.Errorf("render the page %s: %w", f.page, err))
		http.Error(w, textInternal, http.StatusInternalServerError)
		return
	}
	pageHeaders(w.Header())
	w.WriteHeader(cmp.Or(f.status, http.StatusOK))
	_, _ = w.Write(out.Bytes()) // a client that went away hears nothing
}

// pageHeaders are the headers of every page. Nothing may be kept of it (the chain's
// no-store), and its address is told to nobody else.
func pageHeaders(h http.Header) {
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", pagePolicy)
	h.Set("Permissions-Policy", permissionsPolicy)
	h.Set("Cache-Control", "no-store")
}

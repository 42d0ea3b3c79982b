package simplejwt

import (
	"net/http"
	"slices"
	"strings"

	"github.com/countersign/countersign/internal/fault"
	"github.com/countersign/countersign/internal/web"
)

// Literal puts the preset's rule for paths before the mux that the routes are
// registered at: a path is what it decodes to, once, and nothing in it is tidied
// up. The mux alone would redirect "//" and "/../" to another path, which a client
// then asks with another method. Without the preset it returns the mux.
func (a *API) Literal(mux http.Handler) http.Handler {
	if !a.Preset {
		return mux
	}
	var ours []string
	for _, rt := range a.routes() {
		ours = append(ours, rt.path, strings.TrimSuffix(rt.path, "/"))
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case !conventional(r.Method):
			web.WriteProblem(w, r, http.StatusBadRequest, errMethodName)
			return
		case slices.Contains(ours, r.URL.Path):
			r.URL.RawPath = "" // an encoded slash is a slash
		case !tidy(r.URL.Path):
			web.WriteProblem(w, r, http.StatusNotFound, web.ErrNoRoute)
			return
		}
		mux.ServeHTTP(w, r)
	})
}

// errMethodName is the refusal of a method that the original's server does not let
// through, whatever the path.
var errMethodName = fault.New(fault.Invalid, "method_not_valid", "The method of the request is not one that can be meant.")

// conventional reports whether a method is of the usual form. Methods are compared
// by case (RFC 9110, section 9.1): "post" is not POST.
func conventional(method string) bool {
	return len(method) >= 3 && len(method) <= 20 &&
		!strings.ContainsFunc(method, func(r rune) bool { return r >= 'a' && r <= 'z' || r == '#' })
}

// tidy reports whether the mux would leave a path as it is.
func tidy(path string) bool {
	if !strings.HasPrefix(path, "/") { // "A:" as a target has none
		return false
	}
	segments := strings.Split(strings.TrimSuffix(path, "/"), "/")
	for i, segment := range segments {
		if segment == "." || segment == ".." || segment == "" && i > 0 {
			return false
		}
	}
	return true
}

// redirect sends the client to the path with its slash, whatever the method. The
// Location is a path, so that no Host header can lead elsewhere.
func (rt route) redirect(w http.ResponseWriter, r *http.Request) {
	location := rt.path
	if r.URL.RawQuery != "" {
		location += "?" + escapeQuery(r.URL.RawQuery)
	}
	h := w.Header()
	setSecurityHeaders(h)
	h.Set("Location", location)
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Length", "0")
	w.WriteHeader(http.StatusMovedPermanently)
}

// escapeQuery encodes what must not stand in a URI and leaves everything else as
// it came, escapes too (RFC 3987, section 3.1).
func escapeQuery(query string) string {
	const safe = "/#%[]=:;$&()+,!?*@'~-._"
	var out strings.Builder
	for i := range len(query) {
		switch c := query[i]; {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', strings.IndexByte(safe, c) >= 0:
			out.WriteByte(c)
		default:
			const digits = "0123456789ABCDEF"
			out.WriteString(string([]byte{'%', digits[c>>4], digits[c&0xF]}))
		}
	}
	return out.String()
}

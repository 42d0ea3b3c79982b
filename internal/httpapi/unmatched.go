package httpapi

import (
	"net/http"
	"strings"

	"github.com/countersign/countersign/internal/fault"
	"github.com/countersign/countersign/internal/web"
)

var errNoMethod = fault.New(fault.Invalid, "method_not_allowed", "This path does not take this method.")

// unmatched answers whatever no route takes with a problem: 405 with Allow where
// another method would have a route (RFC 9110 section 15.5.6), else 404. It is
// registered for patterns that end in a slash or have no method.
func unmatched(mux *http.ServeMux) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		allowed := allowedMethods(mux, r)
		if len(allowed) == 0 {
			refuse(w, r, problemOf(web.ErrNoRoute))
			return
		}
		p := newProblem(http.StatusMethodNotAllowed, errNoMethod)
		p.header.Set("Allow", strings.Join(allowed, ", "))
		refuse(w, r, p)
	})
}

// allowedMethods are the methods that have a route of their own at the request's
// path.
func allowedMethods(mux *http.ServeMux, r *http.Request) []string {
	var allowed []string
	for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete} {
		_, pattern := mux.Handler(&http.Request{Method: method, URL: r.URL, Host: r.Host})
		// A pattern with a method is a route; one without is what brought us here.
		if strings.Contains(pattern, " ") {
			allowed = append(allowed, method)
		}
	}
	return allowed
}

// static answers with bytes that were made at start-up.
func static(mediaType string, content []byte) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		h := w.Header()
		h.Set("Content-Type", mediaType)
		h.Set("Content-Security-Policy", docsPolicy)
		h.Set("Cache-Control", "no-cache")
		_, _ = w.Write(content)
	}
}

package apptest

import (
	"strings"
	"testing"
)

// Cases J11 to J13: every answer of the API, good or refused, has the headers that
// make it data in every browser; the page of the API may load its own style sheet.
func TestHeaders(t *testing.T) {
	t.Parallel()
	m := newMatrix(t, Start(t, Options{}))
	const data, page = "default-src 'none'; frame-ancestors 'none'",
		"default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
	check := func(what, policy string, a Response) {
		t.Helper()
		for name, want := range map[string]string{
			"Content-Security-Policy": policy, "X-Frame-Options": "DENY", "X-Content-Type-Options": "nosniff",
			"Cross-Origin-Opener-Policy": "same-origin", "Referrer-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin",
		} {
			if got := a.Header.Values(name); len(got) != 1 || got[0] != want {
				t.Errorf("%s, %d: %s is %q, want %q", what, a.Status, name, got, want)
			}
		}
		if kind := a.Header.Get("Content-Type"); a.Status != 302 && policy == data && strings.Contains(kind, "html") {
			t.Errorf("%s, %d: Content-Type is %q", what, a.Status, kind)
		}
	}
	for _, o := range operations(t) {
		sc := m.scene(t, o)
		for _, caller := range []string{"nobody", "other", "super"} {
			r := o.request(sc.things)
			r.As = sc.who(t, caller).Access
			check(o.String()+" as "+caller, data, m.Do(t, r))
		}
	}
	for _, path := range []string{"/nowhere", "/api/v1/nowhere", "/"} {
		check(path, data, m.Do(t, Request{Path: path}))
	}
	for _, path := range []string{"/api/docs", "/api/docs/style.css", "/api/schema"} {
		check(path, page, m.Do(t, Request{Path: path}))
	}
}

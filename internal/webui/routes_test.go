package webui_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/apptest"
	"github.com/countersign/countersign/internal/ident"
	"github.com/countersign/countersign/internal/store/storetest"
	"github.com/countersign/countersign/internal/webui"
)

// asked is a route with a method and an address that it takes.
func asked(rt webui.Route) (method, path string) {
	method, path, found := strings.Cut(rt.Pattern, " ")
	if !found {
		method, path = "GET", rt.Pattern+"nothing"
	}
	return method, strings.NewReplacer("{$}", "", "{id}", ident.New()).Replace(path)
}

// Cases H14 to H19 and H21 for the pages: every route × who may ask. What is refused
// is refused before the body is read.
func TestRoutes_who_gets_in(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, apptest.Options{})
	plainUser := newVisitor(t, s).signIn("account", s.Register(t, apptest.Name(), plain))
	bare := newVisitor(t, s).signIn("admin", staff(t, s))
	broken := map[string]string{"Content-Type": "text/plain"}
	for _, rt := range webui.Routes() {
		method, path := asked(rt)
		what := method + " " + path
		switch a := newVisitor(t, s).do(method, path, nil, broken); {
		case !rt.SignedIn && (a.status == http.StatusForbidden || a.location == rt.SignInAt && path != "/account/sign-out"):
			t.Errorf("%s is for anybody and answers %d %s", what, a.status, a.location)
		case rt.SignedIn && (a.status != http.StatusSeeOther || !strings.HasPrefix(a.location, rt.SignInAt)):
			t.Errorf("%s for nobody: %d %s", what, a.status, a.location)
		}
		if rt.Staff {
			plainUser.says(what+" for who is not staff", plainUser.do(method, path, nil, broken), 403, "may not use the admin site")
		}
		if rt.Needs != "" {
			bare.says(what+" without "+rt.Needs, bare.do(method, path, nil, broken), 403, access.ErrForbidden.Public)
		}
		if rt.Staff != (rt.Area == "/admin/" && !strings.HasSuffix(path, "/sign-in")) {
			t.Errorf("%s: staff %v", what, rt.Staff)
		}
		if rt.Recent && method != "POST" {
			t.Errorf("%s wants a fresh password and is no POST", what)
		}
	}
}

// Cases J11 to J13 and J19: the headers of every page, and nothing inline in it.
func TestRoutes_headers(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, apptest.Options{})
	in := newVisitor(t, s).signIn("admin", s.Superuser(t))
	for _, rt := range webui.Routes() {
		method, path := asked(rt)
		for who, v := range map[string]*visitor{"signed in": in, "nobody": newVisitor(t, s)} {
			if method == "POST" && strings.Contains(path, "sign-out") {
				continue // it has no page
			}
			a := v.do(method, path, map[bool]url.Values{true: {}}[method == "POST"], nil)
			if a.header.Get("Cache-Control") != "no-store" {
				t.Errorf("%s %s %s may be kept: %v", who, method, path, a.header)
			}
			if a.status >= 300 && a.status < 400 {
				continue
			}
			referrer := "same-origin"
			if rt.Secret {
				referrer = "no-referrer"
			}
			for name, want := range map[string]string{
				"Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": policy, "X-Frame-Options": "DENY",
				"X-Content-Type-Options": "nosniff", "Referrer-Policy": referrer, "Cross-Origin-Opener-Policy": "same-origin",
				"Cross-Origin-Resource-Policy": "same-origin", "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
			} {
				if got := a.header.Get(name); got != want {
					t.Errorf("%s %s %s: %s is %q, want %q", who, method, path, name, got, want)
				}
			}
			inline(t, who+" "+path, a.body)
		}
	}
}

// inline reports what the policy would stop: markup of that kind is not in a page.
func inline(t *testing.T, what, body string) {
	t.Helper()
	for _, bad := range []string{"style=", "<style", " onclick", " onload", " onerror", "javascript:", "src=\"http", "href=\"http", "//"} {
		if !onlyInText(body, bad) {
			t.Errorf("%s has %q in a tag", what, bad)
		}
	}
	for script := range strings.SplitSeq(body, "<script") {
		if rest, _, found := strings.Cut(script, "</script>"); found && !strings.HasSuffix(rest, "defer>") {
			t.Errorf("%s has an inline script: %s", what, rest)
		}
	}
}

// What htmx asks for while the session is over is loaded as a page.
func TestRoutes_htmx_signed_out(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, apptest.Options{})
	for _, method := range []string{"GET", "POST"} {
		path := map[string]string{"GET": "/admin/", "POST": "/account/profile"}[method]
		a := newVisitor(t, s).do(method, path, map[bool]url.Values{true: {}}[method == "POST"], map[string]string{"HX-Request": "true"})
		if a.status != http.StatusUnauthorized || a.header.Get("HX-Refresh") != "true" || a.body != "" {
			t.Errorf("%s: %d %v %q", method, a.status, a.header, a.body)
		}
	}
}

// A link on another site brings no cookie: the page asks again, from here, once.
func TestRoutes_from_elsewhere(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, apptest.Options{})
	v := newVisitor(t, s)
	a := v.do("GET", `/account/?a="><script>`, nil, map[string]string{"Sec-Fetch-Site": "cross-site"})
	v.says("a link", a, 200, `content="0;url=/account/?a=`, "Go on")
	if strings.Contains(a.body, "<script") {
		t.Errorf("the address is markup: %s", a.body)
	}
	if a = v.get("/account/?x=1"); a.status != 303 || a.location != "/account/sign-in?next=%2Faccount%2F%3Fx%3D1" {
		t.Errorf("the second time: %d %s", a.status, a.location)
	}
}

// While the database is away pages say so, and nobody is signed out by it.
func TestRoutes_database_away(t *testing.T) {
	t.Parallel()
	if !slices.Contains(storetest.Kinds(t), "postgres") {
		t.Log("left out: there is no server")
		return
	}
	s := apptest.Start(t, apptest.Options{Kind: "postgres", Forward: true, AllowErrors: true})
	v := newVisitor(t, s).signIn("admin", s.Superuser(t))
	s.Forwarder.Cut()
	a := v.get("/admin/")
	v.says("away", a, 503, "Not available right now")
	if a.header.Get("Retry-After") == "" || v.cookies[localCookie] == "" {
		t.Errorf("no Retry-After, or the cookie is gone: %v", a.header)
	}
	s.Forwarder.Restore()
	for a = v.get("/admin/"); a.status == http.StatusServiceUnavailable; a = v.get("/admin/") {
	}
	v.says("back", a, 200, "Dashboard")
}

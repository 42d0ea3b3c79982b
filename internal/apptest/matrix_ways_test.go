package apptest

import (
	"net/http"
	"strings"
	"testing"
)

// detours are other ways of writing a path, of which some are the same route and some
// are none.
func detours(path string) []string {
	cut := strings.LastIndexByte(strings.TrimSuffix(path, "/"), '/')
	head, last := path[:cut], path[cut+1:]
	return []string{
		path + "/", "/" + path, head + "//" + last, head + "/./" + last, head + "/x/../" + last, path + "/.", path + "/..;/",
		strings.ToUpper(path), head + "/" + strings.ToUpper(last), head + "%2f" + last, head + "%2F" + last, path + "%2f", path + "%20", path + "%00",
		head + "/%2e/" + last, head + "/x/%2e%2e/" + last, head + "/x%2f..%2f" + last, head + "\\" + last, head + "/;/" + last, path + ";x=y",
		path + ".json", path + "%0d%0a", "/api/v1/me/..;" + path, "/api/v1/me/../../.." + path, "/./" + path, "/%61pi" + strings.TrimPrefix(path, "/api"),
	}
}

// otherMethods are methods that no route is made for.
var otherMethods = []string{"HEAD", "OPTIONS", "TRACE", "CONNECTED", "PROPFIND", "LOCK", "get", "Post"}

// overriding is what makes another request of one at servers that listen to it.
func overriding(method, path string) map[string]string {
	return fields("X-HTTP-Method-Override", method, "X-HTTP-Method", method, "X-Method-Override", method,
		"X-Original-URL", path, "X-Rewrite-URL", path, "X-Original-Method", method, "X-Forwarded-Uri", path, "X-Forwarded-Path", path,
		"X-Forwarded-User", "root", "X-Remote-User", "root", "X-User-Id", "1", "X-Forwarded-Prefix", path)
}

// Cases H21 and J08: no other way of writing a path, and no other method, gets anybody
// further than the operation itself lets them, and no GET changes anything.
func TestMatrix_other_ways_in(t *testing.T) {
	t.Parallel()
	m := newMatrix(t, Start(t, Options{}))
	other := m.Someone(t)
	for _, o := range operations(t) {
		if o.needs == everybody {
			continue
		}
		sc := m.scene(t, o)
		good := o.request(sc.things)
		who := other.Access
		if o.statuses[2] < 400 { // is for everybody who is somebody
			who = ""
		}
		var asked []Request
		for _, path := range detours(good.Path) {
			r := good
			r.Path, r.As = path, who
			asked = append(asked, r)
		}
		for _, method := range otherMethods {
			r := good
			r.Method, r.As = method, who
			asked = append(asked, r)
		}
		m.settle(t)
		before := m.version(t)
		for _, r := range asked {
			if a := m.Do(t, r); a.Status < 300 || a.Status >= 500 || len(a.Body) > 0 && strings.Contains(string(a.Body), `"items"`) {
				t.Errorf("%s asked for as %s %s: status %d: %.300s", o, r.Method, r.Path, a.Status, a.Body)
			}
		}
		if m.version(t) != before {
			t.Errorf("%s: one of the other ways changed something", o)
		}
		m.overridden(t, sc)
	}
}

// overridden asks as who may do everything, with another method: what a header or a
// parameter says of the method is nothing, and GET changes nothing.
func (m *matrix) overridden(t *testing.T, sc *scene) {
	t.Helper()
	o, root := sc.o, sc.who(t, "super")
	if o.safe() {
		return
	}
	good := o.request(sc.things)
	m.settle(t)
	before := m.version(t)
	for _, r := range []Request{
		{Path: "/api/v1/me", Header: overriding(o.method, good.Path)},
		{Path: good.Path, Header: overriding(o.method, good.Path)},
		{Path: good.Path, Body: []byte("_method=" + o.method), ContentType: "application/x-www-form-urlencoded"},
		{Path: good.Path + "?_method=" + o.method},
	} {
		r.As = root.Access
		if r.Body == nil {
			r.Body, r.ContentType = good.Body, good.ContentType
		}
		a := m.Do(t, r)
		if r.Path == "/api/v1/me" && (a.Status != http.StatusOK || a.Text("id") != root.ID) || a.Status >= 500 {
			t.Errorf("%s asked for by headers of GET %s: status %d: %.300s", o, r.Path, a.Status, a.Body)
		}
	}
	if m.version(t) != before {
		t.Errorf("%s was done by a GET", o)
	}
}

// Case H21: a POST to a route of another method does nothing, whatever its headers say.
func TestMatrix_method_override(t *testing.T) {
	t.Parallel()
	m := newMatrix(t, Start(t, Options{}))
	posts := map[string]bool{}
	for _, o := range operations(t) {
		posts[o.path] = posts[o.path] || o.method == http.MethodPost
	}
	for _, o := range operations(t) {
		if o.safe() || posts[o.path] {
			continue
		}
		sc := m.scene(t, o)
		r := o.request(sc.things)
		r.Method, r.As, r.Header = http.MethodPost, sc.who(t, "super").Access, overriding(o.method, r.Path)
		m.settle(t)
		before := m.version(t)
		if a := m.Do(t, r); a.Status != http.StatusMethodNotAllowed || m.version(t) != before {
			t.Errorf("%s by POST: status %d, and changed: %v: %s", o, a.Status, m.version(t) != before, a.Body)
		}
	}
}

package webui_test

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"

	"github.com/countersign/countersign/internal/apptest"
	"github.com/countersign/countersign/internal/event"
	"github.com/countersign/countersign/internal/ident"
	"github.com/countersign/countersign/internal/webui"
)

// forged are what a page of another site can send, cookie and all: it has no
// SameSite browser in front of it here.
var forged = map[string]map[string]string{
	"cross-site":                {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"},
	"cross-site without origin": {"Sec-Fetch-Site": "cross-site"},
	"cross-site, our origin":    {"Sec-Fetch-Site": "cross-site", "Origin": "http://127.0.0.1"},
	"cross-site, null":          {"Sec-Fetch-Site": "cross-site", "Origin": "null"},
	"a sub-domain":              {"Sec-Fetch-Site": "same-site", "Origin": "http://x.127.0.0.1"},
	"another port":              {"Sec-Fetch-Site": "", "Origin": "http://127.0.0.1:1"},
	"an old browser":            {"Sec-Fetch-Site": "", "Origin": "https://evil.example"},
	"null, an old browser":      {"Sec-Fetch-Site": "", "Origin": "null"},
	"garbage":                   {"Sec-Fetch-Site": "", "Origin": "%%%"},
	"an unknown value":          {"Sec-Fetch-Site": "sideways", "Origin": "https://evil.example"},
}

// Cases J07 to J10: every route that takes a POST refuses the form of another site,
// with the cookie of who is signed in, before it reads anything of it.
func TestForged(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, apptest.Options{})
	p := s.Superuser(t)
	v := newVisitor(t, s).signIn("admin", p)
	events := len(s.Events(t, event.Filter{}))
	posts := 0
	for _, rt := range webui.Routes() {
		path, isPost := strings.CutPrefix(rt.Pattern, "POST ")
		if !isPost {
			continue
		}
		posts++
		path = strings.ReplaceAll(path, "{id}", ident.New())
		for name, header := range forged {
			form := credentials(p)
			a := v.do("POST", path, form, header)
			if rt.Secret && name == "null, an old browser" {
				// So an old browser sends our own form, which names no referrer. Who knows
				// the address of such a page needs no other site to post to it.
				v.says(name+" "+path, a, 404, "")
				continue
			}
			v.says(name+" "+path, a, 403, "This form was sent from another site.")
			if len(v.set) != 0 {
				t.Errorf("%s %s sets %v", name, path, v.set)
			}
		}
		a := v.do("POST", path, nil, map[string]string{"Sec-Fetch-Site": "cross-site", "Content-Type": "text/plain"})
		v.says("another body "+path, a, 403, "This form was sent from another site.")
	}
	if posts < 5 {
		t.Errorf("%d routes take a POST", posts)
	}
	if got := len(s.Events(t, event.Filter{})); got != events || !v.in() {
		t.Errorf("%d events came of forged forms; signed in: %v", got-events, v.in())
	}
}

// Case J08: no GET changes anything, whatever it says that it is.
func TestForged_GET(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, apptest.Options{})
	v := newVisitor(t, s).signIn("admin", s.Superuser(t))
	events := len(s.Events(t, event.Filter{}))
	for _, rt := range webui.Routes() {
		_, path, _ := strings.Cut(rt.Pattern, " ")
		path = strings.ReplaceAll(path, "{$}", "")
		for _, method := range []string{"GET", "HEAD"} {
			for _, header := range []string{"X-Http-Method-Override", "X-Http-Method", "X-Method-Override"} {
				v.do(method, path+"?_method=POST&username=x&password=y", nil, map[string]string{header: "POST"})
			}
		}
		for _, method := range []string{"PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"} {
			if a := v.do(method, path, nil, nil); a.status != http.StatusNotFound && a.status != http.StatusMethodNotAllowed {
				t.Errorf("%s %s: %d", method, path, a.status)
			}
		}
	}
	if got := len(s.Events(t, event.Filter{})); got != events || !v.in() {
		t.Errorf("%d events came of GETs; signed in: %v", got-events, v.in())
	}
}

// Case H11: what is not a form of ours is not read as one.
func TestForms_of_another_kind(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, apptest.Options{})
	p := s.Register(t, apptest.Name(), plain)
	var parts bytes.Buffer
	m := multipart.NewWriter(&parts)
	for name, values := range credentials(p) {
		must(t, m.WriteField(name, values[0]))
	}
	must(t, m.Close())
	for name, c := range map[string]struct {
		kind, body string
		want       int
	}{
		"JSON":               {"application/json", `{"username":"` + p.Username + `","password":"` + plain + `"}`, 415},
		"multipart":          {m.FormDataContentType(), parts.String(), 415},
		"plain text":         {"text/plain", credentials(p).Encode(), 415},
		"XML":                {"application/xml", "<x/>", 415},
		"none":               {"", credentials(p).Encode(), 415},
		"bad escape":         {"application/x-www-form-urlencoded", "username=%zz", 400},
		"too large":          {"application/x-www-form-urlencoded", "username=" + strings.Repeat("x", 65<<10), 413},
		"in the query alone": {"application/x-www-form-urlencoded", "", 401},
	} {
		a := s.Do(t, apptest.Request{
			Method: "POST", Path: "/account/sign-in?" + credentials(p).Encode(), Body: []byte(c.body), ContentType: c.kind,
			Header: map[string]string{"Sec-Fetch-Site": "same-origin"},
		})
		if a.Status != c.want || len(a.Header.Values("Set-Cookie")) != 0 || strings.Contains(string(a.Body), plain) {
			t.Errorf("%s: %d %v %s", name, a.Status, a.Header, a.Body)
		}
	}
}

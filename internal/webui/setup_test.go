package webui_test

import (
	"bytes"
	"context"
	"errors"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/account"
	"github.com/countersign/countersign/internal/password"
	"github.com/countersign/countersign/internal/secret"
	"github.com/countersign/countersign/internal/user"
	"github.com/countersign/countersign/internal/webui"
)

func contains(t *testing.T, body string, all ...string) {
	t.Helper()
	for _, s := range all {
		if !strings.Contains(body, s) {
			t.Errorf("the page does not have %q:\n%s", s, body)
		}
	}
}

// Whatever opens the link, a mail scanner too, changes nothing.
func TestSetup_GET_changes_nothing(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	for _, method := range []string{"GET", "HEAD", "GET"} {
		res, body := f.do(httptest.NewRequest(method, f.link+"?username=root&password="+plain, nil))
		if res.StatusCode != http.StatusOK {
			t.Fatalf("%s: %s", method, res.Status)
		}
		f.page(res, body)
		if method == "GET" {
			contains(t, body, "Create the first superuser", `<form method="post"`, `name="password_again" type="password"`)
		}
	}
	if f.superuser() {
		t.Error("looking at the page made a superuser")
	}
}

func TestSetup_POST_consumes(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	res, body := f.do(posting(f.link, with("username", " ｒoot ")))
	if res.StatusCode != http.StatusCreated || !f.superuser() {
		t.Fatalf("%s: %s", res.Status, body)
	}
	f.page(res, body)
	contains(t, body, "You are ready", "<strong>root</strong>") // the name as it is kept
	if strings.Contains(body, "<form") || strings.Contains(body, plain) {
		t.Errorf("the page is %s", body)
	}
	for name, r := range map[string]*http.Request{"POST": posting(f.link, with("username", "second")), "GET": httptest.NewRequest("GET", f.link, nil)} {
		res, body := f.do(r)
		if res.StatusCode != http.StatusNotFound {
			t.Errorf("%s of a link that is used up: %s", name, res.Status)
		}
		contains(t, body, "This link does not work")
	}
}

func TestSetup_links_that_do_not_work(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	for _, path := range []string{"/setup/nothing", f.link + "A", "/setup/%00", "/setup/%ff", "/setup/" + strings.Repeat("x", 5000), "/setup/<script>"} {
		for _, r := range []*http.Request{
			{Method: "GET", URL: &url.URL{Path: path}, Header: http.Header{}}, posting("/", good()), posting("/", with("password_again", "other")),
		} {
			r.URL = &url.URL{Path: path}
			res, body := f.do(r)
			if res.StatusCode != http.StatusNotFound {
				t.Errorf("%s %q: %s", r.Method, path, res.Status)
			}
			f.page(res, body)
			contains(t, body, "This link does not work", "countersign createsuperuser")
			if strings.Contains(body, "<form") {
				t.Error("the page of a dead link has a form")
			}
		}
	}
	if f.superuser() {
		t.Error("a link that does not work made a superuser")
	}
}

// Cases F50 and J07 to J09: a form that another site posts is refused before it
// is read. Where a browser says nothing of the site (plain HTTP on a name that is
// not localhost), the page, which sends no referrer, has the origin "null".
func TestSetup_cross_site(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		site, origin string
		want         int
	}{
		"cross-site":              {"cross-site", "https://evil.example", 403},
		"same-site":               {"same-site", "https://other.example.com", 403},
		"cross-site, our origin":  {"cross-site", "http://example.com", 403},
		"cross-site, null":        {"cross-site", "null", 403},
		"same-site, null":         {"same-site", "null", 403},
		"another origin":          {"", "https://evil.example", 403},
		"another port":            {"", "http://example.com:81", 403},
		"below":                   {"", "http://x.example.com", 403},
		"garbage":                 {"", "%%%", 403},
		"our page":                {"same-origin", "http://example.com", 201},
		"our page, no referrer":   {"same-origin", "null", 201},
		"our page, old browser":   {"", "http://example.com", 201},
		"our page, on plain HTTP": {"", "null", 201},
		"no browser":              {"", "", 201},
	} {
		f := newFixture(t)
		r := posting(f.link, good())
		r.Host = "example.com"
		r.Header.Del("Sec-Fetch-Site")
		for header, value := range map[string]string{"Sec-Fetch-Site": c.site, "Origin": c.origin} {
			if value != "" {
				r.Header.Set(header, value)
			}
		}
		res, _ := f.do(r)
		if res.StatusCode != c.want || f.superuser() != (c.want == 201) {
			t.Errorf("%s: %s, superuser %v", name, res.Status, f.superuser())
		}
		if res, _ = f.get(f.link); (res.StatusCode == 200) != (c.want == 403) {
			t.Errorf("%s: then the link answers %s", name, res.Status)
		}
	}
}

// What is not the page's own form leaves the link as it is (H11, K08).
func TestSetup_other_bodies(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	var parts bytes.Buffer
	m := multipart.NewWriter(&parts)
	for name, values := range good() {
		_ = m.WriteField(name, values[0])
	}
	_ = m.Close()
	for name, c := range map[string]struct {
		kind, body string
		want       int
	}{
		"JSON":          {"application/json", `{"username":"root","password":"` + plain + `","password_again":"` + plain + `"}`, 415},
		"plain text":    {"text/plain", good().Encode(), 415},
		"multipart":     {m.FormDataContentType(), parts.String(), 415},
		"XML":           {"application/xml", "<x/>", 415},
		"none":          {"", good().Encode(), 415},
		"bad parameter": {"application/x-www-form-urlencoded; =", good().Encode(), 415},
		"bad escape":    {"application/x-www-form-urlencoded", "username=%zz", 400},
		"too large":     {"application/x-www-form-urlencoded", "username=" + strings.Repeat("x", 65<<10), 413},
		"many fields":   {"application/x-www-form-urlencoded", strings.Repeat("a&", 30<<10), 400},
		"nothing":       {"application/x-www-form-urlencoded; charset=utf-8", "", 400},
	} {
		r := httptest.NewRequest("POST", f.link+"?"+good().Encode(), strings.NewReader(c.body))
		r.Header.Set("Content-Type", c.kind)
		res, body := f.do(r)
		if res.StatusCode != c.want || strings.Contains(body, plain) {
			t.Errorf("%s: %s %s", name, res.Status, body)
		}
	}
	for _, method := range []string{"PUT", "PATCH", "DELETE"} {
		r := posting(f.link, good())
		r.Method = method
		if res, _ := f.do(r); res.StatusCode != http.StatusMethodNotAllowed {
			t.Errorf("%s: %s", method, res.Status)
		}
	}
	r := posting(f.link, good())
	r.Method = "GET"
	r.Header.Set("X-Http-Method-Override", "POST")
	f.do(r)
	if f.superuser() {
		t.Error("something else than the form made a superuser")
	}
}

// Problems stand beside their fields, what was typed is there again but for the
// passwords, and nothing of it is markup (J01 to J06).
func TestSetup_problems(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	for name, c := range map[string]struct {
		form url.Values
		says []string
	}{
		"no match": {with("password_again", "Other-pass-43"), []string{
			`aria-invalid="true" aria-describedby="password_again-problem"`, "The two passwords are not the same.", `value="root"`, `value="root@example.org"`}},
		"name":  {with("username", "a b"), []string{`aria-describedby="username-problem"`, "Enter a valid username.", `value="a b"`}},
		"blank": {with("username", ""), []string{`aria-describedby="username-problem"`, "This field may not be blank."}},
		"email": {with("email", "nowhere"), []string{`aria-describedby="email-problem"`, "Enter a valid email address."}},
		"password": {url.Values{"username": {"root"}, "password": {"123456"}, "password_again": {"123456"}}, []string{
			`aria-describedby="password-problem"`, "This password is too short.", "This password is too common.", "This password is entirely numeric."}},
		"script in the name":  {with("username", `"><script>alert(1)</script>`), []string{`value="&#34;&gt;&lt;script&gt;alert(1)&lt;/script&gt;"`}},
		"handler in the name": {with("username", `" onfocus="alert(1)`), []string{`value="&#34; onfocus=&#34;alert(1)"`}},
		"image in the email":  {with("email", `'><img src=x onerror=alert(1)>`), []string{`value="&#39;&gt;&lt;img src=x onerror=alert(1)&gt;"`}},
		"template":            {with("username", "{{.}}"), []string{`value="{{.}}"`}},
		"bad UTF-8":           {with("username", "a\xff\x00b"), []string{"Null characters are not allowed."}},
	} {
		res, body := f.do(posting(f.link, c.form))
		if res.StatusCode != http.StatusBadRequest {
			t.Errorf("%s: %s", name, res.Status)
		}
		contains(t, body, c.says...)
		for _, bad := range []string{"<script", "<img", `" onfocus="`, plain, "Other-pass-43", "123456"} {
			if strings.Contains(body, bad) {
				t.Errorf("%s: the page has %q", name, bad)
			}
		}
	}
	if res, _ := f.get(f.link); res.StatusCode != 200 || f.superuser() {
		t.Error("the link is used up by a form with problems")
	}
}

// failing is a use case that fails.
type failing struct{ err error }

func (failing) SetupLive(context.Context, secret.Text) (bool, error) { return true, nil }

func (f failing) Setup(context.Context, access.Origin, secret.Text, account.Draft) (user.User, error) {
	return user.User{}, f.err
}

func TestSetup_failures(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		err   error
		want  int
		says  string
		retry string
	}{
		"ours":  {errors.New("CANARY: disk on fire"), 500, "Something went wrong on the server.", ""},
		"busy":  {password.ErrBusy.Because(errors.New("CANARY")), 503, "The server is busy, try again shortly.", "1"},
		"taken": {user.Taken(), 400, "A user with that username already exists.", ""},
		"late":  {account.ErrSetupLink, 404, "This link does not work", ""},
	} {
		mux := http.NewServeMux()
		if err := (&webui.Site{Setup: failing{c.err}}).Register(mux); err != nil {
			t.Fatal(err)
		}
		out := httptest.NewRecorder()
		mux.ServeHTTP(out, posting("/setup/x", good()))
		body := out.Body.String()
		if out.Code != c.want || out.Header().Get("Retry-After") != c.retry || strings.Contains(body, "CANARY") || strings.Contains(body, plain) {
			t.Errorf("%s: %d %v %s", name, out.Code, out.Header(), body)
		}
		contains(t, body, c.says)
	}
}

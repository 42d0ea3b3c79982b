package webui_test

import (
	"cmp"
	"html"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/account"
	"github.com/countersign/countersign/internal/apptest"
	"github.com/countersign/countersign/internal/role"
	"github.com/countersign/countersign/internal/secret"
)

// visitor is a browser without a screen: it keeps cookies and sends forms as
// browsers do, to a service of the kit.
type visitor struct {
	t       *testing.T
	s       *apptest.Service
	cookies map[string]string
	set     []*http.Cookie // what the last answer set
	host    string         // another Host header than the address; "" for none
	at      string         // another address than the service's; "" for none
}

func newVisitor(t *testing.T, s *apptest.Service) *visitor {
	t.Helper()
	return &visitor{t: t, s: s, cookies: map[string]string{}}
}

// got is an answer.
type got struct {
	status   int
	header   http.Header
	body     string
	location string
}

// do sends a request with the cookies and keeps those of the answer.
func (v *visitor) do(method, path string, form url.Values, header map[string]string) got {
	v.t.Helper()
	var body io.Reader = http.NoBody
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	r, err := http.NewRequestWithContext(v.t.Context(), method, cmp.Or(v.at, v.s.URL)+path, body)
	must(v.t, err)
	if v.host != "" {
		r.Host = v.host
	}
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	for name, value := range header {
		r.Header.Del(name)
		if value != "" {
			r.Header.Set(name, value)
		}
	}
	for name, value := range v.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	res, err := v.s.Client.Do(r)
	must(v.t, err)
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	must(v.t, err)
	v.set = res.Cookies()
	for _, c := range v.set {
		if c.MaxAge < 0 {
			delete(v.cookies, c.Name)
		} else {
			v.cookies[c.Name] = c.Value
		}
	}
	return got{status: res.StatusCode, header: res.Header, body: string(raw), location: res.Header.Get("Location")}
}

func (v *visitor) get(path string) got { v.t.Helper(); return v.do("GET", path, nil, nil) }

func (v *visitor) post(path string, form url.Values) got {
	v.t.Helper()
	if form == nil {
		form = url.Values{}
	}
	return v.do("POST", path, form, nil)
}

// signIn signs in to an area and ends the test when it does not work.
func (v *visitor) signIn(area string, p apptest.Person) *visitor {
	v.t.Helper()
	a := v.post("/"+area+"/sign-in", url.Values{"username": {p.Username}, "password": {p.Password}})
	if a.status != http.StatusSeeOther || a.location != "/"+area+"/" {
		v.t.Fatalf("the sign-in answers %d %s: %s", a.status, a.location, a.body)
	}
	return v
}

// copied is another browser with the same cookies.
func (v *visitor) copied() *visitor {
	return &visitor{t: v.t, s: v.s, cookies: maps.Clone(v.cookies), host: v.host, at: v.at}
}

// in reports whether the browser is signed in.
func (v *visitor) in() bool {
	v.t.Helper()
	switch a := v.get("/account/"); {
	case a.status == http.StatusOK:
		return true
	case a.status == http.StatusSeeOther && strings.HasPrefix(a.location, "/account/sign-in"):
		return false
	default:
		v.t.Fatalf("/account/ answers %d: %s", a.status, a.body)
		return false
	}
}

// says checks an answer's status and what its page says.
func (v *visitor) says(what string, a got, status int, all ...string) {
	v.t.Helper()
	if a.status != status {
		v.t.Errorf("%s: status %d, want %d: %.600s", what, a.status, status, a.body)
	}
	text := html.UnescapeString(a.body)
	for _, each := range all {
		if !strings.Contains(text, each) {
			v.t.Errorf("%s: the page does not say %q: %s", what, each, a.body)
		}
	}
}

// goes checks that an answer leads to a page, and returns that page.
func (v *visitor) goes(what string, a got, to string) got {
	v.t.Helper()
	if a.status != http.StatusSeeOther || a.location != to {
		v.t.Fatalf("%s: %d to %q, want 303 to %q: %.600s", what, a.status, a.location, to, a.body)
	}
	return v.get(to)
}

const (
	localCookie  = "countersign-local"
	secureCookie = "__Host-countersign"
)

var endPath = regexp.MustCompile(`/account/sessions/[A-Za-z0-9-]+/end`)

// staff makes somebody with the flag is_staff and these permissions.
func staff(t *testing.T, s *apptest.Service, all ...access.Permission) apptest.Person {
	t.Helper()
	root := access.Command("test")
	p := apptest.Person{Username: apptest.Name(), Password: apptest.Password}
	made, err := s.App.Accounts.Create(t.Context(), root, account.Draft{Username: p.Username, Password: secret.New(p.Password), Staff: true})
	must(t, err)
	p.ID = string(made.ID)
	for _, each := range all {
		must(t, s.App.Roles.GrantToUser(t.Context(), root, role.Grant{To: made.ID, Permission: each}))
	}
	return p
}

// serving runs a handler on the loopback until the test ends.
func serving(t *testing.T, h http.Handler) string {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s.URL
}

// accountChange gives or takes the flag is_staff.
func accountChange(staff bool) account.Change { return account.Change{Staff: &staff} }

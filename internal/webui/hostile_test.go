package webui_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/account"
	"github.com/countersign/countersign/internal/apptest"
	"github.com/countersign/countersign/internal/role"
)

// hostile are texts that are something else than text to somebody: markup, script,
// templates, formulas, and letters that turn what stands around them.
var hostile = []string{
	`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `'><svg onload=alert(1)>`, `</title><script>alert(1)</script>`,
	`javascript:alert(1)`, `" onmouseover="alert(1)`, `' autofocus onfocus='alert(1)`, `{{.}}`, `{{template "main" .}}`, `${alert(1)}`, `<!--`, `-->`,
	`</textarea><script>`, `<base href=//evil.example>`, `<meta http-equiv=refresh content=0>`, `<a hx-get=/admin/>x</a>`, `" hx-get="/admin/" hx-trigger="load`,
	`&lt;script&gt;`, `&#60;script&#62;`, `<iframe srcdoc="<script>alert(1)</script>">`, `<form action=//evil.example>`, `=1+1`, `=HYPERLINK("//evil.example")`,
	`@SUM(1)`, `+1`, `-1`, "abc\u202Efdp.exe", `%3Cscript%3E`, `<ſcript>`, `<style>*{display:none}</style>`, `</main></body>`, `]]>`, `'"` + "`",
}

// Cases J01 to J06: whatever a name, a role or an agent is called, a page shows it as
// text.
func TestHostile(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, apptest.Options{})
	root := access.Command("test")
	p := s.Superuser(t)
	u, err := s.App.Accounts.UserByName(t.Context(), root, p.Username)
	must(t, err)
	v := newVisitor(t, s).signIn("admin", p)
	for _, text := range hostile {
		if _, err := s.App.Accounts.Update(t.Context(), root, u.ID, account.Change{FirstName: &text, LastName: &text}); err != nil {
			t.Logf("%q is no name: %v", text, err)
		}
		if made, err := s.App.Roles.Create(t.Context(), root, role.Draft{Name: text}); err == nil {
			must(t, s.App.Roles.Assign(t.Context(), root, role.Assignment{To: u.ID, Role: made.ID}))
		}
		a := v.do("GET", "/account/", nil, map[string]string{"User-Agent": text})
		v.says("the account", a, 200)
		harmless(t, text, a.body)
		harmless(t, text, v.get("/admin/").body)
		harmless(t, text, v.get("/admin/sign-in?next="+url.QueryEscape(text)).body)
		harmless(t, text, v.post("/admin/sign-in", map[string][]string{"username": {text}}).body)
	}
}

// harmless reports a hostile text that stands in a page as it is.
func harmless(t *testing.T, text, body string) {
	t.Helper()
	if strings.ContainsAny(text, "<>\"'") && strings.Contains(body, text) {
		t.Errorf("%q stands in the page as it is: %s", text, body)
	}
	for _, tag := range []string{"<img", "<iframe", "<base", "<style", "<svg on", "<a hx-get=/", "<form action=/", "<!-"} {
		if strings.Contains(body, tag) {
			t.Errorf("%q made %s: %s", text, tag, body)
		}
	}
}

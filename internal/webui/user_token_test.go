package webui_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"html"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/account"
	"github.com/countersign/countersign/internal/apptest"
	"github.com/countersign/countersign/internal/ident"
	"github.com/countersign/countersign/internal/role"
	"github.com/countersign/countersign/internal/token"
	"github.com/countersign/countersign/internal/webui"
)

var tokenPart = regexp.MustCompile(`(?s)<pre class="token" tabindex="0" role="region" aria-label="(Header|Claims) of the token">(.*?)</pre>`)

// tokenShown is what a page shows of a token.
func tokenShown(t *testing.T, a got) map[string]string {
	t.Helper()
	parts := map[string]string{}
	for _, m := range tokenPart.FindAllStringSubmatch(a.body, -1) {
		parts[m[1]] = html.UnescapeString(m[2])
	}
	return parts
}

// bytesShown is a size as the pages write it.
func bytesShown(n, most string) string { return n + " of at most " + most + " bytes" }

// The page of a user shows the token that they would be issued, in its order, and
// nothing that could be used as one.
func TestUser_token(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, apptest.Options{})
	root := access.Command("test")
	ann := made(t, s, account.Draft{Username: "ann"})
	at := pageOf(ann.ID)
	editors := aRole(t, s, "Editors <b>", "shop.write")
	must(t, s.App.Roles.Assign(t.Context(), root, role.Assignment{To: ann.ID, Role: editors.ID}))
	v := newVisitor(t, s).signIn("admin", staff(t, s, access.ViewUser))
	a := v.get(at)
	preview, err := s.App.SignIn.Preview(t.Context(), root, ann.ID)
	must(t, err)
	v.says("the panel", a, 200, "It is not signed", bytesShown(fmt.Sprint(preview.Size.Bytes), "8\u202f192"), bytesShown("14", "2\u202f048"))
	parts := tokenShown(t, a)
	for name, want := range map[string]json.RawMessage{"Header": preview.Header, "Claims": preview.Claims} {
		var shown, issued map[string]any
		must(t, json.Unmarshal([]byte(parts[name]), &shown))
		must(t, json.Unmarshal(want, &issued))
		for key := range issued {
			if key != "jti" && key != "exp" && key != "iat" && fmt.Sprint(shown[key]) != fmt.Sprint(issued[key]) {
				t.Errorf("%s: %s is %v, want %v", name, key, shown[key], issued[key])
			}
		}
		if len(shown) != len(issued) {
			t.Errorf("%s is %s, want %s", name, parts[name], want)
		}
	}
	last := -1
	for _, key := range []string{"token_type", "exp", "iat", "jti", "user_id", "sub", "iss", "aud", "sid", "rv", "av", "roles", "permissions", "username", "is_staff", "is_superuser"} {
		at := strings.Index(parts["Claims"], "\n  \""+key+"\": ")
		if at <= last {
			t.Errorf("%s is at %d, after %d: %s", key, at, last, parts["Claims"])
		}
		last = at
	}
	if signed := regexp.MustCompile(`ey[A-Za-z0-9_-]{10,}\.`).FindString(a.body); signed != "" {
		t.Errorf("the page has something like a token: %s", signed)
	}
	must(t, s.App.Accounts.Disable(t.Context(), root, ann.ID))
	v.says("disabled", v.get(at), 200, "While the user is disabled, nothing is issued.", "Token preview")
	blind := newVisitor(t, s).signIn("admin", staff(t, s, access.ChangeUser))
	if a := blind.get(at); a.status != 403 || strings.Contains(a.body, "Token preview") {
		t.Errorf("without the permission: %d", a.status)
	}
}

// Cases J01 to J06: what turns or hides text is written by its number, which is the same JSON.
func TestLaidOut(t *testing.T) {
	t.Parallel()
	got, err := webui.LaidOut(json.RawMessage(`{"b":"x\u202ey` + "\u202e\u200b\U000e0041" + `","a":["é",1]}`))
	must(t, err)
	if want := "{\n  \"b\": \"x\\u202ey\\u202e\\u200b\\udb40\\udc41\",\n  \"a\": [\n    \"é\",\n    1\n  ]\n}"; got != want {
		t.Errorf("laid out as %s, want %s", got, want)
	}
	if _, err := webui.LaidOut(json.RawMessage(`{`)); err == nil {
		t.Error("what is not JSON is laid out")
	}
}

// What is given shows in the size at once, and what does not fit is said.
func TestUser_token_size(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, apptest.Options{Config: map[string]string{"PERMISSIONS_BUDGET": "40"}})
	root := access.Command("test")
	ann := made(t, s, account.Draft{Username: "ann"})
	at := pageOf(ann.ID)
	readers, writers := aRole(t, s, "Readers", "shop.read"), aRole(t, s, "Writers", "shop.write_everything_that_there_is")
	size := func() string {
		p, err := s.App.SignIn.Preview(t.Context(), root, ann.ID)
		must(t, err)
		return " Their next token has " + bytesShown(fmt.Sprint(p.Size.Bytes), "8\u202f192")
	}
	v := newVisitor(t, s).signIn("admin", s.Superuser(t))
	v.get(at) // which remembers what ann has
	before := size()
	give := func(r role.Role) got {
		return v.goes("give", v.post(at+"/roles/give", url.Values{"role": {r.Name}}), at)
	}
	a := give(readers)
	v.says("a role", a, 200, "the role Readers."+size()+".")
	if size() == before || strings.Contains(html.UnescapeString(a.body), "are left out") {
		t.Errorf("the size stayed at %q", before)
	}
	const without = ", and no room for the permissions: they are left out, and services look them up."
	v.says("too much", give(writers), 200, "the role Writers."+size()+without, "The permissions do not fit", "51 bytes, where 40 fit")
	grant := v.post(at+"/permissions/grant", url.Values{"permission": {"shop.read"}})
	v.says("a permission", v.goes("grant", grant, at), 200, "Granted to ann: shop.read."+size()+without)
	const loss = "Tokens that were issued before say otherwise until they expire, for 5 minutes at most"
	v.says("taken", v.goes("take", v.post(at+"/roles/take", url.Values{"id": {string(writers.ID)}}), at), 200, "the role Writers. Here it is so from the next request on.", loss)
	v.says("revoked", v.goes("revoke", v.post(at+"/permissions/revoke", url.Values{"name": {"shop.read"}}), at), 200, "shop.read. Here it is so", loss)

	for i := range 50 { // too much for any token
		wide := aRole(t, s, fmt.Sprintf("%s%02d", strings.Repeat("w", 148), i))
		must(t, s.App.Roles.Assign(t.Context(), root, role.Assignment{To: ann.ID, Role: wide.ID}))
	}
	v.says("far too much", give(writers), 200, "no room for roles and permissions", "The roles and permissions do not fit")
	if p, err := s.App.SignIn.Preview(t.Context(), root, ann.ID); err != nil || p.Size.Bytes > token.MaxBytes || !p.Size.RolesLeftOut {
		t.Errorf("the token has %+v, %v", p.Size, err)
	}
}

// Under the preset tokens carry no rights. A service that has no key to sign with says
// so: nobody signs in to it, and who did elsewhere can look.
func TestUser_token_of_the_preset(t *testing.T) {
	t.Parallel()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	must(t, err)
	private, err := x509.MarshalPKCS8PrivateKey(key)
	must(t, err)
	public, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	must(t, err)
	config := map[string]string{
		"PRESET": "simplejwt", "ALGORITHM": "RS256",
		"SIGNING_KEY": string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})),
	}
	s := apptest.Start(t, apptest.Options{Config: config})
	boss := s.Superuser(t)
	at := pageOf(boss.ID)
	readers := aRole(t, s, "Readers", "shop.read")
	v := newVisitor(t, s).signIn("admin", boss)
	looks := func(what, says string) {
		t.Helper()
		a := v.get(at)
		v.says(what, a, 200, "Token preview", says)
		if strings.Contains(a.body, "<dt>Permissions</dt>") {
			t.Errorf("%s: there is a size of permissions", what)
		}
		a = v.goes("give", v.post(at+"/roles/give", url.Values{"role": {readers.Name}}), at)
		v.says("given", a, 200, "the role Readers.")
		if strings.Contains(a.body, "Their next token") {
			t.Errorf("%s: a size is said of a token that carries no rights", what)
		}
		take := v.post(at+"/roles/take", url.Values{"id": {string(readers.ID)}})
		v.says("taken", v.goes("take", take, at), 200, "no token says what somebody may do")
	}
	looks("issues", `"token_type": "access"`)
	delete(config, "SIGNING_KEY")
	config["VERIFYING_KEY"] = string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public}))
	v.at = s.Second(t).URL
	looks("verifies", "This service only verifies tokens.")
}

// Case H22: who holds something for a time cannot give it for longer, and is told so
// beside the length.
func TestUser_gives_longer(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, apptest.Options{})
	root := access.Command("test")
	ann := made(t, s, account.Draft{Username: "ann"})
	at := pageOf(ann.ID)
	readers := aRole(t, s, "Readers", "shop.read")
	p := staff(t, s, access.ViewUser, access.ChangeUser, access.ViewRole)
	must(t, s.App.Roles.Assign(t.Context(), root, role.Assignment{To: ident.UserID(p.ID), Role: readers.ID, Until: s.Now().Add(time.Hour)}))
	v := newVisitor(t, s).signIn("admin", p)
	v.says("a role", v.post(at+"/roles/give", url.Values{"role": {"Readers"}}), 403, access.ErrGivesLonger.Public, `id="role_for-problem"`, `value="Readers"`)
	v.says("a permission", v.post(at+"/permissions/grant", url.Values{"permission": {"shop.read"}, "permission_for": {"24h"}}), 403, access.ErrGivesLonger.Public, `id="permission_for-problem"`, `value="24h" selected`)
}

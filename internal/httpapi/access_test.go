package httpapi

import (
	"net/http"
	"strings"
	"testing"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/bearer"
)

// Cases H15 to H19: for every route, nobody gets 401, somebody without the
// permission 403, and both before anything of the request is looked at.
func TestAccessComesBeforeInput(t *testing.T) {
	t.Parallel()
	_, h := newAPI(t)
	const garbage = `{"username":1,"username":2,`
	for _, rt := range routes() {
		t.Run(rt.id, func(t *testing.T) {
			t.Parallel()
			path := concrete(rt.path) + "?limit=-1&unknown=1"
			p, w := refused(t, h, call(rt.method, path, "", garbage))
			if rt.access.kind == public {
				if p.Status != http.StatusBadRequest {
					t.Errorf("nobody: %d, want the input's 400", p.Status)
				}
				return
			}
			if p.Status != http.StatusUnauthorized || w.Header().Get("WWW-Authenticate") != `Bearer realm="countersign"` {
				t.Errorf("nobody: %d, WWW-Authenticate %q", p.Status, w.Header().Get("WWW-Authenticate"))
			}
			p, _ = refused(t, h, call(rt.method, path, "nothing", garbage))
			want := http.StatusForbidden
			if rt.access.kind == signedIn {
				want = http.StatusBadRequest
			}
			if p.Status != want {
				t.Errorf("somebody without a permission: %d, want %d", p.Status, want)
			}
			if rt.access.kind != holding {
				return
			}
			p, _ = refused(t, h, call(rt.method, path, string(rt.access.permission), garbage))
			if p.Status != http.StatusBadRequest {
				t.Errorf("with the permission: %d, want the input's 400", p.Status)
			}
		})
	}
}

// The permission of another route opens nothing.
func TestEachPermissionOpensItsRoutesOnly(t *testing.T) {
	t.Parallel()
	_, h := newAPI(t)
	all := []access.Permission{
		access.ViewUser, access.AddUser, access.ChangeUser, access.DeleteUser, access.ViewRole, access.AddRole,
		access.ChangeRole, access.DeleteRole, access.ViewPermission, access.AddPermission, access.ChangePermission,
		access.DeletePermission, access.ViewSession, access.EndSession, access.ViewKey, access.RotateKey, access.ViewEvent,
	}
	for _, rt := range routes() {
		if rt.access.kind != holding {
			continue
		}
		for _, permission := range all {
			p, _ := refused(t, h, call(rt.method, concrete(rt.path)+"?unknown=1", string(permission), ""))
			if opened := p.Status != http.StatusForbidden; opened != (permission == rt.access.permission) {
				t.Errorf("%s with %s: %d", rt.id, permission, p.Status)
			}
		}
	}
}

func TestTokensAreRefused(t *testing.T) {
	t.Parallel()
	_, h := newAPI(t)
	for name, c := range map[string]struct {
		token     string
		status    int
		code      string
		challenge string // a part of WWW-Authenticate
	}{
		"expired":     {"expired", 401, "token_expired", `error="invalid_token"`},
		"revoked":     {"revoked", 401, "token_revoked", `error="invalid_token"`},
		"forged":      {"forged", 401, "token_invalid", `error="invalid_token"`},
		"owner gone":  {"gone", 401, bearer.ErrUserGone.Code, `error="invalid_token"`},
		"two words":   {"two words", 400, "authorization_malformed", `error="invalid_request"`},
		"a list":      {"a,b", 400, "authorization_malformed", `error="invalid_request"`},
		"stale":       {"stale", 503, "", ""},
		"broken deep": {"broken", 500, "internal_error", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, w := refused(t, h, call(get, "/api/v1/me", c.token, ""))
			if p.Status != c.status || c.code != "" && p.Code != c.code {
				t.Errorf("%d %s, want %d %s", p.Status, p.Code, c.status, c.code)
			}
			got := w.Header().Get("WWW-Authenticate")
			if c.challenge == "" && got != "" || !strings.Contains(got, c.challenge) {
				t.Errorf("WWW-Authenticate = %q, want %q in it", got, c.challenge)
			}
			if retry := w.Header().Get("Retry-After"); (c.status == 503) != (retry != "") {
				t.Errorf("Retry-After = %q", retry)
			}
			if strings.Contains(w.Body.String(), "EOF") {
				t.Errorf("the inside shows: %s", w.Body)
			}
		})
	}
}

// Cases B20 and B24: one header, one token, and no other place for it.
func TestTokenPlaces(t *testing.T) {
	t.Parallel()
	_, h := newAPI(t)
	for name, c := range map[string]struct {
		change func(*http.Request)
		status int
	}{
		"query only":          {func(r *http.Request) { r.URL.RawQuery = "access_token=everything" }, 401},
		"query and header":    {func(r *http.Request) { r.URL.RawQuery = "access_token=x"; bearing(r, "Bearer everything") }, 400},
		"cookie only":         {func(r *http.Request) { r.Header.Set("Cookie", "access_token=everything") }, 401},
		"two headers":         {func(r *http.Request) { bearing(r, "Bearer everything"); bearing(r, "Bearer everything") }, 400},
		"two schemes":         {func(r *http.Request) { bearing(r, "Basic eDp5"); bearing(r, "Bearer everything") }, 400},
		"another scheme":      {func(r *http.Request) { bearing(r, "Token everything") }, 401},
		"JWT as scheme":       {func(r *http.Request) { bearing(r, "JWT everything") }, 401},
		"Bearer twice":        {func(r *http.Request) { bearing(r, "Bearer Bearer everything") }, 400},
		"no token":            {func(r *http.Request) { bearing(r, "Bearer") }, 400},
		"lower case accepted": {func(r *http.Request) { bearing(r, "bearer everything"); r.URL.RawQuery = "unknown=1" }, 400},
		"upper case accepted": {func(r *http.Request) { bearing(r, "BEARER everything"); r.URL.RawQuery = "unknown=1" }, 400},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := call(get, "/api/v1/users", "", "")
			c.change(r)
			p, _ := refused(t, h, r)
			if p.Status != c.status {
				t.Errorf("%d %s, want %d", p.Status, p.Code, c.status)
			}
			if strings.HasSuffix(name, "accepted") && !p.blames("query", "unknown") {
				t.Errorf("the token was not accepted: %v", p)
			}
		})
	}
}

func bearing(r *http.Request, value string) { r.Header.Add("Authorization", value) }

func TestARowWithoutAccessIsRefused(t *testing.T) {
	t.Parallel()
	whole := ownRoutes()[0]
	if err := whole.check(); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*route){
		"no rule":             func(rt *route) { rt.access = rule{} },
		"a rule for no right": func(rt *route) { rt.access = holder("") },
		"no name":             func(rt *route) { rt.id = "" },
		"no summary":          func(rt *route) { rt.summary = "" },
	} {
		broken := whole
		change(&broken)
		if broken.check() == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if err := (rule{}).allows(access.Command("root")); err == nil {
		t.Error("no rule lets somebody in")
	}
}

package apptest

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/app"
	"github.com/countersign/countersign/internal/ident"
	"github.com/countersign/countersign/internal/role"
	"github.com/countersign/countersign/verify"
)

// keeper is somebody who holds a permission by a role that theirs includes, at two
// processes and on the admin site.
type keeper struct {
	Person
	admin  Person
	one    *Service
	two    *Service
	beside *app.App // the command line
	cookie string   // of their session on the admin site

	outer, inner string // ids of the roles
}

const guarded = access.ViewUser

func newKeeper(t *testing.T, one *Service) *keeper {
	t.Helper()
	k := &keeper{Person: one.Someone(t), admin: one.Superuser(t), one: one, two: one.Second(t), beside: one.Beside(t)}
	k.outer, k.inner = one.made(t, k.admin, "keepers", access.ViewRole), one.made(t, k.admin, "keepers of names", guarded)
	for _, path := range []string{"/api/v1/roles/" + k.outer + "/includes/" + k.inner, "/api/v1/users/" + k.ID + "/roles/" + k.outer} {
		ask(http.MethodPut, path, k.admin, nil)(t, one)
	}
	ask(http.MethodPatch, "/api/v1/users/"+k.ID, k.admin, map[string]bool{"is_staff": true})(t, one)
	in := one.Do(t, Request{
		Method: http.MethodPost, Path: "/admin/sign-in", Form: url.Values{"username": {k.Username}, "password": {k.Password}},
		Header: fields("Sec-Fetch-Site", "same-origin"),
	}).Must(t, http.StatusSeeOther)
	k.cookie, _, _ = strings.Cut(in.Header.Get("Set-Cookie"), ";")
	return k
}

// surface is a place where it is decided what the keeper may do, or said.
type surface struct {
	name  string
	holds func(t *testing.T, s *Service) bool
}

func (k *keeper) surfaces() []surface {
	allows := func(name string, r Request) surface {
		return surface{name, func(t *testing.T, s *Service) bool {
			t.Helper()
			got := s.Do(t, r).Status
			if got != http.StatusOK && got != http.StatusForbidden {
				t.Errorf("%s: status %d", name, got)
			}
			return got == http.StatusOK
		}}
	}
	says := func(name, what string, r Request) surface {
		return surface{name, func(t *testing.T, s *Service) bool {
			t.Helper()
			return strings.Contains(string(s.Do(t, r).Must(t, http.StatusOK).Body), what)
		}}
	}
	user, listed := "/api/v1/users/"+k.ID, `"`+string(guarded)+`"`
	all := []surface{
		says("authorize", `"allowed":true`, question(k.Person, fields("permission", string(guarded)))),
		says("authorize_asked_by_another", `"allowed":true`, question(k.admin, fields("subject", k.ID, "permission", string(guarded)))),
		says("me", listed, Request{Path: "/api/v1/me", As: k.Access}),
		allows("admin_api", Request{Path: "/api/v1/users", As: k.Access}),
		allows("admin_site", Request{Path: "/admin/users", Header: fields("Cookie", k.cookie)}),
		says("reasons", listed, Request{Path: user + "/permissions", As: k.admin.Access}),
		{"command_line", func(t *testing.T, _ *Service) bool {
			decided, err := k.beside.Roles.Decide(t.Context(), operator, role.Question{Subject: ident.UserID(k.ID), Permissions: []access.Permission{guarded}})
			if err != nil || len(decided) != 1 {
				t.Fatalf("the command line decides %v, %v", decided, err)
			}
			return decided[0].Allowed
		}},
	}
	if !k.one.Config.SimpleJWT() { // whose tokens carry no rights
		all = append(all,
			says("token_preview", listed, Request{Path: user + "/token-preview", As: k.admin.Access}),
			surface{"token_believed_elsewhere", func(t *testing.T, s *Service) bool {
				err := s.elsewhere(t, k.Access)(k.Access)
				if err != nil && !errors.Is(err, verify.ErrStaleClaims) {
					t.Errorf("another service says %v", err)
				}
				return err == nil
			}})
	}
	return all
}

// within asks a surface until it says what it should, and returns how long that took
// from a moment on.
func (f surface) within(t *testing.T, s *Service, want bool, from time.Time) time.Duration {
	t.Helper()
	for {
		asked := time.Now()
		if f.holds(t, s) == want {
			return time.Since(from)
		}
		if asked.After(from.Add(bound)) {
			t.Errorf("%s still says %v a second later", f.name, !want)
			return time.Since(from)
		}
	}
}

// Must hold 7, case E30: a role that is taken away, by whichever way, is gone from the
// decision on the next request on every surface of the process that took it, within a
// second at another, and what was issued before is stale for services that follow the
// revocations. Nobody is signed out by it.
func TestRoleRemoved(t *testing.T) {
	t.Parallel()
	for name, config := range map[string]map[string]string{
		"tokens_carry_rights": nil,
		"preset":              fields("PRESET", "simplejwt", "SIGNING_SECRET", strings.Repeat("0123456789abcdef", 4)),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			Each(t, Options{Config: config}, removedEverywhere)
		})
	}
}

func removedEverywhere(t *testing.T, one *Service) {
	k := newKeeper(t, one)
	roles := "/api/v1/roles/"
	for _, c := range []struct{ name, path, query string }{
		{"role_taken", "/api/v1/users/" + k.ID + "/roles/" + k.outer, ""},
		{"role_loses_the_permission", roles + k.inner + "/permissions/" + string(guarded), ""},
		{"role_is_not_included_any_more", roles + k.outer + "/includes/" + k.inner, ""},
		{"role_deleted", roles + k.inner, "?in_use=true"},
	} {
		t.Run(c.name, func(t *testing.T) {
			k.Tokens = one.SignIn(t, k.Person) // they say what is so now
			for _, f := range k.surfaces() {
				f.within(t, one, true, time.Now())
				f.within(t, k.two, true, time.Now())
			}
			ask(http.MethodDelete, c.path+c.query, k.admin, nil)(t, one)
			k.gone(t, time.Now())
			if c.query == "" {
				ask(http.MethodPut, c.path, k.admin, nil)(t, one)
			}
		})
	}
}

// gone checks that every surface says no, and prints how soon it did.
func (k *keeper) gone(t *testing.T, acknowledged time.Time) {
	t.Helper()
	var here, there time.Duration
	for _, f := range k.surfaces() {
		if f.holds(t, k.one) {
			t.Errorf("%s says yes on the next request", f.name)
		}
	}
	here = time.Since(acknowledged)
	for _, f := range k.surfaces() {
		there = max(there, f.within(t, k.two, false, acknowledged))
	}
	t.Logf("gone from %d surfaces here on their next request, all asked within %s; at another process after %s at most; "+
		"a token issued before is believed for %s more at most by who verifies it without the revocations",
		len(k.surfaces()), here.Round(time.Millisecond), there.Round(time.Millisecond), expiry(t, k.Access).Sub(k.one.Now()).Round(time.Second))
	for _, s := range []*Service{k.one, k.two} { // signed in as before
		s.Do(t, Request{Path: "/api/protected/", As: k.Access}).Must(t, http.StatusOK)
		s.Do(t, Request{Path: "/admin/", Header: fields("Cookie", k.cookie)}).Must(t, http.StatusOK)
	}
	for _, each := range names(t, k.one.SignIn(t, k.Person).Access, "permissions") {
		if each == string(guarded) {
			t.Error("the next token has the permission")
		}
	}
}

package apptest

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// defaults are names and passwords that programs are delivered with, and those that
// are tried first.
const defaults = `admin:admin admin:password admin:admin123 admin:123456 admin:1234 admin:changeme admin:secret admin: admin:letmein
administrator:administrator administrator:password root:root root:toor root:password root:admin root:123456 root:changeme root:
user:user user:password user:123456 test:test test:test123 test:password guest:guest guest: demo:demo demo:password
superuser:superuser superuser:password superadmin:superadmin countersign:countersign countersign:password countersign:changeme countersign:admin
keycloak:keycloak kcadmin:password authentik:authentik akadmin:akadmin akadmin:password authelia:authelia django:django
postgres:postgres mysql:mysql sa:sa service:service support:support operator:operator manager:manager system:manager oracle:oracle
staff:staff default:default alice:alice alice:password setup:setup owner:owner dev:dev api:api`

// Case H01: nobody has an account on a fresh installation, so that no name and
// password signs anybody in, to the API or to the site.
func TestDefaultPasswords(t *testing.T) {
	t.Parallel()
	s := Start(t, Options{})
	var accounts int
	if err := s.SQL(t).QueryRowContext(t.Context(), `SELECT COUNT(*) FROM users`).Scan(&accounts); err != nil || accounts != 0 {
		t.Errorf("a fresh installation has %d accounts, %v", accounts, err)
	}
	pairs := strings.Fields(defaults)
	if len(pairs) < 50 {
		t.Fatalf("%d pairs", len(pairs))
	}
	for _, pair := range pairs {
		name, password, _ := strings.Cut(pair, ":")
		if a := s.Do(t, post("/api/token/", fields("username", name, "password", password))); a.Status != http.StatusUnauthorized && (password != "" || a.Status != http.StatusBadRequest) {
			t.Errorf("%s: status %d: %s", pair, a.Status, a.Body)
		}
		a := s.Do(t, Request{Method: "POST", Path: "/admin/sign-in", Form: url.Values{"username": {name}, "password": {password}}, Header: fields("Sec-Fetch-Site", "same-origin")})
		if a.Status < 400 || a.Status >= 500 || a.Header.Get("Set-Cookie") != "" {
			t.Errorf("%s at the site: status %d, %v", pair, a.Status, a.Header)
		}
	}
	if n := len(s.App.Keys.JWKS()); n == 0 {
		t.Error("the service has no keys: it was not started")
	}
}

package webui_test

import (
	"encoding/base64"
	"net/url"
	"strings"
	"testing"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/apptest"
)

// Superusers see every setting with its origin, and no secret.
func TestSettings(t *testing.T) {
	t.Parallel()
	const shared, simple = "a-shared-secret-of-more-than-32-bytes", "the-name-of-an-issuer"
	s := apptest.Start(t, apptest.Options{Config: map[string]string{
		"PRESET": "simplejwt", "SIGNING_SECRET": shared, "SIMPLEJWT": `{"ISSUER": "` + simple + `", "LEEWAY": 3}`, "SIGN_IN_BY_EMAIL": "true",
	}})
	v := newVisitor(t, s).signIn("admin", s.Superuser(t))
	a := v.get("/admin/settings")
	v.says("the page", a, 200, "Server and database", "Time limits and log", "sign_in_by_email", "environment COUNTERSIGN_SIGN_IN_BY_EMAIL",
		"preset simplejwt", "[redacted]", "Whether the email address is accepted in place of the username at sign-in.")
	shown := 0
	for _, each := range s.Config.Settings() {
		if strings.Contains(a.body, "<code>"+each.Key+"</code>") {
			shown++
		} else {
			t.Errorf("%s is not on the page", each.Key)
		}
	}
	if shown < 50 {
		t.Errorf("%d settings are shown", shown)
	}
	secrets := []string{shared, s.Secret, base64.StdEncoding.EncodeToString([]byte(shared)), `"ISSUER"`}
	if u, err := url.Parse(s.DatabaseURL); err == nil && u.User != nil {
		password, _ := u.User.Password()
		secrets = append(secrets, password)
	}
	for _, secret := range secrets {
		if strings.Contains(a.body, secret) {
			t.Errorf("the page says %q", secret)
		}
	}
	if strings.Contains(a.body, `method="post" action="/admin/settings`) {
		t.Error("the page offers to change something")
	}
}

// A password in the address of the database is not on the page.
func TestSettings_database_password(t *testing.T) {
	t.Parallel()
	apptest.Each(t, apptest.Options{}, func(t *testing.T, s *apptest.Service) {
		v := newVisitor(t, s).signIn("admin", s.Superuser(t))
		a := v.get("/admin/settings")
		v.says("the page", a, 200, "database_url", "environment COUNTERSIGN_DATABASE_URL")
		u, err := url.Parse(s.DatabaseURL)
		must(t, err)
		password, given := "", false
		if u.User != nil {
			password, given = u.User.Password()
		}
		if given && password != u.User.Username() && strings.Contains(a.body, password) {
			t.Errorf("the page says the password")
		}
		if given && !strings.Contains(a.body, ":[redacted]@") {
			t.Errorf("the password is not redacted: %s", a.body)
		}
		if strings.Contains(a.body, s.Secret) {
			t.Error("the page says the instance secret")
		}
	})
}

// Every permission together is not enough.
func TestSettings_for_superusers(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, apptest.Options{})
	v := newVisitor(t, s).signIn("admin", staff(t, s, access.ViewUser, access.ChangeUser, access.ViewEvent, access.ViewKey, access.RotateKey, access.ViewSession))
	v.says("the page", v.get("/admin/settings"), 403, access.ErrForbidden.Public)
	a := v.get("/admin/")
	if strings.Contains(a.body, "/admin/settings") || !strings.Contains(a.body, "/admin/events") || strings.Contains(a.body, "/admin/roles") {
		t.Errorf("the navigation is not what they can use: %s", a.body)
	}
}

package webui_test

import (
	"testing"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/account"
	"github.com/countersign/countersign/internal/apptest"
)

// Must hold 1: with the keyboard alone somebody signs in, opens a user and disables
// them. What has the focus can be seen, also in the pictures.
func TestChromium_keyboard(t *testing.T) {
	b := newBrowser(t)
	if b == nil {
		return
	}
	s := apptest.Start(t, apptest.Options{})
	p := s.Superuser(t)
	zoe := made(t, s, account.Draft{Username: "zoe"})
	b.show("light", 1280, 900)
	b.open(s.URL + "/admin/sign-in")
	b.tabTo("Username")
	b.typed(p.Username)
	b.tabTo("Password")
	b.typed(p.Password)
	b.here("keyboard-sign-in-light-1280", 1280)
	b.loaded(b.enter)
	b.heading("Dashboard")
	b.tabTo("Skip to the content")
	b.here("keyboard-skip-light-1280", 1280)
	b.tabTo("Users")
	b.here("keyboard-places-light-1280", 1280)
	b.loaded(b.enter)
	b.heading("Users")
	b.tabTo("zoe")
	b.here("keyboard-users-light-1280", 1280)
	b.loaded(b.enter)
	b.heading("zoe")
	b.tabTo("Disable")
	b.here("keyboard-disable-light-1280", 1280)
	b.loaded(b.enter)
	b.flashed("Signed out everywhere and disabled: zoe.")
	if u, err := s.App.Accounts.User(t.Context(), access.Command("test"), zoe.ID); err != nil || u.Active {
		t.Errorf("zoe is %+v, %v", u, err)
	}
	b.tabTo("Enable again")
	b.here("keyboard-undo-light-1280", 1280)
	b.loaded(b.enter)
	b.flashed("Enabled, and can sign in again: zoe.")

	b.show("dark", 390, 900) // and the menu of a telephone
	b.open(s.URL + "/admin/")
	b.tabTo("Menu")
	b.enter()
	b.until("the menu", "document.querySelector('.bar').checkVisibility()", "true")
	b.tabTo("Settings")
	b.here("keyboard-menu-dark-390", 390)
	b.loaded(b.enter)
	b.heading("Settings")
	b.complaints("keyboard")
	b.stayed(s.URL)
}

package webui_test

import (
	"net/url"
	"regexp"
	"testing"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/account"
	"github.com/countersign/countersign/internal/apptest"
	"github.com/countersign/countersign/internal/ident"
	"github.com/countersign/countersign/internal/user"
)

// A form for several: each is decided by themselves, and what is undone is what was
// done.
func TestUsers_bulk(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, apptest.Options{})
	root := access.Command("test")
	boss := s.Superuser(t)
	v := newVisitor(t, s).signIn("admin", staff(t, s, access.ViewUser, access.ChangeUser))
	ann, ben, cleo := made(t, s, account.Draft{Username: "ann"}), made(t, s, account.Draft{Username: "ben"}), made(t, s, account.Draft{Username: "cleo"})
	must(t, s.App.Accounts.Disable(t.Context(), root, cleo.ID))
	ids := []string{string(ann.ID), string(ben.ID), string(ann.ID), string(cleo.ID), boss.ID, "nobody", "<b>"}
	a := v.post("/admin/users/bulk", url.Values{"action": {"disable"}, "id": ids, "asked": {"state=active&evil=1&after=x"}})
	v.says("disable", a, 200, "2 users are disabled", "1 was disabled before", "3 refused", access.ErrHoldsMore.Public, user.ErrNotFound.Public,
		"Undo: enable all 2 again", `href="/admin/users?state=active"`)
	if stored(t, s, ann.ID).Active || stored(t, s, ben.ID).Active || !stored(t, s, ident.UserID(boss.ID)).Active {
		t.Error("the wrong ones are disabled")
	}
	undo := regexp.MustCompile(`name="id" value="([^"]+)"`).FindAllStringSubmatch(a.body, -1)
	if len(undo) != 2 {
		t.Fatalf("undo is for %v", undo)
	}
	a = v.post("/admin/users/bulk", url.Values{"action": {"enable"}, "id": {undo[0][1], undo[1][1]}})
	v.says("undo", a, 200, "2 users are enabled")
	if !stored(t, s, ann.ID).Active || !stored(t, s, ben.ID).Active || stored(t, s, cleo.ID).Active {
		t.Error("undo enabled the wrong ones")
	}
	v.says("again", v.post("/admin/users/bulk", url.Values{"action": {"enable"}, "id": {string(ann.ID)}}), 200, "Nothing was changed", "1 was enabled before")
	v.says("nobody", v.post("/admin/users/bulk", url.Values{"action": {"disable"}}), 400, "Nobody was chosen")
	v.says("too many", v.post("/admin/users/bulk", url.Values{"action": {"disable"}, "id": make([]string, 201)}), 400, "At most 200")
	for _, action := range []string{"", "delete", "end_sessions", "<script>"} {
		v.says("forged "+action, v.post("/admin/users/bulk", url.Values{"action": {action}, "id": {string(ann.ID)}}), 400, account.ErrBulkAction.Public)
	}
	own := newVisitor(t, s).signIn("admin", boss)
	own.says("the last superuser", own.post("/admin/users/bulk", url.Values{"action": {"disable"}, "id": {boss.ID}}), 200, user.ErrLastSuperuser.Public)
}

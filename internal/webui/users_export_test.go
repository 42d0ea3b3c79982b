package webui_test

import (
	"encoding/csv"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/account"
	"github.com/countersign/countersign/internal/apptest"
	"github.com/countersign/countersign/internal/event"
)

// Cases J01 to J06 and J20: the file has those of the filter, no cell is a formula,
// and the password is asked for again before it leaves.
func TestUsers_export(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, apptest.Options{})
	p := staff(t, s, access.ViewUser)
	v := newVisitor(t, s).signIn("admin", p)
	made(t, s, account.Draft{Username: "ann.one", FirstName: "=cmd()"})
	made(t, s, account.Draft{Username: "ben"})
	v.says("the list", v.get("/admin/users?find=ann"), 200, "Everybody who fits the filter above", `value="find=ann"`)
	form := url.Values{"asked": {"find=ann&evil=1"}, "format": {"csv"}}
	a := v.post("/admin/users/export", form)
	rows, err := csv.NewReader(strings.NewReader(a.body)).ReadAll()
	if err != nil || a.status != 200 || len(rows) != 2 || rows[1][1] != "ann.one" || rows[1][3] != "'=cmd()" {
		t.Errorf("the file is %d %q, %v", a.status, a.body, err)
	}
	if got := a.header.Get("Content-Disposition"); got != `attachment; filename="users.csv"` {
		t.Errorf("Content-Disposition is %q", got)
	}
	form.Set("format", "xml")
	v.says("another format", v.post("/admin/users/export", form), 400)
	v.says("a filter that is none", v.post("/admin/users/export", url.Values{"asked": {"state=odd"}, "format": {"csv"}}), 400, "This filter cannot be used.")
	s.Advance(t, 6*time.Minute)
	form.Set("format", "jsonl")
	v.says("later", v.post("/admin/users/export", form), 403, "Confirm that it is you")
	if n := len(s.Events(t, event.Filter{Action: event.UsersExported})); n != 1 {
		t.Errorf("%d exports are recorded, want 1", n)
	}
}

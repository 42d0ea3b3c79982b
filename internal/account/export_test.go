package account_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/account"
	"github.com/countersign/countersign/internal/event"
	"github.com/countersign/countersign/internal/ident"
	"github.com/countersign/countersign/internal/secret"
	"github.com/countersign/countersign/internal/sheet"
	"github.com/countersign/countersign/internal/store"
	"github.com/countersign/countersign/internal/store/storetest"
	"github.com/countersign/countersign/internal/user"
)

// Cases J01 to J06: as CSV no name is a formula, as JSON every name is what it is, and
// in neither is anything that lets somebody in.
func TestExportUsers(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	evil := f.add("evil")
	evil = must(f.Update(t.Context(), operator, evil.ID, account.Change{FirstName: new("=1+1"), LastName: new(`<b>"x", y`), Staff: new(true)}))(t)
	must(f.db.ConfirmSignIn(t.Context(), evil.ID, evil.RightsVersion, f.now))(t)
	f.add("plain")
	viewer := f.as(f.add("viewer", access.ViewUser))
	x := account.Export{Filter: user.Filter{Staff: new(true), Search: "VIL", JoinedFrom: began}}
	for format, want := range map[sheet.Format]string{
		sheet.CSV: `"id","username","email","first_name","last_name","is_active","is_staff","is_superuser","joined_at","last_sign_in_at"` + "\r\n" +
			`"` + string(evil.ID) + `","evil","someone@example.org","'=1+1","<b>""x"", y","true","true","false","2027-01-15T08:00:00Z","2027-01-15T08:00:00Z"` + "\r\n",
		sheet.JSONLines: `{"id":"` + string(evil.ID) + `","username":"evil","email":"someone@example.org","first_name":"=1+1","last_name":"<b>\"x\", y",` +
			`"is_active":true,"is_staff":true,"is_superuser":false,"joined_at":"2027-01-15T08:00:00Z","last_sign_in_at":"2027-01-15T08:00:00Z"}` + "\n",
	} {
		var out bytes.Buffer
		x.Format, x.To = format, &out
		equal(t, "count", must(f.ExportUsers(t.Context(), viewer, x))(t), 1)
		if diff := cmp.Diff(want, out.String()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", format, diff)
		}
	}
	filter := map[string]any{"staff": true, "search": "VIL", "joined_from": "2027-01-15T08:00:00Z"}
	started, ended := f.events(event.ExportStarted), f.events(event.UsersExported)
	equal(t, "records", []int{len(started), len(ended)}, []int{2, 2})
	for _, e := range append(started, ended...) {
		equal(t, "actor", e.Actor.ID, viewer.UserID)
		equal(t, "subject", e.Subject, event.Exported("users"))
		equal(t, "filter", detail(t, e)["filter"], any(filter))
	}
	equal(t, "count", detail(t, ended[0])["count"], any(1.0))
	equal(t, "complete", detail(t, ended[0])["complete"], any(true))
}

// An export of more than a page has everybody once, in the order of the list.
func TestExportUsers_pages(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		f := fixtureOn(t, db)
		const n = 1001
		all := make([]user.User, n)
		for i := range all { // many of one moment
			name := fmt.Sprintf("u%04d", i)
			all[i] = user.User{ID: ident.UserID(ident.New()), Username: name, UsernameKey: name, Password: secret.New("!"), Active: true, JoinedAt: began}
		}
		ok(t, db.InsertUsers(t.Context(), all))
		for what, filter := range map[string]user.Filter{"by time": {}, "by name": {UsernamePrefix: "U"}} {
			var out bytes.Buffer
			got := must(f.ExportUsers(t.Context(), operator, account.Export{Filter: filter, Format: sheet.JSONLines, To: &out}))(t)
			seen := map[string]bool{}
			for d := json.NewDecoder(&out); d.More(); {
				var row struct{ Username string }
				ok(t, d.Decode(&row))
				if want := fmt.Sprintf("u%04d", len(seen)); what == "by name" && row.Username != want {
					t.Fatalf("%s comes where %s was to come", row.Username, want)
				}
				seen[row.Username] = true
			}
			equal(t, what, []int{got, len(seen)}, []int{n, n})
		}
	})
}

// full takes so many bytes.
type full struct{ left int }

var errFull = errors.New("the client is gone")

func (w *full) Write(p []byte) (int, error) {
	if w.left -= len(p); w.left < 0 {
		return 0, errFull
	}
	return len(p), nil
}

var _ io.Writer = (*full)(nil)

// Who may not view accounts gets nothing, and an export that was cut off is recorded
// as one.
func TestExportUsers_refused_and_cut_off(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.add("ann")
	for _, who := range []access.Caller{{}, f.as(f.add("plain", access.ChangeUser))} {
		var out bytes.Buffer
		if _, err := f.ExportUsers(t.Context(), who, account.Export{Format: sheet.CSV, To: &out}); err == nil || out.Len() > 0 {
			t.Errorf("%s: %v, %q", who.Name, err, out.String())
		}
	}
	equal(t, "records", len(f.events(event.ExportStarted)), 0)
	_, err := f.ExportUsers(t.Context(), operator, account.Export{Format: sheet.CSV, To: &full{}})
	fails(t, "a client that is gone", err, errFull)
	equal(t, "complete", detail(t, f.only(event.UsersExported))["complete"], any(false))
	if strings.Contains(f.only(event.ExportStarted).Detail, "complete") {
		t.Error("the record of the beginning says how it ended")
	}
}

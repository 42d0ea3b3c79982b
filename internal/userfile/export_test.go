package userfile_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/ident"
	"github.com/countersign/countersign/internal/store"
	"github.com/countersign/countersign/internal/store/storetest"
	"github.com/countersign/countersign/internal/userfile"
)

// What is exported imports into another database as the same, and is exported from
// there as the same bytes. There are more users than a page has.
func TestRoundTrip(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		from, later := fixtureOn(t, db), time.Date(2027, 1, 16, 0, 0, 0, 0, time.UTC)
		from.declare("blog.publish", "editor", "a; strange <role>")
		lines := []string{
			`{"username":"Zoë","id":"7","email":"z@example.org","first_name":"<Zoë>","last_name":"\"O'\\","is_staff":true,"roles":["editor"],"roles_until":["2027-01-16T00:00:00Z a; strange <role>","2027-01-15T00:00:00Z never known"],"last_sign_in_at":"2025-05-05T05:05:05.005Z"}`,
			`{"username":"initial","permissions_until":["2027-01-16T01:00:00Z blog.publish"],"initial_password":"` + plain + `"}`,
			`{"username":"given","password_hash":"!none","is_active":false,"is_superuser":true}`,
		}
		for i := range 450 {
			lines = append(lines, fmt.Sprintf(`{"username":"user%03d","joined_at":"2024-01-%02dT00:00:00Z","roles":["editor"]}`, i, 1+i%28))
		}
		equal(t, "report", from.take(userfile.Options{}, lines...), userfile.Report{Created: len(lines)})
		file := from.export(userfile.ExportOptions{PasswordHashes: true})
		equal(t, "lines", strings.Count(file, "\n"), len(lines))

		to := newFixture(t)
		to.declare("blog.publish")
		report := to.take(userfile.Options{CreateRoles: true}, file)
		equal(t, "created", report.Created, len(lines))
		equal(t, "findings", to.reasons(), "")
		equal(t, "the file again", to.export(userfile.ExportOptions{PasswordHashes: true}), file)
		initial := to.user("initial")
		if !to.opens(initial, plain) || !initial.PasswordMustChange {
			t.Errorf("the initial password is a good one: %+v", initial)
		}
		zoe := to.user("Zoë")
		held, err := to.db.Holdings(t.Context(), []ident.UserID{zoe.ID, initial.ID, "nobody"}, began)
		must(t, err)
		equal(t, "holdings", held, map[ident.UserID]userfile.Holdings{
			zoe.ID:     {Roles: []userfile.HeldRole{{Name: "a; strange <role>", Until: later}, {Name: "editor"}}},
			initial.ID: {Permissions: []access.Grant{{Permission: "blog.publish", Until: later.Add(time.Hour)}}},
		})
		equal(t, "a second run", to.take(userfile.Options{}, file), userfile.Report{Unchanged: len(lines)})
	})
}

// Without the option there is nothing in the file that passwords could be tried on.
func TestExport_has_no_hashes(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.take(userfile.Options{}, `{"username":"initial","id":"1","joined_at":"2024-01-02","initial_password":"`+plain+`"}`)
	equal(t, "the file", f.export(userfile.ExportOptions{}), `{"id":"1","username":"initial","email":"","first_name":"","last_name":"",`+
		`"is_active":true,"is_staff":false,"is_superuser":false,"joined_at":"2024-01-02T00:00:00Z","last_sign_in_at":null,"roles":[],"permissions":[]}`+"\n")
}

// A file that cannot be written is an error, not a short file.
func TestExport_fails_with_the_file(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.take(userfile.Options{}, `{"username":"alice"}`)
	if _, err := f.Export(t.Context(), operator, full{}, userfile.ExportOptions{}); err == nil {
		t.Error("no error")
	}
}

// full is a disk.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, errBroken }

package role_test

import (
	"context"
	"strconv"
	"strings"
	"testing"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/event"
	"github.com/countersign/countersign/internal/fault"
	"github.com/countersign/countersign/internal/role"
	"github.com/countersign/countersign/internal/store"
	"github.com/countersign/countersign/internal/store/storetest"
)

func TestCreate(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	av, _ := f.versions(f.add("x"))
	who := f.asHolder("adder", access.AddRole, read, write)
	made := must(f.Create(t.Context(), who, role.Draft{
		Name: "  Cafe\u0301 staff ", Description: " Serves ", Permissions: []access.Permission{write, read, write},
	}))(t)
	want := role.Role{ID: made.ID, Name: "Café staff", Description: "Serves", Permissions: []access.Permission{read, write}, CreatedAt: began}
	equal(t, "what Create returns", made, want)
	equal(t, "the role", must(f.Role(t.Context(), operator, made.ID))(t), want)
	equal(t, "by its name in another form", must(f.RoleByName(t.Context(), operator, " Cafe\u0301 staff"))(t), want)
	e := f.only(event.RoleCreated, who, event.Role(made.ID, made.Name))
	equal(t, "permissions", detail(t, e, "permissions"), any([]any{string(read), string(write)}))
	if after, _ := f.versions(f.add("y")); after != av || e.Cutoff != nil {
		t.Error("a new role revokes something")
	}

	_, err := f.Create(t.Context(), operator, role.Draft{Name: "Café staff"})
	fails(t, "the name again", err, role.ErrNameTaken)
	_, err = f.Create(t.Context(), operator, role.Draft{Name: "other", Permissions: []access.Permission{"shop.nothing"}})
	fails(t, "a permission that is not declared", err, role.ErrPermissionNotFound)
	_, err = f.Role(t.Context(), operator, "nobody")
	fails(t, "no such role", err, role.ErrNotFound)
	f.only(event.RoleCreated, who, event.Role(made.ID, made.Name)) // refusals are not recorded
}

// Case H24: names and descriptions that are none.
func TestNames(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	for name, want := range map[string]error{
		"": role.ErrName, "  \t": role.ErrName, strings.Repeat("r", 151): role.ErrName, strings.Repeat("é", 150): nil,
		strings.Repeat("e\u0301", 151): role.ErrName, strings.Repeat("e\u0301", 149): nil, // counted as they are kept
		"a\x00b": role.ErrName, "a\nb": role.ErrName, "a\x1b[31m": role.ErrName, "a\u202eb": role.ErrName, "a\u200bb": role.ErrName,
		"a\xffb": role.ErrName, "a\u00a0b": role.ErrName, strings.Repeat("\xff", 5000): role.ErrName, "two words": nil, "*": nil,
	} {
		_, err := f.Create(t.Context(), operator, role.Draft{Name: name})
		fails(t, name, err, want)
		if want != nil && len(fault.Of(err).Fields["name"]) == 0 {
			t.Errorf("%q: the field is not named: %v", name, err)
		}
	}
	for text, want := range map[string]error{
		strings.Repeat("é", 256): role.ErrDescription, "a\x00": role.ErrDescription, "a\nb": role.ErrDescription, strings.Repeat("é", 255): nil,
	} {
		_, err := f.Create(t.Context(), operator, role.Draft{Name: "of " + strconv.Itoa(len(text)), Description: text})
		fails(t, text, err, want)
	}
}

// Case H22: nobody makes or edits a role that gives what they do not hold.
func TestEditors_hold_what_the_role_holds(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	editor := f.asHolder("editor", access.AddRole, access.ChangeRole, access.DeleteRole, read)
	low, high := f.role("low", read), f.role("high", read, write)
	ctx := t.Context()
	_, err := f.Create(ctx, editor, role.Draft{Name: "mine", Permissions: []access.Permission{read, write}})
	fails(t, "Create with more", err, access.ErrGivesMore)
	_, err = f.Create(ctx, editor, role.Draft{Name: "mine", Permissions: []access.Permission{read}})
	fails(t, "Create", err, nil)
	fails(t, "GrantToRole of more", f.GrantToRole(ctx, editor, low.ID, write), access.ErrGivesMore)
	fails(t, "GrantToRole", f.GrantToRole(ctx, editor, low.ID, read), nil)
	fails(t, "GrantToRole on high", f.GrantToRole(ctx, editor, high.ID, read), access.ErrHoldsMore)
	fails(t, "RevokeFromRole on high", f.RevokeFromRole(ctx, editor, high.ID, read), access.ErrHoldsMore)
	_, err = f.Update(ctx, editor, high.ID, role.Change{Name: new("x")})
	fails(t, "Update on high", err, access.ErrHoldsMore)
	fails(t, "Delete on high", f.Delete(ctx, editor, high.ID), access.ErrHoldsMore)
	equal(t, "high", must(f.Role(ctx, operator, high.ID))(t), high)
	equal(t, "low", must(f.Role(ctx, operator, low.ID))(t), low)
	fails(t, "Delete", f.Delete(ctx, editor, low.ID), nil)
}

// Case H24: a new name makes tokens with the old one stale; a new description
// revokes nothing.
func TestUpdate(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	r := f.role("old", read)
	f.role("other")
	holder := f.add("holder")
	ok(t, f.Assign(t.Context(), operator, role.Assignment{To: holder, Role: r.ID}))
	av, rv := f.versions(holder)

	after := must(f.Update(t.Context(), operator, r.ID, role.Change{Description: new(" text ")}))(t)
	equal(t, "description", after.Description, "text")
	e := f.only(event.RoleUpdated, operator, event.Role(r.ID, "old"))
	if a, v := f.versions(holder); a != av || v != rv || e.Cutoff != nil {
		t.Error("a description revokes something")
	}
	after = must(f.Update(t.Context(), operator, r.ID, role.Change{Name: new(" new ")}))(t)
	want := r
	want.Name, want.Description, want.Version = "new", "text", 2
	equal(t, "what Update returns", after, want)
	equal(t, "the role", must(f.Role(t.Context(), operator, r.ID))(t), want)
	renamed := f.events(event.RoleUpdated)[1]
	roleCutOff(t, renamed, "old", av+1)
	equal(t, "before", detail(t, renamed, "before"), any(map[string]any{"name": "old", "description": "text", "audience": ""}))
	if a, v := f.versions(holder); a != av+1 || v != rv {
		t.Errorf("versions %d %d, want %d %d", a, v, av+1, rv)
	}
	must(f.Update(t.Context(), operator, r.ID, role.Change{Name: new("new")}))(t)
	equal(t, "events", len(f.events(event.RoleUpdated)), 2)

	_, err := f.Update(t.Context(), operator, r.ID, role.Change{Name: new("other")})
	fails(t, "a name that is taken", err, role.ErrNameTaken)
	_, err = f.Update(t.Context(), operator, r.ID, role.Change{Name: new("")})
	fails(t, "no name", err, role.ErrName)
	_, err = f.Update(t.Context(), operator, "nobody", role.Change{})
	fails(t, "no role", err, role.ErrNotFound)
}

// Case E30: what is added revokes nothing; what is taken makes tokens that list
// the role stale. Twice is once.
func TestRolePermissions(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	r := f.role("clerk", read)
	holder := f.add("holder")
	ok(t, f.Assign(t.Context(), operator, role.Assignment{To: holder, Role: r.ID}))
	av, rv := f.versions(holder)

	for range 2 {
		ok(t, f.GrantToRole(t.Context(), operator, r.ID, write))
	}
	e := f.only(event.RolePermGranted, operator, event.Role(r.ID, "clerk"))
	equal(t, "permission", detail(t, e, "permission"), any(string(write)))
	if a, v := f.versions(holder); a != av || v != rv || e.Cutoff != nil {
		t.Error("an addition revokes something")
	}
	equal(t, "rights", f.rights(holder).Permissions, []access.Permission{read, write})

	for range 2 {
		ok(t, f.RevokeFromRole(t.Context(), operator, r.ID, write))
	}
	e = f.only(event.RolePermRevoked, operator, event.Role(r.ID, "clerk"))
	roleCutOff(t, e, "clerk", av+1)
	if a, v := f.versions(holder); a != av+1 || v != rv {
		t.Errorf("versions %d %d, want %d %d", a, v, av+1, rv)
	}
	equal(t, "rights", f.rights(holder).Permissions, []access.Permission{read})
	fails(t, "not declared", f.GrantToRole(t.Context(), operator, r.ID, "shop.nothing"), role.ErrPermissionNotFound)
	fails(t, "no role", f.GrantToRole(t.Context(), operator, "nobody", read), role.ErrNotFound)
	fails(t, "no role to take from", f.RevokeFromRole(t.Context(), operator, "nobody", read), role.ErrNotFound)
}

func TestDelete(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	r := f.role("clerk", read)
	holder := f.add("holder")
	ok(t, f.Assign(t.Context(), operator, role.Assignment{To: holder, Role: r.ID}))
	av, _ := f.versions(holder)

	fails(t, "while somebody has it", f.Delete(t.Context(), operator, r.ID), role.ErrInUse)
	equal(t, "rights after a refusal", f.rights(holder).Roles, []string{"clerk"})
	ok(t, f.DeleteInUse(t.Context(), operator, r.ID))
	e := f.only(event.RoleDeleted, operator, event.Role(r.ID, "clerk"))
	roleCutOff(t, e, "clerk", av+1)
	equal(t, "rights", f.rights(holder), access.Rights{})
	fails(t, "twice", f.Delete(t.Context(), operator, r.ID), role.ErrNotFound)
	fails(t, "twice", f.DeleteInUse(t.Context(), operator, r.ID), role.ErrNotFound)

	again := f.role("clerk", write) // the name is free, and nobody has it
	equal(t, "rights after a new role of that name", f.rights(holder), access.Rights{})
	ok(t, f.Delete(t.Context(), operator, again.ID))
}

// Losses at once are recorded once and get a version each.
func TestLosses_at_once(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		f := fixtureOn(t, db)
		r := f.role("clerk", read, write)
		together(t, 16, func(i int) error {
			return f.RevokeFromRole(t.Context(), operator, r.ID, []access.Permission{read, write}[i%2])
		})
		found := f.events(event.RolePermRevoked)
		if len(found) != 2 || found[0].Cutoff.Min == found[1].Cutoff.Min {
			t.Errorf("the events are %+v, want two with versions of their own", found)
		}
		equal(t, "the role", must(f.Role(t.Context(), operator, r.ID))(t).Permissions, nil)
	})
}

// A role that is renamed while it loses something is cut off by its new name,
// which the newest tokens list; and an edit of another field leaves the new name.
func TestRenamed_meanwhile(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		lose    func(*fixture, role.Role) error
		records event.Action
		cutOff  bool
	}{
		"revoke": {func(f *fixture, r role.Role) error { return f.RevokeFromRole(t.Context(), operator, r.ID, read) }, event.RolePermRevoked, true},
		"delete": {func(f *fixture, r role.Role) error { return f.Delete(t.Context(), operator, r.ID) }, event.RoleDeleted, true},
		"rename": {func(f *fixture, r role.Role) error {
			_, err := f.Update(t.Context(), operator, r.ID, role.Change{Name: new("third")})
			return err
		}, event.RoleUpdated, true},
		"describe": {func(f *fixture, r role.Role) error {
			after, err := f.Update(t.Context(), operator, r.ID, role.Change{Description: new("text")})
			equal(t, "the name", after.Name, "second")
			return err
		}, event.RoleUpdated, false},
	} {
		f := newFixture(t)
		r := f.role("first", read)
		inTx := f.InTx
		f.InTx = func(ctx context.Context, do func(role.Store) error) error {
			f.InTx = inTx
			must(f.Update(ctx, operator, r.ID, role.Change{Name: new("second")}))(t)
			return inTx(ctx, do)
		}
		ok(t, c.lose(f, r))
		found := f.events(c.records)
		last := found[len(found)-1]
		if got := last.Cutoff != nil && last.Cutoff.ID == "second"; got != c.cutOff {
			t.Errorf("%s: cut-off %+v, want one for the new name: %v", name, last.Cutoff, c.cutOff)
		}
	}
}

package role_test

import (
	"strings"
	"testing"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/event"
	"github.com/countersign/countersign/internal/page"
	"github.com/countersign/countersign/internal/role"
	"github.com/countersign/countersign/internal/store"
	"github.com/countersign/countersign/internal/store/storetest"
)

func TestCreatePermission(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	who := f.asHolder("adder", access.AddPermission)
	made := must(f.CreatePermission(t.Context(), who, role.Permission{Name: "shop.close", Description: " Close it "}))(t)
	equal(t, "the permission", made, role.Permission{Name: "shop.close", Description: "Close it", CreatedAt: began})
	equal(t, "what is kept", must(f.Permission(t.Context(), operator, "shop.close"))(t), made)
	found := f.events(event.PermissionCreated)
	equal(t, "the subject", found[len(found)-1].Subject, event.Permission("shop.close"))

	for name, want := range map[access.Permission]error{
		"shop.close": role.ErrPermissionExists, "countersign.fly": role.ErrPermissionBuiltIn, access.ViewUser: role.ErrPermissionBuiltIn,
		"": access.ErrPermissionName, "shop": access.ErrPermissionName, "shop.*": access.ErrPermissionName, "*": access.ErrPermissionName,
		"shop.a b": access.ErrPermissionName, "shop.a\x00": access.ErrPermissionName, "a.b.c": access.ErrPermissionName,
		"shop:close": access.ErrPermissionName, access.Permission("a." + strings.Repeat("x", 150)): access.ErrPermissionName,
	} { // case H24
		_, err := f.CreatePermission(t.Context(), operator, role.Permission{Name: name})
		fails(t, string(name), err, want)
	}
	_, err := f.CreatePermission(t.Context(), operator, role.Permission{Name: "shop.x", Description: "a\x1bb"})
	fails(t, "a description", err, role.ErrDescription)
}

func TestUpdatePermission(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	for range 2 {
		after := must(f.UpdatePermission(t.Context(), operator, read, " Reads "))(t)
		equal(t, "the description", after.Description, "Reads")
	}
	e := f.only(event.PermissionUpdated, operator, event.Permission(read))
	equal(t, "after", detail(t, e, "after"), any("Reads"))
	_, err := f.UpdatePermission(t.Context(), operator, "shop.nothing", "x")
	fails(t, "not declared", err, role.ErrPermissionNotFound)
	_, err = f.UpdatePermission(t.Context(), operator, access.ViewUser, "x")
	fails(t, "built in", err, role.ErrPermissionBuiltIn)
	_, err = f.UpdatePermission(t.Context(), operator, read, "a\nb")
	fails(t, "a description", err, role.ErrDescription)
}

// Case H24: a permission that is deleted is taken from everybody, with the
// cut-offs, and comes back without holders.
func TestDeletePermission(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		f := fixtureOn(t, db)
		clerk, boss := f.role("clerk", read), f.role("boss", read, write)
		direct, member := f.add("direct", read), f.add("member")
		ok(t, f.Assign(t.Context(), operator, role.Assignment{To: member, Role: clerk.ID}))
		av, rv := f.versions(direct)
		_, memberRV := f.versions(member)

		ok(t, f.DeletePermission(t.Context(), operator, read))
		f.only(event.PermissionDeleted, operator, event.Permission(read))
		least := map[string]int64{}
		for _, e := range f.events(event.RolePermRevoked) {
			least[e.Subject.Name] = e.Cutoff.Min
			roleCutOff(t, e, e.Subject.Name, e.Cutoff.Min)
		}
		if len(least) != 2 || least["clerk"]+least["boss"] != 2*av+3 {
			t.Errorf("the cut-offs of the roles are at %v, want two versions after %d", least, av)
		}
		userCutOff(t, f.only(event.UserPermRevoked, operator, event.User(direct, "")), direct, rv+1)
		if a, v := f.versions(member); a != av+2 || v != memberRV {
			t.Errorf("versions %d %d, want %d %d", a, v, av+2, memberRV)
		}

		must(f.CreatePermission(t.Context(), operator, role.Permission{Name: read}))(t)
		equal(t, "direct", f.rights(direct).Permissions, nil)
		equal(t, "member", f.rights(member).Permissions, nil)
		equal(t, "boss", must(f.Role(t.Context(), operator, boss.ID))(t).Permissions, []access.Permission{write})
	})
}

func TestDeletePermission_refusals(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	who := f.asHolder("deleter", access.DeletePermission, read)
	fails(t, "not held", f.DeletePermission(t.Context(), who, write), access.ErrGivesMore)
	fails(t, "built in", f.DeletePermission(t.Context(), operator, access.ViewUser), role.ErrPermissionBuiltIn)
	fails(t, "not declared", f.DeletePermission(t.Context(), operator, "shop.nothing"), role.ErrPermissionNotFound)
	fails(t, "held", f.DeletePermission(t.Context(), who, read), nil)
	f.only(event.PermissionDeleted, who, event.Permission(read))
}

// useCases are what can be asked for; each returns what a caller who may gets.
var useCases = map[string]struct {
	needs access.Permission
	ask   func(f *fixture, who access.Caller) error
}{
	"Roles": {access.ViewRole, func(f *fixture, who access.Caller) error {
		_, err := f.Roles(f.t.Context(), who, "", page.Request{})
		return err
	}},
	"Role":       {access.ViewRole, func(f *fixture, who access.Caller) error { _, err := f.Role(f.t.Context(), who, "x"); return err }},
	"RoleByName": {access.ViewRole, func(f *fixture, who access.Caller) error { _, err := f.RoleByName(f.t.Context(), who, "x"); return err }},
	"Create": {access.AddRole, func(f *fixture, who access.Caller) error {
		_, err := f.Create(f.t.Context(), who, role.Draft{Name: "r" + string(who.UserID)})
		return err
	}},
	"Update": {access.ChangeRole, func(f *fixture, who access.Caller) error {
		_, err := f.Update(f.t.Context(), who, "x", role.Change{Name: new("\x00")})
		return err
	}},
	"Delete":         {access.DeleteRole, func(f *fixture, who access.Caller) error { return f.Delete(f.t.Context(), who, "x") }},
	"GrantToRole":    {access.ChangeRole, func(f *fixture, who access.Caller) error { return f.GrantToRole(f.t.Context(), who, "x", read) }},
	"RevokeFromRole": {access.ChangeRole, func(f *fixture, who access.Caller) error { return f.RevokeFromRole(f.t.Context(), who, "x", read) }},
	"Permissions": {access.ViewPermission, func(f *fixture, who access.Caller) error {
		_, err := f.Permissions(f.t.Context(), who, "", page.Request{})
		return err
	}},
	"Permission": {access.ViewPermission, func(f *fixture, who access.Caller) error {
		_, err := f.Permission(f.t.Context(), who, "x.y")
		return err
	}},
	"CreatePermission": {access.AddPermission, func(f *fixture, who access.Caller) error {
		_, err := f.CreatePermission(f.t.Context(), who, role.Permission{Name: read})
		return err
	}},
	"UpdatePermission": {access.ChangePermission, func(f *fixture, who access.Caller) error {
		_, err := f.UpdatePermission(f.t.Context(), who, "x.y", "")
		return err
	}},
	"DeletePermission": {access.DeletePermission, func(f *fixture, who access.Caller) error { return f.DeletePermission(f.t.Context(), who, "x.y") }},
	"UserRoles":        {access.ViewUser, func(f *fixture, who access.Caller) error { _, err := f.UserRoles(f.t.Context(), who, "x"); return err }},
	"UserPermissions": {access.ViewUser, func(f *fixture, who access.Caller) error {
		_, _, err := f.UserPermissions(f.t.Context(), who, "x")
		return err
	}},
	"Assign": {access.ChangeUser, func(f *fixture, who access.Caller) error {
		return f.Assign(f.t.Context(), who, role.Assignment{To: "x", Role: "y"})
	}},
	"Unassign": {access.ChangeUser, func(f *fixture, who access.Caller) error { return f.Unassign(f.t.Context(), who, "x", "y") }},
	"GrantToUser": {access.ChangeUser, func(f *fixture, who access.Caller) error {
		return f.GrantToUser(f.t.Context(), who, role.Grant{To: "x", Permission: "y.z"})
	}},
	"RevokeFromUser": {access.ChangeUser, func(f *fixture, who access.Caller) error { return f.RevokeFromUser(f.t.Context(), who, "x", "y.z") }},
}

// Cases H14 to H19: whoever may not is refused before anything is looked at;
// whoever may gets to what they asked for, which mostly does not exist here.
func TestPermissionTable(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	everything := []access.Permission{
		access.ViewRole, access.AddRole, access.ChangeRole, access.DeleteRole, access.ViewPermission, access.AddPermission,
		access.ChangePermission, access.DeletePermission, access.ViewUser, access.ChangeUser,
	}
	superuser := access.Caller{Kind: access.Person, UserID: "root", Rights: access.Rights{Superuser: true}}
	plain := f.asHolder("plain")
	for name, c := range useCases {
		var others []access.Permission
		for _, p := range everything {
			if p != c.needs {
				others = append(others, p)
			}
		}
		fails(t, name+" by nobody", c.ask(f, access.Caller{}), access.ErrAnonymous)
		fails(t, name+" by an anonymous superuser", c.ask(f, access.Caller{Kind: access.Anonymous, Rights: superuser.Rights}), access.ErrAnonymous)
		fails(t, name+" by a plain person", c.ask(f, plain), access.ErrForbidden)
		fails(t, name+" with everything else", c.ask(f, f.asHolder("all-but-"+name, others...)), access.ErrForbidden)
		for _, who := range []access.Caller{f.asHolder("holder-of-"+name, c.needs), superuser, operator} {
			if err := c.ask(f, who); err != nil && (strings.Contains(err.Error(), "permission_denied") || strings.Contains(err.Error(), "not_authenticated")) {
				t.Errorf("%s by %q %q: %v", name, who.Kind, who.UserID, err)
			}
		}
	}
}

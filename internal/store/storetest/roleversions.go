package storetest

import (
	"testing"
	"time"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/ident"
	"github.com/countersign/countersign/internal/role"
	"github.com/countersign/countersign/internal/store"
)

// roleVersions makes every change of a role, and what is none.
func roleVersions(t *testing.T, db *store.DB) {
	ctx := t.Context()
	r, other := addRole(t, db, "versioned", access.ViewKey), addRole(t, db, "included by it")
	addPermission(t, db, "versions.own")
	is(t, "of a new one", get[role.Role](t)(db.Role(ctx, r.ID)).Version, 0)
	edge := role.Inclusion{Role: r.ID, Included: other.ID}
	changed := func(_ bool, err error) error { return err }
	for _, step := range []struct {
		name string
		do   func() error
		by   int64
	}{
		{"a description", func() error { return db.UpdateRole(ctx, r) }, 1},
		{"a permission", func() error { return changed(db.AddRolePermission(ctx, r.ID, access.ViewUser)) }, 1},
		{"a permission that it has", func() error { return changed(db.AddRolePermission(ctx, r.ID, access.ViewUser)) }, 0},
		{"one less", func() error { return changed(db.RemoveRolePermission(ctx, r.ID, access.ViewUser)) }, 1},
		{"one that it does not have", func() error { return changed(db.RemoveRolePermission(ctx, r.ID, access.ViewUser)) }, 0},
		{"an inclusion", func() error { return db.AddInclusion(ctx, edge, []role.Inclusion{edge}) }, 1},
		{"what the included one gives", func() error { return changed(db.AddRolePermission(ctx, other.ID, "versions.own")) }, 0},
		{"what the included one is called", func() error { return db.UpdateRole(ctx, other) }, 0},
		{"one inclusion less", func() error { return db.RemoveInclusion(ctx, edge) }, 1},
		{"another permission", func() error { return changed(db.AddRolePermission(ctx, r.ID, "versions.own")) }, 1},
		{"which is declared no more", func() error { return db.DeletePermission(ctx, "versions.own") }, 1},
		{"an inclusion again", func() error { return db.AddInclusion(ctx, edge, nil) }, 1},
		{"the included one deleted", func() error { return db.DeleteRole(ctx, other.ID) }, 1},
	} {
		before := get[role.Role](t)(db.Role(ctx, r.ID)).Version
		must(t, step.do())
		is(t, step.name, get[role.Role](t)(db.Role(ctx, r.ID)).Version-before, step.by)
	}
}

// roleVersionRace has one of many changes from one reading win.
func roleVersionRace(t *testing.T, db *store.DB) {
	ctx := t.Context()
	r := addRole(t, db, "taken at once")
	is(t, "its version", get[bool](t)(db.TakeRoleVersion(ctx, r.ID, []int64{7, 0})), true)
	is(t, "others", get[bool](t)(db.TakeRoleVersion(ctx, r.ID, []int64{-1, 1})), false)
	is(t, "none", get[bool](t)(db.TakeRoleVersion(ctx, r.ID, nil)), false)
	for _, versions := range [][]int64{{0}, nil} {
		_, err := db.TakeRoleVersion(ctx, "nothing", versions)
		fails(t, "TakeRoleVersion", err, role.ErrNotFound)
	}
	is(t, "Role", get[role.Role](t)(db.Role(ctx, r.ID)), r)
	n := race(t, func(i int) (won bool, err error) {
		err = store.TxFunc[role.Store](db)(ctx, func(s role.Store) error {
			if won, err = s.TakeRoleVersion(ctx, r.ID, []int64{0}); err != nil || !won {
				return err
			}
			changed := r
			changed.Description = string(rune('a' + i))
			return s.UpdateRole(ctx, changed)
		})
		return won, err
	})
	is(t, "how many changed one version", n, 1)
	is(t, "the version", get[role.Role](t)(db.Role(ctx, r.ID)).Version, 1)
}

// roleAudiences has every way in which a bound role comes to somebody, and one thing
// that comes in two ways.
func roleAudiences(t *testing.T, db *store.DB) {
	ctx := t.Context()
	top, middle, end := chain(t, db, "bound")
	for r, audience := range map[*role.Role]string{&top: "shop", &end: "https://books.example"} {
		r.Audience = audience
		must(t, db.UpdateRole(ctx, *r))
		r.Version++
		is(t, "the audience", get[role.Role](t)(db.Role(ctx, r.ID)).Audience, audience)
	}
	made := roleCalled("made bound")
	made.Audience = "shop"
	must(t, db.InsertRole(ctx, made))
	is(t, "of a new one", get[role.Role](t)(db.RoleByName(ctx, made.Name)), made)

	u := addUser(t, db, "of two audiences")
	get[bool](t)(db.AssignRole(ctx, u.ID, top.ID, moment(50)))
	get[bool](t)(db.AssignRole(ctx, u.ID, middle.ID, time.Time{}))
	get[bool](t)(db.GrantPermission(ctx, u.ID, access.RotateKey, moment(70)))
	forever := time.Time{}
	rights := get[access.Rights](t)(db.Rights(ctx, u.ID, moment(0)))
	is(t, "Rights", rights, access.Rights{
		Staff: true, Until: moment(50),
		Roles:        []string{end.Name, middle.Name, top.Name},
		LimitedRoles: map[string]time.Time{top.Name: moment(50)},
		Permissions:  []access.Permission{access.AddUser, access.RotateKey, access.ViewKey, access.ViewRole, access.ViewUser},
		Limited:      map[access.Permission]time.Time{access.ViewUser: moment(50), access.RotateKey: moment(70)},
		Bound: map[string]access.Part{
			"": {
				Roles:       map[string]time.Time{middle.Name: forever},
				Permissions: map[access.Permission]time.Time{access.AddUser: forever, access.ViewKey: forever, access.RotateKey: moment(70)},
			},
			"shop": {
				Roles:       map[string]time.Time{top.Name: moment(50)},
				Permissions: map[access.Permission]time.Time{access.ViewUser: moment(50)},
			},
			"https://books.example": {
				Roles:       map[string]time.Time{end.Name: forever},
				Permissions: map[access.Permission]time.Time{access.ViewKey: forever, access.ViewRole: forever},
			},
		},
	})
	is(t, "what Holding adds up to", get[access.Holding](t)(db.Holding(ctx, u.ID, moment(0))).Rights(), rights)
	for _, of := range [][]role.Role{get[[]role.Role](t)(db.RoleWithIncluded(ctx, top.ID)), heldRoles(get[[]role.Held](t)(db.UserRoles(ctx, u.ID, moment(0))))} {
		for _, r := range of {
			want := map[ident.RoleID]string{top.ID: top.Audience, end.ID: end.Audience}[r.ID]
			is(t, "the audience in a list", r.Audience, want)
		}
	}
}

func heldRoles(all []role.Held) []role.Role {
	var roles []role.Role
	for _, h := range all {
		roles = append(roles, h.Role)
	}
	return roles
}

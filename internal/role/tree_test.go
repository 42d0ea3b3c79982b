package role_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/event"
	"github.com/countersign/countersign/internal/ident"
	"github.com/countersign/countersign/internal/role"
)

// over makes the first role include the others.
func (f *fixture) over(r role.Role, others ...role.Role) {
	f.t.Helper()
	for _, other := range others {
		ok(f.t, f.Include(f.t.Context(), operator, including(r, other)))
	}
}

// outline is a tree in one line.
func outline(b role.Branch) string {
	var inside []string
	for _, each := range b.Branches {
		inside = append(inside, outline(each))
	}
	text := b.Role.Name
	if b.Repeated {
		text += "*"
	}
	if len(inside) > 0 {
		text += "(" + strings.Join(inside, " ") + ")"
	}
	return text
}

func TestTree(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	a, b, c, d := f.role("a", read), f.role("b", write), f.role("c", read), f.role("d", write, read)
	f.include(d, f.role("e"))
	f.include(c, d)
	f.include(b, d)
	f.over(a, b, c)
	tree := must(f.Tree(t.Context(), operator, a.ID))(t)
	equal(t, "the tree", outline(tree), "a(b(d(e)) c(d*))")
	ref := func(r role.Role) role.Ref { return role.Ref{ID: r.ID, Name: r.Name} }
	equal(t, "where it comes from", tree.Sources(), []role.Source{
		{Permission: read, Roles: []role.Ref{ref(c), ref(d)}}, {Permission: write, Roles: []role.Ref{ref(b), ref(d)}},
	})
	equal(t, "of a leaf", must(f.Tree(t.Context(), operator, f.role("leaf", read).ID))(t).Sources(), nil)
	_, err := f.Tree(t.Context(), operator, "nothing")
	fails(t, "no role", err, role.ErrNotFound)
	_, err = f.Tree(t.Context(), f.asHolder("bare"), a.ID)
	fails(t, "without the permission", err, access.ErrForbidden)
}

// A tree has each role's branches once, although ways lead to it by the thousand.
func TestTree_of_a_lattice(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	const layers, wide = role.MaxDepth, 4
	top := f.role("top")
	above := []role.Role{top}
	for layer := range layers {
		var here []role.Role
		for i := range wide {
			here = append(here, f.role(fmt.Sprintf("layer %d number %d", layer, i)))
		}
		for _, r := range above {
			f.over(r, here...)
		}
		above = here
	}
	tree := must(f.Tree(t.Context(), operator, top.ID))(t)
	var count func(role.Branch) int
	count = func(b role.Branch) int {
		n := 1
		for _, each := range b.Branches {
			n += count(each)
		}
		return n
	}
	equal(t, "branches", count(tree), 1+wide+(layers-1)*wide*wide)
}

func TestHolders_of_roles_and_permissions(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	r, over := f.role("r", read), f.role("over")
	f.include(over, r)
	ann := f.add("ann", write)
	ok(t, f.Assign(t.Context(), operator, role.Assignment{To: ann, Role: r.ID}))
	holder := role.Few[role.Holder]{First: []role.Holder{{ID: ann, Username: "ann"}}, Count: 1}
	equal(t, "Holders", must(f.Holders(t.Context(), operator, r.ID, 5))(t), holder)
	equal(t, "Includers", must(f.Includers(t.Context(), operator, r.ID, 5))(t), role.Few[role.Ref]{First: []role.Ref{{ID: over.ID, Name: "over"}}, Count: 1})
	equal(t, "PermissionHolders", must(f.PermissionHolders(t.Context(), operator, write, 5))(t), holder)
	equal(t, "PermissionRoles", must(f.PermissionRoles(t.Context(), operator, read, 5))(t), role.Few[role.Ref]{First: []role.Ref{{ID: r.ID, Name: "r"}}, Count: 1})
}

// Each use case that tells who has what needs all that it tells of.
func TestHolders_need(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.role("r").ID
	for name, ask := range map[string]struct {
		needs []access.Permission
		do    func(access.Caller) error
	}{
		"Holders": {[]access.Permission{access.ViewRole, access.ViewUser}, func(who access.Caller) error {
			_, err := f.Holders(t.Context(), who, id, 5)
			return err
		}},
		"Includers": {[]access.Permission{access.ViewRole}, func(who access.Caller) error {
			_, err := f.Includers(t.Context(), who, id, 5)
			return err
		}},
		"PermissionHolders": {[]access.Permission{access.ViewPermission, access.ViewUser}, func(who access.Caller) error {
			_, err := f.PermissionHolders(t.Context(), who, read, 5)
			return err
		}},
		"PermissionRoles": {[]access.Permission{access.ViewPermission, access.ViewRole}, func(who access.Caller) error {
			_, err := f.PermissionRoles(t.Context(), who, read, 5)
			return err
		}},
	} {
		fails(t, name+" by nobody", ask.do(access.Caller{}), access.ErrAnonymous)
		ok(t, ask.do(f.asHolder(name, ask.needs...)))
		for i, left := range ask.needs {
			some := append(append([]access.Permission{}, ask.needs[:i]...), ask.needs[i+1:]...)
			fails(t, name+" without "+string(left), ask.do(f.asHolder(name+string(left), some...)), access.ErrForbidden)
		}
	}
}

func TestGivable(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	givable := func(who access.Caller, n int) string {
		first, more, err := f.Givable(t.Context(), who, n)
		ok(t, err)
		return fmt.Sprint(first, more)
	}
	equal(t, "of a superuser", givable(operator, 2), "[countersign.add_permission countersign.add_role] true")
	equal(t, "of somebody", givable(f.asHolder("ann", write, read), 2), "[shop.read shop.write] false")
	equal(t, "the first of them", givable(f.asHolder("bob", write, read), 1), "[shop.read] true")
	equal(t, "of who holds nothing", givable(f.asHolder("bare"), 2), "[] false")
	equal(t, "Undeclared", must(f.Undeclared(t.Context(), operator, []access.Permission{"no.one", read, "a.b"}))(t), []access.Permission{"no.one", "a.b"})
	for _, err := range []error{
		func() error { _, _, err := f.Givable(t.Context(), access.Caller{}, 1); return err }(),
		func() error { _, err := f.Undeclared(t.Context(), access.Caller{}, nil); return err }(),
	} {
		fails(t, "nobody", err, access.ErrAnonymous)
	}
}

// Several permissions are given to a role at once, or none of them.
func TestGrantToRole_several(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	r := f.role("r", read)
	gives := func() []access.Permission { return must(f.Role(t.Context(), operator, r.ID))(t).Permissions }
	fails(t, "one is not declared", f.GrantToRole(t.Context(), operator, r.ID, write, "no.one"), role.ErrPermissionNotFound)
	equal(t, "after that", gives(), []access.Permission{read})
	who := f.asHolder("ann", access.ChangeRole, read)
	fails(t, "one is not held", f.GrantToRole(t.Context(), who, r.ID, read, write), access.ErrGivesMore)
	ok(t, f.GrantToRole(t.Context(), operator, r.ID, read, write))
	equal(t, "both", gives(), []access.Permission{read, write})
	equal(t, "events", len(f.events(event.RolePermGranted)), 1)
	fails(t, "no role", f.GrantToRole(t.Context(), operator, ident.RoleID("none"), read), role.ErrNotFound)
}

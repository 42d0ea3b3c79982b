package role_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/event"
	"github.com/countersign/countersign/internal/fault"
	"github.com/countersign/countersign/internal/ident"
	"github.com/countersign/countersign/internal/role"
	"github.com/countersign/countersign/internal/store"
	"github.com/countersign/countersign/internal/store/storetest"
)

func including(r, other role.Role) role.Inclusion {
	return role.Inclusion{Role: r.ID, Included: other.ID}
}

// include makes the first include the second, the second the third, and so on.
func (f *fixture) include(chain ...role.Role) {
	f.t.Helper()
	for i := range chain[1:] {
		ok(f.t, f.Include(f.t.Context(), operator, including(chain[i], chain[i+1])))
	}
}

// Case E30: what is included is held at once and revokes nothing; what is excluded
// makes tokens that list the role stale. Twice is once.
func TestInclude(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		f := fixtureOn(t, db)
		chief, clerk, reader := f.role("chief"), f.role("clerk", write), f.role("reader", read)
		holder := f.add("holder")
		ok(t, f.Assign(t.Context(), operator, role.Assignment{To: holder, Role: chief.ID}))
		av, rv := f.versions(holder)

		f.include(chief, clerk)
		f.include(clerk, reader)
		f.include(chief, clerk)
		equal(t, "rights", f.rights(holder), access.Rights{
			Roles: []string{"chief", "clerk", "reader"}, Permissions: []access.Permission{read, write},
		})
		added := f.events(event.RoleIncluded)
		equal(t, "events", len(added), 2)
		equal(t, "subject", added[0].Subject, event.Role(chief.ID, "chief"))
		equal(t, "what was included", detail(t, added[0], "role"), any("clerk"))
		if a, v := f.versions(holder); a != av || v != rv || added[0].Cutoff != nil || added[1].Cutoff != nil {
			t.Error("an addition revokes something")
		}
		kept := must(f.Role(t.Context(), operator, chief.ID))(t)
		equal(t, "Includes", kept.Includes, []role.Ref{{ID: clerk.ID, Name: "clerk"}})
		equal(t, "Effective", kept.Effective(), []access.Permission{read, write})

		for range 2 {
			ok(t, f.Exclude(t.Context(), operator, including(clerk, reader)))
		}
		e := f.only(event.RoleExcluded, operator, event.Role(clerk.ID, "clerk"))
		roleCutOff(t, e, "clerk", av+1)
		if a, v := f.versions(holder); a != av+1 || v != rv {
			t.Errorf("versions %d %d, want %d %d", a, v, av+1, rv)
		}
		equal(t, "rights", f.rights(holder), access.Rights{Roles: []string{"chief", "clerk"}, Permissions: []access.Permission{write}})
	})
}

// What a role gives by two ways stays while one of them does, and a role that is
// deleted takes what it included along.
func TestInclude_by_two_ways(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	top, left, right, end := f.role("top"), f.role("left"), f.role("right"), f.role("end", read)
	f.include(top, left, end)
	f.include(top, right, end)
	holder := f.add("holder")
	ok(t, f.Assign(t.Context(), operator, role.Assignment{To: holder, Role: top.ID}))
	ok(t, f.Exclude(t.Context(), operator, including(left, end)))
	equal(t, "by the other way", f.rights(holder).Roles, []string{"end", "left", "right", "top"})
	fails(t, "a role that is included", f.Delete(t.Context(), operator, right.ID), role.ErrInUse)
	ok(t, f.DeleteInUse(t.Context(), operator, right.ID))
	equal(t, "by none", f.rights(holder), access.Rights{Roles: []string{"left", "top"}})
	ok(t, f.Delete(t.Context(), operator, end.ID))
}

// A role that loses a permission is cut off once, whoever includes it: tokens of
// their holders list it too.
func TestInclude_one_cut_off(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	reader := f.role("reader", read)
	for i := range 20 {
		f.include(f.role(fmt.Sprintf("team %c", 'a'+i)), reader)
	}
	ok(t, f.RevokeFromRole(t.Context(), operator, reader.ID, read))
	e := f.only(event.RolePermRevoked, operator, event.Role(reader.ID, "reader"))
	av, _ := f.versions(f.add("x"))
	roleCutOff(t, e, "reader", av)
	equal(t, "the version", av, int64(1))
}

// Case H24: roles do not include each other in a circle, too deep, or too many.
func TestInclude_refuses(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	ctx := t.Context()
	var deep []role.Role
	for i := range role.MaxDepth + 2 {
		deep = append(deep, f.role(fmt.Sprintf("deep %c", 'a'+i)))
	}
	f.include(deep[:role.MaxDepth+1]...)
	fails(t, "itself", f.Include(ctx, operator, including(deep[0], deep[0])), role.ErrCycle)
	for i := 1; i <= role.MaxDepth; i++ {
		fails(t, "a circle", f.Include(ctx, operator, including(deep[i], deep[0])), role.ErrCycle)
	}
	last := deep[role.MaxDepth+1]
	fails(t, "one deeper at the end", f.Include(ctx, operator, including(deep[role.MaxDepth], last)), role.ErrTooDeep)
	fails(t, "one deeper at the top", f.Include(ctx, operator, including(last, deep[0])), role.ErrTooDeep)
	fails(t, "a shortcut", f.Include(ctx, operator, including(deep[0], deep[role.MaxDepth])), nil)
	fails(t, "no role", f.Include(ctx, operator, role.Inclusion{Role: "nobody", Included: last.ID}), role.ErrNotFound)
	fails(t, "no other", f.Include(ctx, operator, role.Inclusion{Role: last.ID, Included: "nobody"}), role.ErrNotFound)
	fails(t, "no role to exclude from", f.Exclude(ctx, operator, role.Inclusion{Role: "nobody", Included: last.ID}), role.ErrNotFound)

	all, over := f.role("all"), f.role("over")
	f.include(over, all)
	for i := range role.MaxIncluded - 1 {
		f.include(all, f.role(fmt.Sprintf("many %c%c", 'a'+i/26, 'a'+i%26)))
	}
	fails(t, "one too many for the role above", f.Include(ctx, operator, including(all, last)), role.ErrTooMany)
	ok(t, f.Exclude(ctx, operator, including(over, all)))
	fails(t, "which it may include itself", f.Include(ctx, operator, including(all, last)), nil)
}

// Case H22: nobody includes what they do not hold, nor edits what holds more by
// what it includes.
func TestInclude_holders(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	ctx := t.Context()
	editor := f.asHolder("editor", access.AddRole, access.ChangeRole, access.DeleteRole, access.ChangeUser, read)
	low, high, empty, over := f.role("low", read), f.role("high", write), f.role("empty"), f.role("over")
	f.include(over, high)
	plain := f.add("plain")
	fails(t, "Include of more", f.Include(ctx, editor, including(empty, high)), access.ErrGivesMore)
	fails(t, "Include of what includes more", f.Include(ctx, editor, including(empty, over)), access.ErrGivesMore)
	fails(t, "Include into more", f.Include(ctx, editor, including(over, low)), access.ErrHoldsMore)
	fails(t, "Exclude from more", f.Exclude(ctx, editor, including(over, high)), access.ErrHoldsMore)
	fails(t, "GrantToRole", f.GrantToRole(ctx, editor, over.ID, read), access.ErrHoldsMore)
	fails(t, "Delete", f.Delete(ctx, editor, over.ID), access.ErrHoldsMore)
	fails(t, "Assign", f.Assign(ctx, editor, role.Assignment{To: plain, Role: over.ID}), access.ErrGivesMore)
	ok(t, f.Assign(ctx, operator, role.Assignment{To: plain, Role: over.ID}))
	fails(t, "over whoever holds it", f.Unassign(ctx, editor, plain, over.ID), access.ErrHoldsMore)
	fails(t, "Include", f.Include(ctx, editor, including(empty, low)), nil)
	fails(t, "Exclude", f.Exclude(ctx, editor, including(empty, low)), nil)
	fails(t, "as nobody", f.Include(ctx, access.Caller{}, including(empty, low)), access.ErrAnonymous)
	fails(t, "without the permission", f.Exclude(ctx, f.asHolder("reader", read), including(empty, low)), access.ErrForbidden)
}

// Edits at once that would close a circle together: all but one are refused, and
// what is held is what the kept inclusions say.
func TestInclude_at_once(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		f := fixtureOn(t, db)
		for round := range 10 {
			var ring []role.Role
			for i := range 3 {
				ring = append(ring, f.role(fmt.Sprintf("ring %c %c", 'a'+round, 'a'+i)))
			}
			var refused [3]bool
			together(t, 3, func(i int) error {
				err := f.Include(t.Context(), operator, including(ring[i], ring[(i+1)%3]))
				if fault.Of(err) != nil && fault.Of(err).Is(role.ErrCycle) {
					refused[i], err = true, nil
				}
				return err
			})
			n := 0
			for i, r := range refused {
				if r {
					n++
					top := f.add(fmt.Sprintf("holder %d %d", round, i))
					ok(t, f.Assign(t.Context(), operator, role.Assignment{To: top, Role: ring[(i+1)%3].ID}))
					equal(t, "roles", len(f.rights(top).Roles), 3)
				}
			}
			equal(t, "how many were refused", n, 1)
		}
	})
}

// A role in use says who uses it, to those who may know, and never a million.
func TestDelete_says_who_uses_it(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	r, over := f.role("clerk"), f.role("chief")
	f.include(over, r)
	for i := range 12 {
		ok(t, f.Assign(t.Context(), operator, role.Assignment{To: f.add(fmt.Sprintf("holder-%02d", i)), Role: r.ID}))
	}
	says := func(who access.Caller, id ident.RoleID) string {
		err := f.Delete(t.Context(), who, id)
		fails(t, "Delete", err, role.ErrInUse)
		return fault.Of(err).Public
	}
	all := says(operator, r.ID)
	if !strings.Contains(all, "held by holder-00, ") || !strings.Contains(all, " and more; included by chief.") || strings.Count(all, "holder-") != 10 {
		t.Errorf("the operator is told: %s", all)
	}
	equal(t, "without the right to view", says(f.asHolder("deleter", access.DeleteRole), r.ID),
		"The role is in use: held by 10 users and more; included by 1 role.")
	equal(t, "who may view roles", says(f.asHolder("deleter2", access.DeleteRole, access.ViewRole), r.ID),
		"The role is in use: held by 10 users and more; included by chief.")
}

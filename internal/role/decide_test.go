package role_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/ident"
	"github.com/countersign/countersign/internal/page"
	"github.com/countersign/countersign/internal/role"
	"github.com/countersign/countersign/internal/user"
)

// decided are the decisions as text, in order.
func decided(t *testing.T, f *fixture, who access.Caller, q role.Question) []string {
	t.Helper()
	var all []string
	for _, d := range must(f.Decide(t.Context(), who, q))(t) {
		all = append(all, fmt.Sprintf("%s %v %s", d.Permission, d.Allowed, d.Reason))
	}
	return all
}

// A decision is what the subject holds at that moment, whoever asks: one may ask
// about oneself, and about others with the right to view them.
func TestDecide(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	ctx := t.Context()
	clerk := f.role("clerk", write)
	chief := f.role("chief")
	f.include(chief, clerk)
	plain, viewer := f.add("plain", read), f.asHolder("viewer", access.ViewUser)
	ok(t, f.Assign(ctx, operator, role.Assignment{To: plain, Role: chief.ID}))
	ask := role.Question{Permissions: []access.Permission{write, read, access.ViewKey, "shop.unheard_of", write}}
	about := func(id ident.UserID) role.Question { return role.Question{Subject: id, Permissions: ask.Permissions} }
	want := []string{"shop.write true held", "shop.read true held", "countersign.view_key false not_held",
		"shop.unheard_of false unknown_permission", "shop.write true held"}
	equal(t, "about oneself", decided(t, f, f.as(plain), ask), want)
	equal(t, "about oneself by id", decided(t, f, f.as(plain), about(plain)), want)
	equal(t, "about another", decided(t, f, viewer, about(plain)), want)

	stale := f.as(plain) // whose rights were read before
	ok(t, f.Exclude(ctx, operator, including(chief, clerk)))
	equal(t, "after a loss", decided(t, f, stale, ask)[:2], []string{"shop.write false not_held", "shop.read true held"})
	must(f.db.SetActive(ctx, plain, false))(t)
	equal(t, "disabled", decided(t, f, viewer, about(plain))[:2], []string{"shop.write false subject_disabled", "shop.read false subject_disabled"})
	equal(t, "nobody", decided(t, f, viewer, about("nobody"))[:1], []string{"shop.write false unknown_subject"})

	_, err := f.Decide(ctx, f.as(f.add("other")), about(plain))
	fails(t, "about another without the right", err, access.ErrForbidden)
	_, err = f.Decide(ctx, f.as(f.add("another")), about("nobody"))
	fails(t, "about nobody without the right", err, access.ErrForbidden)
	_, err = f.Decide(ctx, access.Caller{}, ask)
	fails(t, "as nobody", err, access.ErrAnonymous)
	_, err = f.Decide(ctx, viewer, role.Question{})
	fails(t, "nothing", err, role.ErrNothingAsked)
	_, err = f.Decide(ctx, viewer, role.Question{Permissions: slices.Repeat([]access.Permission{read}, access.MaxAsked+1)})
	fails(t, "too much", err, role.ErrAskedMore)
	equal(t, "as much as may be", len(decided(t, f, viewer, role.Question{Permissions: slices.Repeat([]access.Permission{read}, access.MaxAsked)})), access.MaxAsked)
}

// Pages of what somebody holds say each permission once, with why.
func TestExplain(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	ctx := t.Context()
	clerk, chief := f.role("clerk", write, access.ViewKey), f.role("chief", read)
	f.include(chief, clerk)
	plain := f.add("plain", read)
	ok(t, f.Assign(ctx, operator, role.Assignment{To: plain, Role: chief.ID}))
	all := func(who access.Caller, of ident.UserID) (lines []string) {
		r := page.Request{Limit: 2}
		for {
			p := must(f.Explain(ctx, who, of, r))(t)
			for _, e := range p.Items {
				var line strings.Builder
				line.WriteString(string(e.Permission))
				for _, path := range e.Paths {
					line.WriteString(" " + string(path.Kind))
					for _, r := range path.Roles {
						line.WriteString(">" + r.Name)
					}
				}
				lines = append(lines, line.String())
			}
			if r.After = p.Next; r.After.IsZero() {
				return lines
			}
		}
	}
	want := []string{"countersign.view_key role>chief>clerk", "shop.read direct role>chief", "shop.write role>chief>clerk"}
	equal(t, "of oneself", all(f.as(plain), plain), want)
	equal(t, "of another", all(f.asHolder("viewer", access.ViewUser), plain), want)
	_, err := f.Explain(ctx, f.as(f.add("other")), plain, page.Request{})
	fails(t, "without the right", err, access.ErrForbidden)
	_, err = f.Explain(ctx, operator, "nobody", page.Request{})
	fails(t, "nobody", err, user.ErrNotFound)
	equal(t, "of who holds nothing", all(operator, f.add("empty")), nil)

	u := must(f.db.User(ctx, plain))(t)
	u.Superuser = true
	ok(t, f.db.UpdateUser(ctx, u))
	lines := all(operator, plain)
	declared := must(f.db.PermissionNames(ctx, "", 1000))(t)
	equal(t, "how many a superuser holds", len(lines), len(declared))
	equal(t, "the last ones", lines[len(lines)-2:], []string{"shop.read superuser direct role>chief", "shop.write superuser role>chief>clerk"})
}

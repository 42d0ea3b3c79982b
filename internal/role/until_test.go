package role_test

import (
	"testing"
	"time"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/event"
	"github.com/countersign/countersign/internal/page"
	"github.com/countersign/countersign/internal/role"
	"github.com/countersign/countersign/internal/store"
	"github.com/countersign/countersign/internal/store/storetest"
)

// at is a service whose clock stands at another time.
func (f *fixture) at(now time.Time) *role.Service {
	s := *f.Service
	s.Now = func() time.Time { return now }
	return &s
}

// Giving again with another end is a change, with the ends before and after it.
func TestAssign_until(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		f := fixtureOn(t, db)
		ctx, r, holder := t.Context(), f.role("clerk", read), f.add("holder")
		hour, day := began.Add(time.Hour), began.Add(24*time.Hour)
		text := func(at time.Time) any { return at.Format(time.RFC3339) }
		type ends = map[string]any
		for i, c := range []struct {
			until               time.Time
			said, before, after any
		}{
			{hour, text(hour), nil, nil},
			{day, nil, ends{"until": text(hour)}, ends{"until": text(day)}},
			{time.Time{}, nil, ends{"until": text(day)}, ends{"until": nil}},
			{hour, nil, ends{"until": nil}, ends{"until": text(hour)}},
		} {
			_, rv := f.versions(holder)
			for range 2 {
				ok(t, f.Assign(ctx, operator, role.Assignment{To: holder, Role: r.ID, Until: c.until}))
				ok(t, f.GrantToUser(ctx, operator, role.Grant{To: holder, Permission: write, Until: c.until}))
			}
			if _, v := f.versions(holder); v != rv+2 {
				t.Errorf("step %d: %d changes, want one of each", i, v-rv)
			}
			for _, what := range []event.Action{event.UserRoleAssigned, event.UserPermGranted} {
				all := f.events(what)
				equal(t, "how many", len(all), i+1)
				e := all[i]
				equal(t, string(what), []any{detail(t, e, "until"), detail(t, e, "before"), detail(t, e, "after")}, []any{c.said, c.before, c.after})
				if e.Cutoff == nil {
					t.Errorf("step %d: %s cuts nothing off", i, what)
				}
			}
			equal(t, "until", f.rights(holder).Until, c.until)
		}
	})
}

// What has ended is not held, begins anew when it is given again, and can be taken.
func TestAssign_after_the_end(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	ctx, r, holder := t.Context(), f.role("clerk", read), f.add("holder")
	end := began.Add(time.Hour)
	ok(t, f.Assign(ctx, operator, role.Assignment{To: holder, Role: r.ID, Until: end}))
	allowed := func(now time.Time) bool {
		return must(f.at(now).Decide(ctx, operator, role.Question{Subject: holder, Permissions: []access.Permission{read}}))(t)[0].Allowed
	}
	explained := func(now time.Time) []access.Explained {
		return must(f.at(now).Explain(ctx, operator, holder, page.Request{Limit: 10}))(t).Items
	}
	equal(t, "just before", allowed(end.Add(-time.Millisecond)), true)
	equal(t, "the path", explained(began)[0].Paths[0].Until, end)
	equal(t, "at the end", allowed(end), false)
	equal(t, "what is explained", len(explained(end)), 0)
	equal(t, "its roles", len(must(f.at(end).UserRoles(ctx, operator, holder))(t)), 0)

	ok(t, f.at(end).Assign(ctx, operator, role.Assignment{To: holder, Role: r.ID, Until: end.Add(time.Hour)}))
	equal(t, "given again", allowed(end), true)
	again := f.events(event.UserRoleAssigned)[1]
	equal(t, "as if it were new", []any{detail(t, again, "before"), detail(t, again, "until")}, []any{nil, "2027-01-15T10:00:00Z"})
	ok(t, f.at(end.Add(2*time.Hour)).Unassign(ctx, operator, holder, r.ID))
	equal(t, "taken", len(f.events(event.UserRoleRemoved)), 1)
}

// Case H22: an administrator for a while gives nothing that outlives it, neither to
// themselves nor to others, nor into roles.
func TestUntil_escalation(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	ctx, end := t.Context(), began.Add(time.Hour)
	r := f.role("admin", access.ChangeUser, access.ChangeRole, access.AddRole, read)
	id, other := f.add("deputy"), f.add("other")
	ok(t, f.Assign(ctx, operator, role.Assignment{To: id, Role: r.ID, Until: end}))
	mine := f.role("mine", access.ChangeUser, access.ChangeRole, access.AddRole)
	who := f.as(id)
	assign := func(to role.Assignment) error { to.Role = r.ID; return f.Assign(ctx, who, to) }
	grant := func(to role.Grant) error { to.Permission = read; return f.GrantToUser(ctx, who, to) }
	for name, c := range map[string]struct{ got, want error }{
		"role for ever":           {assign(role.Assignment{To: id}), access.ErrGivesLonger},
		"role for longer":         {assign(role.Assignment{To: id, Until: end.Add(time.Millisecond)}), access.ErrGivesLonger},
		"role to another":         {assign(role.Assignment{To: other}), access.ErrGivesLonger},
		"permission for ever":     {grant(role.Grant{To: id}), access.ErrGivesLonger},
		"permission for longer":   {grant(role.Grant{To: other, Until: end.Add(time.Hour)}), access.ErrGivesLonger},
		"permission into a role":  {f.GrantToRole(ctx, who, mine.ID, read), access.ErrGivesLonger},
		"role into a role":        {f.Include(ctx, who, role.Inclusion{Role: mine.ID, Included: r.ID}), access.ErrGivesLonger},
		"a role of one's own":     {second(f.Create(ctx, who, role.Draft{Name: "new", Permissions: []access.Permission{read}})), access.ErrGivesLonger},
		"in the past":             {assign(role.Assignment{To: other, Until: began}), access.ErrUntilPast},
		"permission in the past":  {grant(role.Grant{To: other, Until: began}), access.ErrUntilPast},
		"in a thousand years":     {f.Assign(ctx, operator, role.Assignment{To: other, Role: r.ID, Until: began.AddDate(1000, 0, 0)}), access.ErrUntilFar},
		"role for as long":        {assign(role.Assignment{To: other, Until: end}), nil},
		"permission for as long":  {grant(role.Grant{To: other, Until: end}), nil},
		"an empty role of theirs": {second(f.Create(ctx, who, role.Draft{Name: "empty"})), nil},
	} {
		fails(t, name, c.got, c.want)
	}
	equal(t, "until", f.rights(id).Until, end)
	equal(t, "for how long the other one has it", f.rights(other).Limited[read], end)
}

func second[T any](_ T, err error) error { return err }

// What has ended is removed once, whoever looks, and recorded; what goes on stays.
func TestRemoveEnded(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		f := fixtureOn(t, db)
		ctx, r, holder, end := t.Context(), f.role("clerk", read), f.add("holder", read), began.Add(time.Hour)
		ok(t, f.Assign(ctx, operator, role.Assignment{To: holder, Role: r.ID, Until: end}))
		ok(t, f.GrantToUser(ctx, operator, role.Grant{To: holder, Permission: write, Until: end}))
		_, rv := f.versions(holder)
		equal(t, "before the end", must(f.RemoveEnded(ctx, end.Add(-time.Millisecond), 10))(t), 0)
		together(t, 4, func(int) error { return second(f.RemoveEnded(ctx, end, 10)) })
		equal(t, "again", must(f.RemoveEnded(ctx, end, 10))(t), 0)
		ended := f.events(event.UserRoleEnded)
		equal(t, "roles that ended", len(ended), 1)
		equal(t, "the role", []any{ended[0].Subject.ID, ended[0].Actor.Kind, detail(t, ended[0], "role"), detail(t, ended[0], "until")},
			[]any{string(holder), access.Operator, "clerk", end.Format(time.RFC3339)})
		equal(t, "grants that ended", len(f.events(event.UserPermEnded)), 1)
		if _, v := f.versions(holder); v != rv {
			t.Errorf("rights version %d, want %d: no token outlives what it carries", v, rv)
		}
		equal(t, "what is left", f.rights(holder), access.Rights{Permissions: []access.Permission{read}})
	})
}

package role_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/event"
	"github.com/countersign/countersign/internal/fault"
	"github.com/countersign/countersign/internal/role"
	"github.com/countersign/countersign/internal/store"
	"github.com/countersign/countersign/internal/store/storetest"
)

// twoAudiences is the fixture of an installation that issues for two.
func twoAudiences(t *testing.T, db *store.DB) *fixture {
	f := fixtureOn(t, db)
	f.Audiences = []string{"shop", "books"}
	return f
}

func (f *fixture) bound(name, audience string, gives ...access.Permission) role.Role {
	f.t.Helper()
	return must(f.Create(f.t.Context(), operator, role.Draft{Name: name, Audience: audience, Permissions: gives}))(f.t)
}

func TestRole_is_bound_to_an_audience_that_there_is(t *testing.T) {
	t.Parallel()
	f := twoAudiences(t, storetest.New(t))
	ctx := t.Context()
	r := f.bound("clerk", "shop", read)
	equal(t, "the role", must(f.Role(ctx, operator, r.ID))(t), r)
	equal(t, "what is recorded", detail(t, f.only(event.RoleCreated, operator, event.Role(r.ID, "clerk")), "audience"), any("shop"))
	for _, unknown := range []string{"toys", "Shop", " shop", "shop,books"} {
		_, err := f.Create(ctx, operator, role.Draft{Name: "x", Audience: unknown})
		_, err2 := f.Update(ctx, operator, r.ID, role.Change{Audience: &unknown})
		for _, err := range []error{err, err2} {
			fails(t, unknown, err, access.ErrAudienceUnknown)
			if says := fault.Of(err).Fields["audience"]; len(says) != 1 || !strings.Contains(says[0], "There is: shop, books.") {
				t.Errorf("%s: %q", unknown, says)
			}
		}
	}
	f.Audiences = []string{"books"} // the configuration was changed: what is bound stays so
	equal(t, "described", must(f.Update(ctx, operator, r.ID, role.Change{Description: new("x"), Audience: new("shop")}))(t).Audience, "shop")
	f.Audiences = nil
	_, err := f.Create(ctx, operator, role.Draft{Name: "x", Audience: "books"})
	fails(t, "where there is none", err, access.ErrAudienceUnknown)
}

// Binding a role otherwise is a loss to whoever has a token that lists it.
func TestUpdate_audience(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		f := twoAudiences(t, db)
		r := f.role("clerk", read)
		holder := f.add("holder")
		ok(t, f.Assign(t.Context(), operator, role.Assignment{To: holder, Role: r.ID}))
		for i, audience := range []string{"shop", "books", ""} {
			av, rv := f.versions(holder)
			after := must(f.Update(t.Context(), operator, r.ID, role.Change{Audience: &audience}))(t)
			equal(t, "what Update returns", after, must(f.Role(t.Context(), operator, r.ID))(t))
			equal(t, "the audience", after.Audience, audience)
			e := f.events(event.RoleUpdated)[i]
			roleCutOff(t, e, "clerk", av+1)
			equal(t, "after", detail(t, e, "after"), any(map[string]any{"name": "clerk", "description": "", "audience": audience}))
			equal(t, "before", detail(t, e, "before").(map[string]any)["audience"], any([]string{"", "shop", "books"}[i]))
			if a, v := f.versions(holder); a != av+1 || v != rv {
				t.Errorf("versions %d %d, want %d %d", a, v, av+1, rv)
			}
			must(f.Update(t.Context(), operator, r.ID, role.Change{Audience: &audience}))(t)
			equal(t, "events", len(f.events(event.RoleUpdated)), i+1)
			equal(t, "a decision", f.rights(holder).Holds(read), true) // it is about the person
		}
	})
}

// Tokens for other audiences do not list a bound role, so what it includes is cut off
// by name when the role includes it no more.
func TestBound_role_loses_what_it_includes(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		do   func(f *fixture, chief, clerk role.Role) error
		want []string
	}{
		"excluded": {func(f *fixture, chief, clerk role.Role) error {
			return f.Exclude(f.t.Context(), operator, including(chief, clerk))
		}, []string{"chief", "clerk", "reader"}},
		"deleted": {func(f *fixture, chief, _ role.Role) error {
			return f.DeleteInUse(f.t.Context(), operator, chief.ID)
		}, []string{"chief", "clerk", "reader"}},
		"bound otherwise": {func(f *fixture, chief, _ role.Role) error {
			_, err := f.Update(f.t.Context(), operator, chief.ID, role.Change{Audience: new("")})
			return err
		}, []string{"chief", "clerk", "reader"}},
		"renamed": {func(f *fixture, chief, _ role.Role) error {
			_, err := f.Update(f.t.Context(), operator, chief.ID, role.Change{Name: new("boss")})
			return err
		}, []string{"chief"}},
		"one permission less": {func(f *fixture, chief, _ role.Role) error {
			return f.RevokeFromRole(f.t.Context(), operator, chief.ID, write)
		}, []string{"chief"}},
		"an unbound one excluded": {func(f *fixture, _, clerk role.Role) error {
			reader := must(f.RoleByName(f.t.Context(), operator, "reader"))(f.t)
			return f.Exclude(f.t.Context(), operator, including(clerk, reader))
		}, []string{"clerk"}},
	} {
		f := twoAudiences(t, storetest.New(t))
		chief, clerk := f.bound("chief", "shop", write), f.role("clerk", read)
		f.include(chief, clerk)
		f.include(clerk, f.bound("reader", "books"))
		f.include(clerk, f.bound("seller", "shop")) // listed wherever the chief is
		ok(t, c.do(f, chief, clerk))
		av := must(f.db.AccessVersion(t.Context()))(t)
		var cut []string
		for _, e := range f.events("") {
			if e.Cutoff != nil {
				cut = append(cut, e.Cutoff.ID)
				roleCutOff(t, e, e.Cutoff.ID, av)
			}
		}
		slices.Sort(cut)
		equal(t, name, cut, c.want)
	}
}

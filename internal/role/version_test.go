package role_test

import (
	"errors"
	"testing"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/role"
	"github.com/countersign/countersign/internal/store"
	"github.com/countersign/countersign/internal/store/storetest"
)

// What was read before somebody else's change is not written over it: nothing of the
// change is kept, neither version nor event.
func TestIfVersion(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		f := fixtureOn(t, db)
		ctx := t.Context()
		other := f.role("other")
		for name, change := range map[string]func(*role.Service, role.Role) error{
			"update": func(s *role.Service, r role.Role) error {
				_, err := s.Update(ctx, operator, r.ID, role.Change{Description: new("Mine.")})
				return err
			},
			"rename": func(s *role.Service, r role.Role) error {
				_, err := s.Update(ctx, operator, r.ID, role.Change{Name: new("mine of " + r.Name)})
				return err
			},
			"update to what it is": func(s *role.Service, r role.Role) error {
				_, err := s.Update(ctx, operator, r.ID, role.Change{Name: &r.Name})
				return err
			},
			"delete":        func(s *role.Service, r role.Role) error { return s.Delete(ctx, operator, r.ID) },
			"delete in use": func(s *role.Service, r role.Role) error { return s.DeleteInUse(ctx, operator, r.ID) },
			"grant":         func(s *role.Service, r role.Role) error { return s.GrantToRole(ctx, operator, r.ID, write) },
			"grant again":   func(s *role.Service, r role.Role) error { return s.GrantToRole(ctx, operator, r.ID, read) },
			"revoke":        func(s *role.Service, r role.Role) error { return s.RevokeFromRole(ctx, operator, r.ID, read) },
			"revoke what it does not have": func(s *role.Service, r role.Role) error {
				return s.RevokeFromRole(ctx, operator, r.ID, write)
			},
			"include": func(s *role.Service, r role.Role) error { return s.Include(ctx, operator, including(r, other)) },
			"exclude": func(s *role.Service, r role.Role) error { return s.Exclude(ctx, operator, including(r, other)) },
		} {
			seen := f.role("on "+name, read)
			if name == "exclude" {
				f.include(seen, other)
			}
			now := must(f.Update(ctx, operator, seen.ID, role.Change{Description: new("Theirs.")}))(t)
			events, av := len(f.events("")), must(db.AccessVersion(ctx))(t)
			for what, s := range map[string]*role.Service{"an older version": f.IfVersion(now.Version - 1), "no version": f.IfVersion()} {
				fails(t, name+" with "+what, change(s, now), role.ErrVersion)
				equal(t, name+": the role", must(f.Role(ctx, operator, now.ID))(t), now)
			}
			if len(f.events("")) != events || must(db.AccessVersion(ctx))(t) != av {
				t.Errorf("%s: a refused change was recorded, or cut something off", name)
			}
			ok(t, change(f.IfVersion(seen.Version, now.Version), now))
		}
	})
}

// Who may not change a role is told so, and nothing of its version.
func TestIfVersion_permission_first(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	r := f.role("r", read)
	for name, c := range map[string]struct {
		who  access.Caller
		want error
	}{
		"without the permission": {f.asHolder("viewer", access.ViewRole), access.ErrForbidden},
		"who holds less":         {f.asHolder("changer", access.ChangeRole), access.ErrHoldsMore},
	} {
		_, err := f.IfVersion(7).Update(t.Context(), c.who, r.ID, role.Change{Name: new("x")})
		fails(t, name, err, c.want)
		fails(t, name, f.IfVersion(7).GrantToRole(t.Context(), c.who, r.ID, read), c.want)
	}
	fails(t, "no role", f.IfVersion(0).Delete(t.Context(), operator, "nothing"), role.ErrNotFound)
}

// Of many who change what they read at the same moment, one does.
func TestIfVersion_race(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		f := fixtureOn(t, db)
		r := f.role("contested")
		const editors = 8
		errs := make([]error, editors)
		together(t, editors, func(i int) error {
			s := f.IfVersion(r.Version)
			switch i % 3 {
			case 0:
				_, errs[i] = s.Update(t.Context(), operator, r.ID, role.Change{Name: new(string(rune('a' + i)))})
			case 1:
				errs[i] = s.GrantToRole(t.Context(), operator, r.ID, read)
			default:
				_, errs[i] = s.Update(t.Context(), operator, r.ID, role.Change{Description: new(string(rune('a' + i)))})
			}
			return nil
		})
		won := 0
		for _, err := range errs {
			if err == nil {
				won++
			} else if !errors.Is(err, role.ErrVersion) {
				t.Error(err)
			}
		}
		if won != 1 {
			t.Errorf("%d changed one version, want one", won)
		}
		equal(t, "the version", must(f.Role(t.Context(), operator, r.ID))(t).Version, r.Version+1)
	})
}

package catalogue

import (
	"context"
	"errors"
	"slices"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/ident"
	"github.com/countersign/countersign/internal/role"
)

// Service applies catalogues.
type Service struct {
	Roles *role.Service
}

// errPlanned rolls the application back of which only the report is wanted.
var errPlanned = errors.New("this was a plan")

// Plan returns what Apply would do now. It needs what Apply needs and keeps nothing.
func (s *Service) Plan(ctx context.Context, who access.Caller, c Catalogue) ([]Change, error) {
	changes, err := s.apply(ctx, who, c, errPlanned)
	if errors.Is(err, errPlanned) {
		return changes, nil
	}
	return nil, err
}

// Apply makes what the catalogue names what it says, and returns what that changed,
// nothing when it was so before. It needs the permissions of each change: see package
// role, whose refusals are returned with the name that they are about.
func (s *Service) Apply(ctx context.Context, who access.Caller, c Catalogue) ([]Change, error) {
	changes, err := s.apply(ctx, who, c, nil)
	if err != nil {
		return nil, err
	}
	return changes, nil
}

func (s *Service) apply(ctx context.Context, who access.Caller, c Catalogue, then error) ([]Change, error) {
	var a *application
	err := s.Roles.Together(ctx, func(roles *role.Service) error {
		a = &application{roles: roles, who: who} // a transaction may run again
		for _, step := range []func(context.Context, Catalogue) error{a.permissions, a.makeRoles, a.fillRoles, a.exclude, a.include} {
			if err := step(ctx, c); err != nil {
				return err
			}
		}
		return then
	})
	if a == nil {
		return nil, err
	}
	return a.changes, err
}

// application is one run over a catalogue, in one transaction.
type application struct {
	roles   *role.Service
	who     access.Caller
	changes []Change
}

func (a *application) did(c Change) { a.changes = append(a.changes, c) }

// permissions declares what is not declared and describes what is described
// otherwise.
func (a *application) permissions(ctx context.Context, c Catalogue) error {
	for _, p := range c.Permissions {
		change := Change{Kind: PermissionKind, Name: string(p.Name), To: p.Description}
		known, err := a.roles.Permission(ctx, a.who, p.Name)
		switch {
		case errors.Is(err, role.ErrPermissionNotFound):
			change.Action = Create
			_, err = a.roles.CreatePermission(ctx, a.who, role.Permission{Name: p.Name, Description: p.Description})
		case err == nil && known.Description == p.Description:
			continue
		case err == nil:
			change.Action, change.From = Describe, known.Description
			_, err = a.roles.UpdatePermission(ctx, a.who, p.Name, p.Description)
		}
		if err != nil {
			return about(err, "permission %s", quote(string(p.Name)))
		}
		a.did(change)
	}
	return nil
}

// makeRoles makes the roles that are not there, with what they give themselves.
func (a *application) makeRoles(ctx context.Context, c Catalogue) error {
	for _, r := range c.Roles {
		_, err := a.roles.RoleByName(ctx, a.who, r.Name)
		if err == nil {
			continue
		}
		if !errors.Is(err, role.ErrNotFound) {
			return about(err, "role %s", quote(r.Name))
		}
		draft := role.Draft{Name: r.Name, Permissions: r.Permissions}
		if r.Description != nil {
			draft.Description = *r.Description
		}
		if r.Audience != nil {
			draft.Audience = *r.Audience
		}
		if _, err := a.roles.Create(ctx, a.who, draft); err != nil {
			return about(err, "role %s", quote(r.Name))
		}
		a.did(Change{Kind: RoleKind, Name: r.Name, Action: Create, To: draft.Description})
		if draft.Audience != "" {
			a.did(Change{Kind: RoleKind, Name: r.Name, Action: Bind, To: draft.Audience})
		}
		for _, p := range r.Permissions {
			a.did(Change{Kind: RoleKind, Name: r.Name, Action: Grant, To: string(p)})
		}
	}
	return nil
}

// fillRoles gives every role its description and its own permissions.
func (a *application) fillRoles(ctx context.Context, c Catalogue) error {
	for _, want := range c.Roles {
		if err := a.fill(ctx, want); err != nil {
			return about(err, "role %s", quote(want.Name))
		}
	}
	return nil
}

func (a *application) fill(ctx context.Context, want Role) error {
	is, err := a.roles.RoleByName(ctx, a.who, want.Name)
	if err != nil {
		return err
	}
	if want.Description != nil && *want.Description != is.Description {
		if _, err := a.roles.Update(ctx, a.who, is.ID, role.Change{Description: want.Description}); err != nil {
			return err
		}
		a.did(Change{Kind: RoleKind, Name: want.Name, Action: Describe, From: is.Description, To: *want.Description})
	}
	if want.Audience != nil && *want.Audience != is.Audience {
		if _, err := a.roles.Update(ctx, a.who, is.ID, role.Change{Audience: want.Audience}); err != nil {
			return err
		}
		a.did(Change{Kind: RoleKind, Name: want.Name, Action: Bind, From: is.Audience, To: *want.Audience})
	}
	if want.Permissions == nil {
		return nil
	}
	for _, p := range is.Permissions {
		if slices.Contains(want.Permissions, p) {
			continue
		}
		if err := a.roles.RevokeFromRole(ctx, a.who, is.ID, p); err != nil {
			return about(err, "permission %s", p)
		}
		a.did(Change{Kind: RoleKind, Name: want.Name, Action: Revoke, From: string(p)})
	}
	for _, p := range want.Permissions {
		if slices.Contains(is.Permissions, p) {
			continue
		}
		if err := a.roles.GrantToRole(ctx, a.who, is.ID, p); err != nil {
			return about(err, "permission %s", p)
		}
		a.did(Change{Kind: RoleKind, Name: want.Name, Action: Grant, To: string(p)})
	}
	return nil
}

// exclude ends inclusions of all roles before include makes any: an inclusion that is
// turned round is no circle then.
func (a *application) exclude(ctx context.Context, c Catalogue) error {
	for _, want := range c.Roles {
		if want.Includes == nil {
			continue
		}
		is, err := a.roles.RoleByName(ctx, a.who, want.Name)
		if err != nil {
			return about(err, "role %s", quote(want.Name))
		}
		for _, other := range is.Includes {
			if slices.Contains(want.Includes, other.Name) {
				continue
			}
			if err := a.roles.Exclude(ctx, a.who, role.Inclusion{Role: is.ID, Included: other.ID}); err != nil {
				return about(err, "role %s: exclude %s", quote(want.Name), quote(other.Name))
			}
			a.did(Change{Kind: RoleKind, Name: want.Name, Action: Exclude, From: other.Name})
		}
	}
	return nil
}

func (a *application) include(ctx context.Context, c Catalogue) error {
	for _, want := range c.Roles {
		is, err := a.roles.RoleByName(ctx, a.who, want.Name)
		if err != nil {
			return about(err, "role %s", quote(want.Name))
		}
		for _, name := range want.Includes {
			if slices.ContainsFunc(is.Includes, func(r role.Ref) bool { return r.Name == name }) {
				continue
			}
			if err := a.includeOne(ctx, is.ID, name); err != nil {
				return about(err, "role %s: include %s", quote(want.Name), quote(name))
			}
			a.did(Change{Kind: RoleKind, Name: want.Name, Action: Include, To: name})
		}
	}
	return nil
}

func (a *application) includeOne(ctx context.Context, in ident.RoleID, name string) error {
	other, err := a.roles.RoleByName(ctx, a.who, name)
	if err != nil {
		return err
	}
	return a.roles.Include(ctx, a.who, role.Inclusion{Role: in, Included: other.ID})
}

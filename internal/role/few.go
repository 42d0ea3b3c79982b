package role

import (
	"context"
	"slices"
	"time"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/ident"
)

// MaxCounted is how far a list that can be as long as the accounts are many is
// counted.
const MaxCounted = 1000

// Few is the beginning of a list that can be long.
type Few[T any] struct {
	First []T
	Count int64 // of all, MaxCounted at most
	More  bool  // there are more than Count
}

// Holder names an account that has something.
type Holder struct {
	ID       ident.UserID
	Username string
	Until    time.Time // when it ends; zero for never
}

// Uses is what the pages of a role and of a permission ask of the store: who has
// them. Each list begins with what the index has first, at most n of it.
type Uses interface {
	// RoleWithIncluded returns the role and all that it includes, directly or by
	// others, in any order, as of one moment. ErrNotFound.
	RoleWithIncluded(ctx context.Context, id ident.RoleID) ([]Role, error)

	// RoleHolders are the accounts that have the role itself, which has not ended at a
	// moment, and RoleIncluders the roles that include it directly.
	RoleHolders(ctx context.Context, id ident.RoleID, at time.Time, n int) (Few[Holder], error)
	RoleIncluders(ctx context.Context, id ident.RoleID, n int) (Few[Ref], error)

	// PermissionHolders are the accounts that hold the permission directly, which has
	// not ended at a moment, and PermissionRoles the roles that hold it themselves.
	PermissionHolders(ctx context.Context, p access.Permission, at time.Time, n int) (Few[Holder], error)
	PermissionRoles(ctx context.Context, p access.Permission, n int) (Few[Ref], error)
}

// Holders returns the first n accounts that have a role itself, not by another one,
// and how many have it. It needs access.ViewRole and access.ViewUser. A role that does
// not exist has none.
func (s *Service) Holders(ctx context.Context, who access.Caller, id ident.RoleID, n int) (Few[Holder], error) {
	if err := requireBoth(who, access.ViewRole, access.ViewUser); err != nil {
		return Few[Holder]{}, err
	}
	return s.Store.RoleHolders(ctx, id, s.Now(), n)
}

// Includers returns the first n roles that include a role directly, and how many do.
// It needs access.ViewRole. A role that does not exist has none.
func (s *Service) Includers(ctx context.Context, who access.Caller, id ident.RoleID, n int) (Few[Ref], error) {
	if err := who.Require(access.ViewRole); err != nil {
		return Few[Ref]{}, err
	}
	return s.Store.RoleIncluders(ctx, id, n)
}

// PermissionHolders returns the first n accounts that hold a permission directly, and
// how many do. It needs access.ViewPermission and access.ViewUser.
func (s *Service) PermissionHolders(ctx context.Context, who access.Caller, p access.Permission, n int) (Few[Holder], error) {
	if err := requireBoth(who, access.ViewPermission, access.ViewUser); err != nil {
		return Few[Holder]{}, err
	}
	return s.Store.PermissionHolders(ctx, p, s.Now(), n)
}

// PermissionRoles returns the first n roles that hold a permission themselves, and
// how many do. It needs access.ViewPermission and access.ViewRole.
func (s *Service) PermissionRoles(ctx context.Context, who access.Caller, p access.Permission, n int) (Few[Ref], error) {
	if err := requireBoth(who, access.ViewPermission, access.ViewRole); err != nil {
		return Few[Ref]{}, err
	}
	return s.Store.PermissionRoles(ctx, p, n)
}

func requireBoth(who access.Caller, a, b access.Permission) error {
	if err := who.Require(a); err != nil {
		return err
	}
	return who.Require(b)
}

// Givable returns the first n permissions that the caller can give to a role, by name,
// and whether there are more: those that they hold for ever, of a superuser all that
// are declared.
// Everybody who is signed in may ask.
func (s *Service) Givable(ctx context.Context, who access.Caller, n int) (first []access.Permission, more bool, err error) {
	if err := who.RequireAuthenticated(); err != nil {
		return nil, false, err
	}
	if !who.Rights.Superuser {
		for _, p := range who.Rights.Permissions {
			if who.Rights.HoldsUntil(p, forever) {
				first = append(first, p)
			}
		}
	} else if first, err = s.Store.PermissionNames(ctx, "", n+1); err != nil {
		return nil, false, err
	}
	return first[:min(n, len(first))], len(first) > n, nil
}

// Undeclared returns those of the names that no permission has, in their order.
// Everybody who is signed in may ask, as a decision tells the same.
func (s *Service) Undeclared(ctx context.Context, who access.Caller, names []access.Permission) ([]access.Permission, error) {
	if err := who.RequireAuthenticated(); err != nil || len(names) == 0 {
		return nil, err
	}
	declared, err := s.Store.Declared(ctx, names)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(slices.Clone(names), func(p access.Permission) bool { return slices.Contains(declared, p) }), nil
}

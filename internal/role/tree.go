package role

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/ident"
)

// Branch is a role with the branches that it includes directly, by name.
type Branch struct {
	Role     Role
	Branches []Branch

	// Repeated says that the role stands in the tree before this, and its branches
	// there. So a tree has no more branches than there are inclusions in it, however
	// many ways lead to a role.
	Repeated bool
}

// Source is a permission with the roles that it comes from, by name.
type Source struct {
	Permission access.Permission
	Roles      []Ref
}

// Tree returns a role with all that it includes, MaxDepth deep and MaxIncluded roles
// at most. It needs access.ViewRole. ErrNotFound.
func (s *Service) Tree(ctx context.Context, who access.Caller, id ident.RoleID) (Branch, error) {
	if err := who.Require(access.ViewRole); err != nil {
		return Branch{}, err
	}
	all, err := s.Store.RoleWithIncluded(ctx, id)
	if err != nil {
		return Branch{}, err
	}
	roles := make(map[ident.RoleID]Role, len(all))
	for _, r := range all {
		roles[r.ID] = r
	}
	return branch(id, roles, map[ident.RoleID]bool{}), nil
}

// branch is the tree below a role. What was deleted while the roles were read is not
// among them, and left out.
func branch(id ident.RoleID, roles map[ident.RoleID]Role, seen map[ident.RoleID]bool) Branch {
	b := Branch{Role: roles[id], Repeated: seen[id] && len(roles[id].Includes) > 0}
	if seen[id] {
		return b
	}
	seen[id] = true
	for _, other := range b.Role.Includes {
		if _, known := roles[other.ID]; known {
			b.Branches = append(b.Branches, branch(other.ID, roles, seen))
		}
	}
	return b
}

// Sources returns what the role gives because of the roles that it includes, by
// permission, with those of them that have it themselves.
func (b Branch) Sources() []Source {
	from := map[access.Permission][]Ref{}
	seen := map[ident.RoleID]bool{}
	var walk func(Branch)
	walk = func(at Branch) {
		for _, each := range at.Branches {
			if !seen[each.Role.ID] {
				seen[each.Role.ID] = true
				for _, p := range each.Role.Permissions {
					from[p] = append(from[p], Ref{ID: each.Role.ID, Name: each.Role.Name})
				}
			}
			walk(each)
		}
	}
	walk(b)
	all := make([]Source, 0, len(from))
	for _, p := range slices.Sorted(maps.Keys(from)) {
		slices.SortFunc(from[p], func(a, b Ref) int {
			return cmp.Or(strings.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID))
		})
		all = append(all, Source{Permission: p, Roles: from[p]})
	}
	return all
}

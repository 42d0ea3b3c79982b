package access

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/countersign/countersign/internal/ident"
)

// MaxPaths is how many paths explain one permission at most.
const MaxPaths = 20

// Holding is what an account holds with where it comes from, as of one moment.
type Holding struct {
	Active, Staff, Superuser bool

	Direct []Grant     // granted to the account itself, sorted
	Held   []GivenRole // the roles that it was given

	// Roles are those that it was given and those that they include.
	Roles map[ident.RoleID]HeldRole
}

// Grant is a permission that was given to an account directly.
type Grant struct {
	Permission Permission
	Until      time.Time // when it ends; zero for never
}

// GivenRole is a role that an account was given.
type GivenRole struct {
	ID    ident.RoleID
	Until time.Time // when it ends; zero for never
}

// HeldRole is a role of a Holding.
type HeldRole struct {
	Name     string
	Audience string         // that it is bound to; "" for none
	Gives    []Permission   // itself
	Includes []ident.RoleID // directly
}

// PathKind says how a permission comes to an account.
type PathKind string

// The kinds of paths.
const (
	BySuperuser PathKind = "superuser"
	ByGrant     PathKind = "direct"
	ByRole      PathKind = "role"
)

// Path is one way by which an account holds a permission.
type Path struct {
	Kind PathKind

	// Roles lead from the role that the account was given to the one that has the
	// permission; empty unless Kind is ByRole.
	Roles []PathRole

	// Until is when what was given to the account ends, and the path with it; zero
	// for never.
	Until time.Time
}

// PathRole is a role on a path.
type PathRole struct {
	ID   ident.RoleID
	Name string
}

// Explained is a permission with the paths by which it is held: the superuser's
// first, then the direct grant, then the shortest by each role that was given to
// each role that gives it, shortest first. At most MaxPaths of them are listed.
type Explained struct {
	Permission Permission
	Paths      []Path
	LeftOut    int // paths that are not listed
}

// Rights returns what the holding adds up to.
func (h Holding) Rights() Rights {
	r := Rights{Superuser: h.Superuser, Staff: h.Staff}
	var all Sum
	for _, g := range h.Direct {
		all.Permission(g.Permission, g.Until, "")
	}
	for _, given := range h.Held {
		for _, id := range h.reached(given.ID) {
			role := h.Roles[id]
			all.Role(role.Name, given.Until, role.Audience)
			for _, p := range role.Gives {
				all.Permission(p, given.Until, role.Audience)
			}
		}
	}
	all.Into(&r)
	return r
}

// reached are a role that was given and those that it includes, directly or by
// others.
func (h Holding) reached(from ident.RoleID) []ident.RoleID {
	found := []ident.RoleID{from}
	for i := 0; i < len(found); i++ {
		for _, id := range h.Roles[found[i]].Includes {
			if _, known := h.Roles[id]; known && !slices.Contains(found, id) {
				found = append(found, id)
			}
		}
	}
	return found
}

// Subject returns the account of the holding as decisions are made about it.
func (h Holding) Subject() Subject {
	return Subject{Exists: true, Active: h.Active, Rights: h.Rights()}
}

// Explain returns the permissions with the paths by which the account holds them.
// What it does not hold is left out.
func (h Holding) Explain(all []Permission) []Explained {
	ways, until := h.ways(), map[ident.RoleID]time.Time{}
	for _, given := range h.Held {
		until[given.ID] = given.Until
	}
	var explained []Explained
	for _, p := range all {
		e := Explained{Permission: p}
		if h.Superuser {
			e.Paths = append(e.Paths, Path{Kind: BySuperuser})
		}
		for _, g := range h.Direct {
			if g.Permission == p {
				e.Paths = append(e.Paths, Path{Kind: ByGrant, Until: g.Until})
			}
		}
		for _, way := range ways {
			if _, gives := slices.BinarySearch(h.Roles[way[len(way)-1].ID].Gives, p); gives {
				e.Paths = append(e.Paths, Path{Kind: ByRole, Roles: way, Until: until[way[0].ID]})
			}
		}
		if len(e.Paths) == 0 {
			continue
		}
		e.LeftOut = max(0, len(e.Paths)-MaxPaths)
		e.Paths = e.Paths[:len(e.Paths)-e.LeftOut]
		explained = append(explained, e)
	}
	return explained
}

// ways returns the shortest way from each role that the account was given to each
// role that it leads to, shortest first, then by the names on it. There can be any
// number of longer ones.
func (h Holding) ways() [][]PathRole {
	var all [][]PathRole
	for _, given := range h.Held {
		seen := map[ident.RoleID]bool{given.ID: true}
		level := [][]PathRole{{h.step(given.ID)}}
		for len(level) > 0 {
			all = append(all, level...)
			var next [][]PathRole
			for _, way := range level {
				for _, id := range h.Roles[way[len(way)-1].ID].Includes {
					if _, known := h.Roles[id]; known && !seen[id] {
						seen[id] = true
						next = append(next, append(slices.Clip(way), h.step(id)))
					}
				}
			}
			level = next
		}
	}
	slices.SortFunc(all, func(a, b []PathRole) int {
		return cmp.Or(cmp.Compare(len(a), len(b)), slices.CompareFunc(a, b, func(a, b PathRole) int { return strings.Compare(a.Name, b.Name) }))
	})
	return all
}

func (h Holding) step(id ident.RoleID) PathRole { return PathRole{ID: id, Name: h.Roles[id].Name} }

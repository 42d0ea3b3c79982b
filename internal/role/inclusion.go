package role

import (
	"slices"

	"github.com/countersign/countersign/internal/fault"
	"github.com/countersign/countersign/internal/ident"
)

// The bounds of inclusion. They keep a token that lists included roles, and an edit
// that concerns all the roles around one, small.
const (
	// MaxDepth is the longest chain: a role that includes one that includes one,
	// counted in inclusions.
	MaxDepth = 8

	// MaxIncluded is how many roles a role may include, directly or by others.
	MaxIncluded = 64

	// MaxIncluding is how many roles may include a role, directly or by others.
	MaxIncluding = 1000
)

// The refusals of an inclusion.
var (
	ErrCycle   = fault.New(fault.Conflict, "role_cycle", "The other role includes this one, or is this one: roles cannot include each other in a circle.")
	ErrTooDeep = fault.New(fault.Conflict, "role_inclusion_too_deep", "Roles can include each other at most 8 deep.")
	ErrTooMany = fault.New(fault.Conflict, "role_inclusion_too_many", "A role can include at most 64 others, counted with those that they include.")
	ErrTooWide = fault.New(fault.Conflict, "role_inclusion_too_wide", "A role can be included by at most 1000 others, counted with those that include them.")
)

// Inclusion says that a role includes another one.
type Inclusion struct {
	Role     ident.RoleID
	Included ident.RoleID
}

// graph is the direct inclusions of all roles, in both directions. It has no
// cycle.
type graph struct {
	down, up map[ident.RoleID][]ident.RoleID
}

func graphOf(edges []Inclusion) graph {
	g := graph{down: map[ident.RoleID][]ident.RoleID{}, up: map[ident.RoleID][]ident.RoleID{}}
	for _, e := range edges {
		g.down[e.Role] = append(g.down[e.Role], e.Included)
		g.up[e.Included] = append(g.up[e.Included], e.Role)
	}
	return g
}

// reached are the roles that edges lead to from one, which is not among them.
func reached(edges map[ident.RoleID][]ident.RoleID, from ident.RoleID) map[ident.RoleID]bool {
	found := map[ident.RoleID]bool{}
	next := []ident.RoleID{from}
	for len(next) > 0 {
		id := next[len(next)-1]
		next = next[:len(next)-1]
		for _, to := range edges[id] {
			if !found[to] {
				found[to] = true
				next = append(next, to)
			}
		}
	}
	return found
}

// longest is the length of the longest chain of edges from a role, or more than
// MaxDepth when it is that long.
func longest(edges map[ident.RoleID][]ident.RoleID, from ident.RoleID) int {
	level, depth := map[ident.RoleID]bool{from: true}, 0
	for depth <= MaxDepth {
		next := map[ident.RoleID]bool{}
		for id := range level {
			for _, to := range edges[id] {
				next[to] = true
			}
		}
		if len(next) == 0 {
			break
		}
		level = next
		depth++
	}
	return depth
}

// has reports whether a role includes another one directly.
func (g graph) has(e Inclusion) bool {
	return slices.Contains(g.down[e.Role], e.Included)
}

// add returns what becomes included, directly or by others, when e is added:
// ErrCycle, ErrTooDeep, ErrTooMany, ErrTooWide.
func (g graph) add(e Inclusion) ([]Inclusion, error) {
	below, above := reached(g.down, e.Included), reached(g.up, e.Role)
	if e.Role == e.Included || below[e.Role] {
		return nil, ErrCycle
	}
	if longest(g.up, e.Role)+1+longest(g.down, e.Included) > MaxDepth {
		return nil, ErrTooDeep
	}
	below[e.Included], above[e.Role] = true, true
	var gained []Inclusion
	for holder := range above {
		had := reached(g.down, holder)
		before := len(gained)
		for id := range below {
			if !had[id] {
				gained = append(gained, Inclusion{holder, id})
			}
		}
		if len(had)+len(gained)-before > MaxIncluded {
			return nil, ErrTooMany
		}
	}
	for id := range below {
		if over := reached(g.up, id); len(over)+len(above) > MaxIncluding {
			for holder := range above {
				over[holder] = true
			}
			if len(over) > MaxIncluding {
				return nil, ErrTooWide
			}
		}
	}
	return gained, nil
}

// without returns what is not included any more, directly or by others, when the
// edges go that gone names.
func (g graph) without(gone func(Inclusion) bool) []Inclusion {
	var kept []Inclusion
	concerned := map[ident.RoleID]bool{}
	for from, all := range g.down {
		for _, to := range all {
			e := Inclusion{from, to}
			if !gone(e) {
				kept = append(kept, e)
				continue
			}
			concerned[from] = true
			for id := range reached(g.up, from) {
				concerned[id] = true
			}
		}
	}
	after := graphOf(kept)
	var lost []Inclusion
	for holder := range concerned {
		has := reached(after.down, holder)
		for id := range reached(g.down, holder) {
			if !has[id] {
				lost = append(lost, Inclusion{holder, id})
			}
		}
	}
	return lost
}

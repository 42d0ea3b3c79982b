package store

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/ident"
	"github.com/countersign/countersign/internal/user"
)

// The parts of what an account holds, in the order in which they are read.
const (
	holdsFlags  = iota // is_active, is_staff, is_superuser
	holdsRole          // a role that it was given
	holdsOther         // a role that one of these includes
	holdsEdge          // what of these includes what
	holdsGives         // what one of these gives
	holdsDirect        // a permission that was granted to it
)

// holdingPiece is one row of Holding.
type holdingPiece struct {
	what                     int
	a, b                     string
	active, staff, superuser bool
	ends                     int64
	audience                 string
}

func scanHoldingPiece(s scanner) (holdingPiece, error) {
	var p holdingPiece
	err := s.Scan(&p.what, &p.a, &p.b, &p.active, &p.staff, &p.superuser, &p.ends, &p.audience)
	return p, err
}

// rolesHeld are the ids of the roles of an account and of those that they include.
const rolesHeld = `(SELECT ur.role_id AS id FROM ` + rolesLive + `
			UNION SELECT rc.included_id FROM ` + rolesLive + ` JOIN role_closure rc ON rc.role_id = ur.role_id) h`

// Holding implements role.Store. It is one statement, as Rights is.
func (db *DB) Holding(ctx context.Context, of ident.UserID, at time.Time) (access.Holding, error) {
	if storable(string(of)) != nil {
		return access.Holding{}, user.ErrNotFound
	}
	live := []any{of, millis(at)}
	rows, err := db.query(ctx, `
		SELECT 0 AS what, '', '', is_active, is_staff, is_superuser, 0, '' FROM users WHERE id = ?
		UNION ALL
		SELECT 1, r.id, r.name, 0, 0, 0, ur.ends_at, '' FROM `+rolesLive+` JOIN roles r ON r.id = ur.role_id
		UNION ALL
		SELECT 2, r.id, r.name, 0, 0, 0, 0, r.audience FROM `+rolesHeld+` JOIN roles r ON r.id = h.id
		UNION ALL
		SELECT 3, ri.role_id, ri.included_id, 0, 0, 0, 0, '' FROM `+rolesHeld+` JOIN role_inclusions ri ON ri.role_id = h.id
		UNION ALL
		SELECT 4, rp.role_id, rp.permission, 0, 0, 0, 0, '' FROM `+rolesHeld+` JOIN role_permissions rp ON rp.role_id = h.id
		UNION ALL
		SELECT 5, up.permission, '', 0, 0, 0, up.ends_at, '' FROM `+grantsLive+`
		ORDER BY 1, 2, 3`, slices.Concat([]any{of}, live, live, live, live, live, live, live, live)...)
	if err != nil {
		return access.Holding{}, fmt.Errorf("holding of user %s: %w", of, err)
	}
	pieces, err := collect(ctx, db, rows, scanHoldingPiece)
	if err != nil {
		return access.Holding{}, fmt.Errorf("holding of user %s: %w", of, err)
	}
	if len(pieces) == 0 || pieces[0].what != holdsFlags {
		return access.Holding{}, user.ErrNotFound
	}
	return holdingOf(pieces), nil
}

func holdingOf(pieces []holdingPiece) access.Holding {
	h := access.Holding{Roles: map[ident.RoleID]access.HeldRole{}}
	for _, p := range pieces {
		id := ident.RoleID(p.a)
		switch r := h.Roles[id]; p.what {
		case holdsFlags:
			h.Active, h.Staff, h.Superuser = p.active, p.staff, p.superuser
		case holdsRole:
			h.Held = append(h.Held, access.GivenRole{ID: id, Until: moment(p.ends)})
		case holdsOther:
			h.Roles[id] = access.HeldRole{Name: p.b, Audience: p.audience}
		case holdsEdge:
			r.Includes = append(r.Includes, ident.RoleID(p.b))
			h.Roles[id] = r
		case holdsGives:
			r.Gives = append(r.Gives, access.Permission(p.b))
			h.Roles[id] = r
		case holdsDirect:
			h.Direct = append(h.Direct, access.Grant{Permission: access.Permission(p.a), Until: moment(p.ends)})
		}
	}
	for id, r := range h.Roles { // databases order text by their own rules
		slices.Sort(r.Gives)
		h.Roles[id] = r
	}
	slices.SortFunc(h.Direct, func(a, b access.Grant) int { return cmp.Compare(a.Permission, b.Permission) })
	return h
}

// Declared implements role.Store.
func (db *DB) Declared(ctx context.Context, names []access.Permission) ([]access.Permission, error) {
	keys := make([]string, len(names))
	for i, name := range names {
		keys[i] = string(name)
	}
	found, err := selectIn(ctx, db, lookup{head: `SELECT name FROM permissions WHERE name`, keys: keys}, text[access.Permission])
	if err != nil {
		return nil, fmt.Errorf("look for %d permissions: %w", len(names), err)
	}
	return found, nil
}

// PermissionNames implements role.Store.
func (db *DB) PermissionNames(ctx context.Context, after access.Permission, limit int) ([]access.Permission, error) {
	rows, err := db.query(ctx, `SELECT name FROM permissions WHERE name > ? ORDER BY name LIMIT ?`, after, limit)
	if err != nil {
		return nil, fmt.Errorf("names of permissions: %w", err)
	}
	found, err := collect(ctx, db, rows, text[access.Permission])
	if err != nil {
		return nil, fmt.Errorf("names of permissions: %w", err)
	}
	return found, nil
}

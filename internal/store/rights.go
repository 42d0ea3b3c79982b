package store

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/ident"
	"github.com/countersign/countersign/internal/role"
	"github.com/countersign/countersign/internal/user"
)

// held is one row of what an account holds.
type held struct {
	what             int // one of the three below
	name             string
	staff, superuser bool
	ends             int64
	audience         string // of the role
}

const (
	heldFlags = iota
	heldRole
	heldPermission
)

func scanHeld(s scanner) (held, error) {
	var h held
	err := s.Scan(&h.what, &h.name, &h.staff, &h.superuser, &h.ends, &h.audience)
	return h, err
}

// rolesLive and grantsLive are what an account was given and what has not ended at a
// moment. Each takes the account and the moment, and is called ur and up.
const (
	rolesLive  = `(SELECT role_id, ends_at FROM user_roles WHERE user_id = ? AND (ends_at = 0 OR ends_at > ?)) ur`
	grantsLive = `(SELECT permission, ends_at FROM user_permissions WHERE user_id = ? AND (ends_at = 0 OR ends_at > ?)) up`
)

// Rights implements user.Store and role.Store. It is one statement, so that the
// answer is what the account held at one moment, never half of a change. Of an
// account that may not sign in it says what it holds all the same: the caller
// decides.
func (db *DB) Rights(ctx context.Context, id ident.UserID, at time.Time) (access.Rights, error) {
	if storable(string(id)) != nil {
		return access.Rights{}, user.ErrNotFound
	}
	live := []any{id, millis(at)}
	rows, err := db.query(ctx, `
		SELECT 0, '', is_staff, is_superuser, 0, '' FROM users WHERE id = ?
		UNION ALL
		SELECT 1, r.name, 0, 0, ur.ends_at, r.audience FROM `+rolesLive+` JOIN roles r ON r.id = ur.role_id
		UNION ALL
		SELECT 1, r.name, 0, 0, ur.ends_at, r.audience
		FROM `+rolesLive+` JOIN role_closure rc ON rc.role_id = ur.role_id JOIN roles r ON r.id = rc.included_id
		UNION ALL
		SELECT 2, rp.permission, 0, 0, ur.ends_at, r.audience
		FROM `+rolesLive+` JOIN roles r ON r.id = ur.role_id JOIN role_permissions rp ON rp.role_id = r.id
		UNION ALL
		SELECT 2, rp.permission, 0, 0, ur.ends_at, r.audience
		FROM `+rolesLive+` JOIN role_closure rc ON rc.role_id = ur.role_id JOIN roles r ON r.id = rc.included_id
		JOIN role_permissions rp ON rp.role_id = r.id
		UNION ALL
		SELECT 2, up.permission, 0, 0, up.ends_at, '' FROM `+grantsLive,
		slices.Concat([]any{id}, live, live, live, live, live)...)
	if err != nil {
		return access.Rights{}, fmt.Errorf("rights of user %s: %w", id, err)
	}
	all, err := collect(ctx, db, rows, scanHeld)
	if err != nil {
		return access.Rights{}, fmt.Errorf("rights of user %s: %w", id, err)
	}
	var rights access.Rights
	var sum access.Sum
	found := false
	for _, h := range all {
		switch h.what {
		case heldFlags:
			found, rights.Staff, rights.Superuser = true, h.staff, h.superuser
		case heldRole:
			sum.Role(h.name, moment(h.ends), h.audience)
		case heldPermission:
			sum.Permission(access.Permission(h.name), moment(h.ends), h.audience)
		}
	}
	if !found {
		return access.Rights{}, user.ErrNotFound
	}
	sum.Into(&rights)
	return rights, nil
}

// RaiseRightsVersion implements user.Store and role.Store. The update holds the
// row until the transaction ends, so the number that is read is the one that this
// call made.
func (db *DB) RaiseRightsVersion(ctx context.Context, id ident.UserID) (int64, error) {
	var version int64
	err := db.tx(ctx, func(tx *DB) error {
		n, err := tx.exec(ctx, `UPDATE users SET rights_version = rights_version + 1 WHERE id = ?`, id)
		if err := userChanged("raise rights version of", id, n, err); err != nil {
			return err
		}
		err = tx.row(ctx, `SELECT rights_version FROM users WHERE id = ?`, id).Scan(&version)
		if err != nil {
			return fmt.Errorf("rights version of user %s: %w", id, err)
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	return version, nil
}

// UserRoles implements role.Store. Of a role that is given anew between the two
// statements it says what the first one saw.
func (db *DB) UserRoles(ctx context.Context, of ident.UserID, at time.Time) ([]role.Held, error) {
	if storable(string(of)) != nil {
		return nil, nil
	}
	rows, err := db.query(ctx, `SELECT ur.role_id, ur.ends_at FROM `+rolesLive, of, millis(at))
	if err != nil {
		return nil, fmt.Errorf("roles of user %s: %w", of, err)
	}
	given, err := collect(ctx, db, rows, scanGivenRole)
	if err != nil {
		return nil, fmt.Errorf("roles of user %s: %w", of, err)
	}
	ends := make(map[ident.RoleID]time.Time, len(given))
	for _, g := range given {
		ends[g.ID] = g.Until
	}
	roles, err := db.roles(ctx, rolesOfUser, of, millis(at))
	if err != nil {
		return nil, fmt.Errorf("roles of user %s: %w", of, err)
	}
	var all []role.Held
	for _, r := range roles {
		if until, seen := ends[r.ID]; seen {
			all = append(all, role.Held{Role: r, Until: until})
		}
	}
	slices.SortFunc(all, func(a, b role.Held) int { return strings.Compare(a.Name, b.Name) })
	return all, nil
}

func scanGivenRole(s scanner) (access.GivenRole, error) {
	var g access.GivenRole
	var ends int64
	err := s.Scan(&g.ID, &ends)
	g.Until = moment(ends)
	return g, err
}

// UserPermissions implements role.Store.
func (db *DB) UserPermissions(ctx context.Context, of ident.UserID, at time.Time) ([]access.Grant, error) {
	rows, err := db.query(ctx, `SELECT up.permission, up.ends_at FROM `+grantsLive+` ORDER BY up.permission`, of, millis(at))
	if err != nil {
		return nil, fmt.Errorf("permissions of user %s: %w", of, err)
	}
	permissions, err := collect(ctx, db, rows, scanGrant)
	if err != nil {
		return nil, fmt.Errorf("permissions of user %s: %w", of, err)
	}
	return permissions, nil
}

func scanGrant(s scanner) (access.Grant, error) {
	var g access.Grant
	var ends int64
	err := s.Scan(&g.Permission, &ends)
	g.Until = moment(ends)
	return g, err
}

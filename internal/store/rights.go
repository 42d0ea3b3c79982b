package store

import (
	"context"
	"fmt"
	"slices"
	"strings"

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
}

const (
	heldFlags = iota
	heldRole
	heldPermission
)

func scanHeld(s scanner) (held, error) {
	var h held
	err := s.Scan(&h.what, &h.name, &h.staff, &h.superuser)
	return h, err
}

// Rights implements user.Store and role.Store. It is one statement, so that the
// answer is what the account held at one moment, never half of a change. Of an
// account that may not sign in it says what it holds all the same: the caller
// decides.
func (db *DB) Rights(ctx context.Context, id ident.UserID) (access.Rights, error) {
	if storable(string(id)) != nil {
		return access.Rights{}, user.ErrNotFound
	}
	rows, err := db.query(ctx, `
		SELECT 0, '', is_staff, is_superuser FROM users WHERE id = ?
		UNION ALL
		SELECT 1, r.name, 0, 0 FROM user_roles ur JOIN roles r ON r.id = ur.role_id WHERE ur.user_id = ?
		UNION ALL
		SELECT 1, r.name, 0, 0
		FROM user_roles ur JOIN role_closure rc ON rc.role_id = ur.role_id JOIN roles r ON r.id = rc.included_id
		WHERE ur.user_id = ?
		UNION ALL
		SELECT 2, rp.permission, 0, 0
		FROM user_roles ur JOIN role_permissions rp ON rp.role_id = ur.role_id WHERE ur.user_id = ?
		UNION ALL
		SELECT 2, rp.permission, 0, 0
		FROM user_roles ur JOIN role_closure rc ON rc.role_id = ur.role_id
		JOIN role_permissions rp ON rp.role_id = rc.included_id
		WHERE ur.user_id = ?
		UNION ALL
		SELECT 2, up.permission, 0, 0 FROM user_permissions up WHERE up.user_id = ?`, id, id, id, id, id, id)
	if err != nil {
		return access.Rights{}, fmt.Errorf("rights of user %s: %w", id, err)
	}
	all, err := collect(ctx, db, rows, scanHeld)
	if err != nil {
		return access.Rights{}, fmt.Errorf("rights of user %s: %w", id, err)
	}
	var rights access.Rights
	found := false
	for _, h := range all {
		switch h.what {
		case heldFlags:
			found, rights.Staff, rights.Superuser = true, h.staff, h.superuser
		case heldRole:
			rights.Roles = append(rights.Roles, h.name)
		case heldPermission:
			rights.Permissions = append(rights.Permissions, access.Permission(h.name))
		}
	}
	if !found {
		return access.Rights{}, user.ErrNotFound
	}
	slices.Sort(rights.Roles)
	rights.Roles = slices.Compact(rights.Roles)
	slices.Sort(rights.Permissions)
	rights.Permissions = slices.Compact(rights.Permissions)
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

// UserRoles implements role.Store.
func (db *DB) UserRoles(ctx context.Context, of ident.UserID) ([]role.Role, error) {
	roles, err := db.roles(ctx, rolesOfUser, of)
	if err != nil {
		return nil, fmt.Errorf("roles of user %s: %w", of, err)
	}
	slices.SortFunc(roles, func(a, b role.Role) int { return strings.Compare(a.Name, b.Name) })
	return roles, nil
}

// UserPermissions implements role.Store.
func (db *DB) UserPermissions(ctx context.Context, of ident.UserID) ([]access.Permission, error) {
	rows, err := db.query(ctx, `SELECT permission FROM user_permissions WHERE user_id = ? ORDER BY permission`, of)
	if err != nil {
		return nil, fmt.Errorf("permissions of user %s: %w", of, err)
	}
	permissions, err := collect(ctx, db, rows, text[access.Permission])
	if err != nil {
		return nil, fmt.Errorf("permissions of user %s: %w", of, err)
	}
	return permissions, nil
}

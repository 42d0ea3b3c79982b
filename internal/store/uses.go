package store

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/ident"
	"github.com/countersign/countersign/internal/role"
)

// roleWithIncluded is the source of rolesOf for a role and all that it includes.
const roleWithIncluded = `(SELECT ` + roleColumns + ` FROM roles WHERE id = ?
			UNION ALL
			SELECT o.id, o.name, o.description, o.created_at, o.version, o.audience
			FROM role_closure rc JOIN roles o ON o.id = rc.included_id WHERE rc.role_id = ?) r`

// RoleWithIncluded implements role.Store.
func (db *DB) RoleWithIncluded(ctx context.Context, id ident.RoleID) ([]role.Role, error) {
	if storable(string(id)) != nil {
		return nil, role.ErrNotFound
	}
	found, err := db.roles(ctx, roleWithIncluded, id, id)
	if err != nil {
		return nil, fmt.Errorf("role %s with what it includes: %w", id, err)
	}
	for _, r := range found {
		if r.ID == id {
			return found, nil
		}
	}
	return nil, role.ErrNotFound
}

// RoleHolders implements role.Store.
func (db *DB) RoleHolders(ctx context.Context, id ident.RoleID, at time.Time, n int) (role.Few[role.Holder], error) {
	found, err := firstOf(ctx, db, scanHolder, uses{
		first: `SELECT u.id, u.username, ur.ends_at FROM user_roles ur JOIN users u ON u.id = ur.user_id
			WHERE ur.role_id = ? AND (ur.ends_at = 0 OR ur.ends_at > ?) ORDER BY ur.user_id LIMIT ?`,
		count: `SELECT COUNT(*) FROM (SELECT 1 AS one FROM user_roles
			WHERE role_id = ? AND (ends_at = 0 OR ends_at > ?) LIMIT ?) x`,
		of: []any{id, millis(at)}, n: n,
	})
	if err != nil {
		return found, fmt.Errorf("holders of role %s: %w", id, err)
	}
	return found, nil
}

// RoleIncluders implements role.Store.
func (db *DB) RoleIncluders(ctx context.Context, id ident.RoleID, n int) (role.Few[role.Ref], error) {
	found, err := firstOf(ctx, db, scanRef, uses{
		first: `SELECT r.id, r.name FROM role_inclusions ri JOIN roles r ON r.id = ri.role_id
			WHERE ri.included_id = ? ORDER BY ri.role_id LIMIT ?`,
		count: `SELECT COUNT(*) FROM (SELECT 1 AS one FROM role_inclusions WHERE included_id = ? LIMIT ?) x`,
		of:    []any{id}, n: n,
	})
	if err != nil {
		return found, fmt.Errorf("roles that include %s: %w", id, err)
	}
	return found, nil
}

// PermissionHolders implements role.Store.
func (db *DB) PermissionHolders(ctx context.Context, p access.Permission, at time.Time, n int) (role.Few[role.Holder], error) {
	found, err := firstOf(ctx, db, scanHolder, uses{
		first: `SELECT u.id, u.username, up.ends_at FROM user_permissions up JOIN users u ON u.id = up.user_id
			WHERE up.permission = ? AND (up.ends_at = 0 OR up.ends_at > ?) ORDER BY up.user_id LIMIT ?`,
		count: `SELECT COUNT(*) FROM (SELECT 1 AS one FROM user_permissions
			WHERE permission = ? AND (ends_at = 0 OR ends_at > ?) LIMIT ?) x`,
		of: []any{p, millis(at)}, n: n,
	})
	if err != nil {
		return found, fmt.Errorf("holders of permission %s: %w", p, err)
	}
	return found, nil
}

// PermissionRoles implements role.Store.
func (db *DB) PermissionRoles(ctx context.Context, p access.Permission, n int) (role.Few[role.Ref], error) {
	found, err := firstOf(ctx, db, scanRef, uses{
		first: `SELECT r.id, r.name FROM role_permissions rp JOIN roles r ON r.id = rp.role_id
			WHERE rp.permission = ? ORDER BY rp.role_id LIMIT ?`,
		count: `SELECT COUNT(*) FROM (SELECT 1 AS one FROM role_permissions WHERE permission = ? LIMIT ?) x`,
		of:    []any{p}, n: n,
	})
	if err != nil {
		return found, fmt.Errorf("roles with permission %s: %w", p, err)
	}
	return found, nil
}

func scanHolder(s scanner) (role.Holder, error) {
	var h role.Holder
	var ends int64
	if err := s.Scan(&h.ID, &h.Username, &ends); err != nil {
		return role.Holder{}, err
	}
	h.Until = moment(ends)
	return h, nil
}

// uses is a list of what has something: the statement that reads its beginning, and
// the one that counts it. Both take what they are of and a limit.
type uses struct {
	first, count string
	of           []any
	n            int
}

func firstOf[T any](ctx context.Context, db *DB, scan func(scanner) (T, error), u uses) (role.Few[T], error) {
	var few role.Few[T]
	if storable(fmt.Sprint(u.of[0])) != nil {
		return few, nil
	}
	rows, err := db.query(ctx, u.first, append(slices.Clone(u.of), u.n)...)
	if err != nil {
		return few, err
	}
	if few.First, err = collect(ctx, db, rows, scan); err != nil {
		return role.Few[T]{}, err
	}
	if err := db.row(ctx, u.count, append(slices.Clone(u.of), role.MaxCounted+1)...).Scan(&few.Count); err != nil {
		return role.Few[T]{}, err
	}
	if few.More = few.Count > role.MaxCounted; few.More {
		few.Count = role.MaxCounted
	}
	return few, nil
}

package store

import (
	"context"
	"fmt"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/ident"
	"github.com/countersign/countersign/internal/page"
	"github.com/countersign/countersign/internal/role"
)

func scanPermission(s scanner) (role.Permission, error) {
	var p role.Permission
	var created int64
	if err := s.Scan(&p.Name, &p.Description, &created); err != nil {
		return role.Permission{}, err
	}
	p.CreatedAt = moment(created)
	return p, nil
}

// InsertPermission implements role.Store.
func (db *DB) InsertPermission(ctx context.Context, p role.Permission) error {
	if err := storable(string(p.Name), p.Description); err != nil {
		return fmt.Errorf("insert permission: %w", err)
	}
	_, err := db.exec(ctx, `INSERT INTO permissions (name, description, created_at) VALUES (?, ?, ?)`,
		p.Name, p.Description, millis(p.CreatedAt))
	if err != nil && db.duplicate(err) {
		return role.ErrPermissionExists.Because(err)
	}
	if err != nil {
		return fmt.Errorf("insert permission %s: %w", p.Name, err)
	}
	return nil
}

// Permission implements role.Store.
func (db *DB) Permission(ctx context.Context, name access.Permission) (role.Permission, error) {
	if storable(string(name)) != nil {
		return role.Permission{}, role.ErrPermissionNotFound
	}
	p, err := scanPermission(db.row(ctx, `SELECT name, description, created_at FROM permissions WHERE name = ?`, name))
	if absent(err, p.Name == name) {
		return role.Permission{}, role.ErrPermissionNotFound
	}
	if err != nil {
		return role.Permission{}, fmt.Errorf("permission %s: %w", name, err)
	}
	return p, nil
}

// Permissions implements role.Store. The names are ASCII, in which the LOWER of
// all databases is the same.
func (db *DB) Permissions(ctx context.Context, search string, r page.Request) (page.Page[role.Permission], error) {
	w := &where{}
	if search != "" {
		like, possible := pattern(search)
		if !possible {
			return page.Page[role.Permission]{}, nil
		}
		w.and("LOWER(name) LIKE ? ESCAPE '!'", like)
	}
	w.after(db.d, "created_at", "name", r.After)
	rows, err := db.query(ctx, `
		SELECT name, description, created_at FROM permissions`+w.String()+`
		ORDER BY created_at DESC, name DESC LIMIT ?`, w.limited(r)...)
	if err != nil {
		return page.Page[role.Permission]{}, fmt.Errorf("list permissions: %w", err)
	}
	found, err := collect(ctx, db, rows, scanPermission)
	if err != nil {
		return page.Page[role.Permission]{}, fmt.Errorf("list permissions: %w", err)
	}
	return page.Of(found, r, func(p role.Permission) page.Position {
		return page.Position{At: p.CreatedAt, ID: string(p.Name)}
	}), nil
}

// UpdatePermission implements role.Store.
func (db *DB) UpdatePermission(ctx context.Context, p role.Permission) error {
	if err := storable(p.Description); err != nil {
		return fmt.Errorf("update permission %s: %w", p.Name, err)
	}
	n, err := db.exec(ctx, `UPDATE permissions SET description = ? WHERE name = ?`, p.Description, p.Name)
	if err != nil {
		return fmt.Errorf("update permission %s: %w", p.Name, err)
	}
	if n == 0 {
		return role.ErrPermissionNotFound
	}
	return nil
}

// DeletePermission implements role.Store. Roles and accounts lose it by their
// foreign keys.
func (db *DB) DeletePermission(ctx context.Context, name access.Permission) error {
	var n int64
	err := db.tx(ctx, func(tx *DB) error {
		err := tx.raiseRoleVersions(ctx, `SELECT role_id FROM role_permissions WHERE permission = ? ORDER BY role_id`, name)
		if err != nil {
			return err
		}
		n, err = tx.exec(ctx, `DELETE FROM permissions WHERE name = ?`, name)
		return err
	})
	if err != nil {
		return fmt.Errorf("delete permission %s: %w", name, err)
	}
	if n == 0 {
		return role.ErrPermissionNotFound
	}
	return nil
}

// RolesWithPermission implements role.Store.
func (db *DB) RolesWithPermission(ctx context.Context, p access.Permission) ([]ident.RoleID, error) {
	rows, err := db.query(ctx, `SELECT role_id FROM role_permissions WHERE permission = ? ORDER BY role_id`, p)
	if err != nil {
		return nil, fmt.Errorf("roles with permission %s: %w", p, err)
	}
	ids, err := collect(ctx, db, rows, text[ident.RoleID])
	if err != nil {
		return nil, fmt.Errorf("roles with permission %s: %w", p, err)
	}
	return ids, nil
}

// UsersWithPermission implements role.Store.
func (db *DB) UsersWithPermission(ctx context.Context, p access.Permission) ([]ident.UserID, error) {
	rows, err := db.query(ctx, `SELECT user_id FROM user_permissions WHERE permission = ? ORDER BY user_id`, p)
	if err != nil {
		return nil, fmt.Errorf("users with permission %s: %w", p, err)
	}
	ids, err := collect(ctx, db, rows, text[ident.UserID])
	if err != nil {
		return nil, fmt.Errorf("users with permission %s: %w", p, err)
	}
	return ids, nil
}

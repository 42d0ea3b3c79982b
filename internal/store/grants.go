package store

import (
	"context"
	"fmt"
	"time"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/fault"
	"github.com/countersign/countersign/internal/ident"
	"github.com/countersign/countersign/internal/role"
	"github.com/countersign/countersign/internal/user"
)

// gift is a row that says who holds what. Each statement takes the holder and, but
// for take, the thing.
type gift struct {
	holder, thing     string
	noHolder, noThing *fault.Error

	// take updates the holder's row and changes nothing. Of two callers that give
	// the same, the second waits there, then sees what the first one did and adds
	// nothing; running into the unique key instead would end its transaction in
	// PostgreSQL.
	take string

	// add inserts the row unless it is there. It selects the thing, so that it
	// adds nothing when there is no such thing.
	add string

	// had counts the row.
	had string

	// A row that can end has until, the last argument of add, and prolong, which
	// takes it first and writes it into the row if it says something else.
	until   *int64
	prolong string
}

// give reports whether it added the row, or gave it another end: false when it was
// there. It returns noHolder or noThing.
func (db *DB) give(ctx context.Context, g gift) (bool, error) {
	var added bool
	err := db.tx(ctx, func(tx *DB) error {
		n, err := tx.exec(ctx, g.take, g.holder)
		if err != nil {
			return err
		}
		if n == 0 {
			return g.noHolder
		}
		if added, err = tx.addOrProlong(ctx, g); err != nil || added {
			return err
		}
		if err := tx.row(ctx, g.had, g.holder, g.thing).Scan(&n); err != nil {
			return err
		}
		if n == 0 {
			return g.noThing
		}
		return nil
	})
	if err != nil && db.missingReference(err) { // the thing was deleted in this moment
		return false, g.noThing.Because(err)
	}
	if err != nil {
		return false, fmt.Errorf("give %s to %s: %w", g.thing, g.holder, err)
	}
	return added, nil
}

// addOrProlong writes the row, or another end into the one that is there.
func (db *DB) addOrProlong(ctx context.Context, g gift) (changed bool, err error) {
	row := []any{g.holder, g.thing}
	if g.until == nil {
		n, err := db.exec(ctx, g.add, row...)
		return n == 1, err
	}
	n, err := db.exec(ctx, g.prolong, *g.until, g.holder, g.thing, *g.until)
	if err == nil && n == 0 {
		n, err = db.exec(ctx, g.add, append([]any{*g.until}, row...)...)
	}
	return n == 1, err
}

// AddRolePermission implements role.Store.
func (db *DB) AddRolePermission(ctx context.Context, id ident.RoleID, p access.Permission) (added bool, err error) {
	err = db.tx(ctx, func(tx *DB) error {
		if added, err = tx.addRolePermission(ctx, id, p); err != nil || !added {
			return err
		}
		return tx.raiseRoleVersion(ctx, id)
	})
	return added, err
}

// addRolePermission is AddRolePermission for a role that nobody has seen yet.
func (db *DB) addRolePermission(ctx context.Context, id ident.RoleID, p access.Permission) (bool, error) {
	return db.give(ctx, gift{
		holder: string(id), thing: string(p), noHolder: role.ErrNotFound, noThing: role.ErrPermissionNotFound,
		take: takeRole,
		add: `
			INSERT INTO role_permissions (role_id, permission)
			SELECT r.id, p.name FROM roles r, permissions p
			WHERE r.id = ? AND p.name = ? AND NOT EXISTS (
				SELECT 1 FROM role_permissions rp WHERE rp.role_id = r.id AND rp.permission = p.name)`,
		had: `SELECT COUNT(*) FROM role_permissions WHERE role_id = ? AND permission = ?`,
	})
}

// RemoveRolePermission implements role.Store.
func (db *DB) RemoveRolePermission(ctx context.Context, id ident.RoleID, p access.Permission) (bool, error) {
	var n int64
	err := db.tx(ctx, func(tx *DB) error {
		_, err := tx.exec(ctx, takeRole, id) // first, as AddRolePermission does
		if err == nil {
			n, err = tx.exec(ctx, `DELETE FROM role_permissions WHERE role_id = ? AND permission = ?`, id, p)
		}
		if err != nil || n == 0 {
			return err
		}
		return tx.raiseRoleVersion(ctx, id)
	})
	if err != nil {
		return false, fmt.Errorf("remove permission %s from role %s: %w", p, id, err)
	}
	return n == 1, nil
}

// takeUser is the gift.take of an account.
const takeUser = `UPDATE users SET rights_version = rights_version WHERE id = ?`

// AssignRole implements role.Store.
func (db *DB) AssignRole(ctx context.Context, to ident.UserID, id ident.RoleID, until time.Time) (bool, error) {
	return db.give(ctx, gift{
		holder: string(to), thing: string(id), noHolder: user.ErrNotFound, noThing: role.ErrNotFound,
		take: takeUser,
		add: `
			INSERT INTO user_roles (user_id, role_id, ends_at)
			SELECT u.id, r.id, ? FROM users u, roles r
			WHERE u.id = ? AND r.id = ? AND NOT EXISTS (
				SELECT 1 FROM user_roles ur WHERE ur.user_id = u.id AND ur.role_id = r.id)`,
		had:     `SELECT COUNT(*) FROM user_roles WHERE user_id = ? AND role_id = ?`,
		until:   new(millis(until)),
		prolong: `UPDATE user_roles SET ends_at = ? WHERE user_id = ? AND role_id = ? AND ends_at <> ?`,
	})
}

// RemoveRole implements role.Store.
func (db *DB) RemoveRole(ctx context.Context, from ident.UserID, id ident.RoleID) (bool, error) {
	n, err := db.exec(ctx, `DELETE FROM user_roles WHERE user_id = ? AND role_id = ?`, from, id)
	if err != nil {
		return false, fmt.Errorf("remove role %s from user %s: %w", id, from, err)
	}
	return n == 1, nil
}

// GrantPermission implements role.Store. It returns user.ErrNotFound or
// role.ErrPermissionNotFound when one of the two does not exist.
func (db *DB) GrantPermission(ctx context.Context, to ident.UserID, p access.Permission, until time.Time) (bool, error) {
	return db.give(ctx, gift{
		holder: string(to), thing: string(p), noHolder: user.ErrNotFound, noThing: role.ErrPermissionNotFound,
		take: takeUser,
		add: `
			INSERT INTO user_permissions (user_id, permission, ends_at)
			SELECT u.id, p.name, ? FROM users u, permissions p
			WHERE u.id = ? AND p.name = ? AND NOT EXISTS (
				SELECT 1 FROM user_permissions up WHERE up.user_id = u.id AND up.permission = p.name)`,
		had:     `SELECT COUNT(*) FROM user_permissions WHERE user_id = ? AND permission = ?`,
		until:   new(millis(until)),
		prolong: `UPDATE user_permissions SET ends_at = ? WHERE user_id = ? AND permission = ? AND ends_at <> ?`,
	})
}

// RevokePermission implements role.Store.
func (db *DB) RevokePermission(ctx context.Context, from ident.UserID, p access.Permission) (bool, error) {
	n, err := db.exec(ctx, `DELETE FROM user_permissions WHERE user_id = ? AND permission = ?`, from, p)
	if err != nil {
		return false, fmt.Errorf("revoke permission %s from user %s: %w", p, from, err)
	}
	return n == 1, nil
}

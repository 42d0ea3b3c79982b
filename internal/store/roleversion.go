package store

import (
	"context"
	"fmt"

	"github.com/countersign/countersign/internal/ident"
	"github.com/countersign/countersign/internal/role"
)

// takeRole holds a role's row until the transaction ends, and changes nothing.
const takeRole = `UPDATE roles SET name = name WHERE id = ?`

// TakeRoleVersion implements role.Store, as TakeVersion does user.Store.
func (db *DB) TakeRoleVersion(ctx context.Context, id ident.RoleID, versions []int64) (bool, error) {
	for _, version := range versions {
		n, err := db.exec(ctx, `UPDATE roles SET version = version WHERE id = ? AND version = ?`, id, version)
		if err != nil {
			return false, fmt.Errorf("take version %d of role %s: %w", version, id, err)
		}
		if n == 1 {
			return true, nil
		}
	}
	var n int64
	if err := db.row(ctx, `SELECT COUNT(*) FROM roles WHERE id = ?`, id).Scan(&n); err != nil {
		return false, fmt.Errorf("look for role %s: %w", id, err)
	}
	if n == 0 {
		return false, role.ErrNotFound
	}
	return false, nil
}

// raiseRoleVersion says that what a role is itself has changed. A role that is not
// there has no version to raise.
func (db *DB) raiseRoleVersion(ctx context.Context, id ident.RoleID) error {
	_, err := db.exec(ctx, `UPDATE roles SET version = version + 1 WHERE id = ?`, id)
	if err != nil {
		return fmt.Errorf("raise the version of role %s: %w", id, err)
	}
	return nil
}

// raiseRoleVersions does it for the roles that a statement returns. Each row is taken
// by its key: to find them while it changes them, a database may lock all roles.
func (db *DB) raiseRoleVersions(ctx context.Context, which string, args ...any) error {
	rows, err := db.query(ctx, which, args...)
	if err != nil {
		return err
	}
	ids, err := collect(ctx, db, rows, text[ident.RoleID])
	if err != nil {
		return err
	}
	for _, id := range ids {
		if err := db.raiseRoleVersion(ctx, id); err != nil {
			return err
		}
	}
	return nil
}

package store

import (
	"context"
	"fmt"
	"time"

	"github.com/countersign/countersign/internal/role"
)

func scanAssignment(s scanner) (role.Assignment, error) {
	var a role.Assignment
	var ends int64
	err := s.Scan(&a.To, &a.Role, &ends)
	a.Until = moment(ends)
	return a, err
}

// EndedRoles implements role.Store.
func (db *DB) EndedRoles(ctx context.Context, before time.Time, limit int) ([]role.Assignment, error) {
	rows, err := db.query(ctx, `
		SELECT user_id, role_id, ends_at FROM user_roles WHERE ends_at > 0 AND ends_at <= ? ORDER BY ends_at LIMIT ?`, millis(before), limit)
	if err != nil {
		return nil, fmt.Errorf("roles that ended: %w", err)
	}
	ended, err := collect(ctx, db, rows, scanAssignment)
	if err != nil {
		return nil, fmt.Errorf("roles that ended: %w", err)
	}
	return ended, nil
}

// RemoveEndedRole implements role.Store.
func (db *DB) RemoveEndedRole(ctx context.Context, a role.Assignment) (bool, error) {
	n, err := db.exec(ctx, `DELETE FROM user_roles WHERE user_id = ? AND role_id = ? AND ends_at = ?`, a.To, a.Role, millis(a.Until))
	if err != nil {
		return false, fmt.Errorf("remove role %s that ended from user %s: %w", a.Role, a.To, err)
	}
	return n == 1, nil
}

func scanUserGrant(s scanner) (role.Grant, error) {
	var g role.Grant
	var ends int64
	err := s.Scan(&g.To, &g.Permission, &ends)
	g.Until = moment(ends)
	return g, err
}

// EndedGrants implements role.Store.
func (db *DB) EndedGrants(ctx context.Context, before time.Time, limit int) ([]role.Grant, error) {
	rows, err := db.query(ctx, `
		SELECT user_id, permission, ends_at FROM user_permissions WHERE ends_at > 0 AND ends_at <= ? ORDER BY ends_at LIMIT ?`, millis(before), limit)
	if err != nil {
		return nil, fmt.Errorf("grants that ended: %w", err)
	}
	ended, err := collect(ctx, db, rows, scanUserGrant)
	if err != nil {
		return nil, fmt.Errorf("grants that ended: %w", err)
	}
	return ended, nil
}

// RemoveEndedGrant implements role.Store.
func (db *DB) RemoveEndedGrant(ctx context.Context, g role.Grant) (bool, error) {
	n, err := db.exec(ctx, `DELETE FROM user_permissions WHERE user_id = ? AND permission = ? AND ends_at = ?`, g.To, g.Permission, millis(g.Until))
	if err != nil {
		return false, fmt.Errorf("remove permission %s that ended from user %s: %w", g.Permission, g.To, err)
	}
	return n == 1, nil
}

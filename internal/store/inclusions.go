package store

import (
	"context"
	"fmt"
	"time"

	"github.com/countersign/countersign/internal/ident"
	"github.com/countersign/countersign/internal/role"
)

// Inclusions are kept twice: as they were made (role_inclusions), and with all that
// follows from them (role_closure), so that what an account holds is read without
// following them. Package role says what follows.

func scanInclusion(s scanner) (role.Inclusion, error) {
	var e role.Inclusion
	err := s.Scan(&e.Role, &e.Included)
	return e, err
}

// Inclusions implements role.Store.
func (db *DB) Inclusions(ctx context.Context) ([]role.Inclusion, error) {
	rows, err := db.query(ctx, `SELECT role_id, included_id FROM role_inclusions ORDER BY role_id, included_id`)
	if err != nil {
		return nil, fmt.Errorf("inclusions: %w", err)
	}
	all, err := collect(ctx, db, rows, scanInclusion)
	if err != nil {
		return nil, fmt.Errorf("inclusions: %w", err)
	}
	return all, nil
}

// AddInclusion implements role.Store.
func (db *DB) AddInclusion(ctx context.Context, e role.Inclusion, gained []role.Inclusion) error {
	rows := make([][]any, len(gained))
	for i, g := range gained {
		rows[i] = []any{g.Role, g.Included}
	}
	err := db.tx(ctx, func(tx *DB) error {
		if err := tx.raiseRoleVersion(ctx, e.Role); err != nil { // first: the rows refer to the role
			return err
		}
		_, err := tx.exec(ctx, `INSERT INTO role_inclusions (role_id, included_id) VALUES (?, ?)`, e.Role, e.Included)
		if err != nil {
			return err
		}
		return tx.insertRows(ctx, `INSERT INTO role_closure (role_id, included_id) VALUES`, rows)
	})
	if err != nil && db.missingReference(err) { // one of the two was deleted in this moment
		return role.ErrNotFound.Because(err)
	}
	if err != nil {
		return fmt.Errorf("include role %s in %s: %w", e.Included, e.Role, err)
	}
	return nil
}

// RemoveInclusion implements role.Store.
func (db *DB) RemoveInclusion(ctx context.Context, e role.Inclusion) error {
	err := db.tx(ctx, func(tx *DB) error {
		if err := tx.raiseRoleVersion(ctx, e.Role); err != nil {
			return err
		}
		_, err := tx.exec(ctx, `DELETE FROM role_inclusions WHERE role_id = ? AND included_id = ?`, e.Role, e.Included)
		return err
	})
	if err != nil {
		return fmt.Errorf("exclude role %s from %s: %w", e.Included, e.Role, err)
	}
	return nil
}

// RemoveIncluded implements role.Store.
func (db *DB) RemoveIncluded(ctx context.Context, lost []role.Inclusion) error {
	err := db.tx(ctx, func(tx *DB) error {
		for _, e := range lost {
			_, err := tx.exec(ctx, `DELETE FROM role_closure WHERE role_id = ? AND included_id = ?`, e.Role, e.Included)
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("remove what %d roles included: %w", len(lost), err)
	}
	return nil
}

func scanRef(s scanner) (role.Ref, error) {
	var r role.Ref
	err := s.Scan(&r.ID, &r.Name)
	return r, err
}

// RoleNames implements role.Store.
func (db *DB) RoleNames(ctx context.Context) ([]role.Ref, error) {
	rows, err := db.query(ctx, `SELECT id, name FROM roles ORDER BY id`)
	if err != nil {
		return nil, fmt.Errorf("names of roles: %w", err)
	}
	all, err := collect(ctx, db, rows, scanRef)
	if err != nil {
		return nil, fmt.Errorf("names of roles: %w", err)
	}
	return all, nil
}

// RoleUse implements role.Store. The holders are those that the index has first.
func (db *DB) RoleUse(ctx context.Context, id ident.RoleID, at time.Time, limit int) (role.Use, error) {
	names := func(query string, args ...any) ([]string, error) {
		rows, err := db.query(ctx, query, args...)
		if err != nil {
			return nil, fmt.Errorf("use of role %s: %w", id, err)
		}
		found, err := collect(ctx, db, rows, text[string])
		if err != nil {
			return nil, fmt.Errorf("use of role %s: %w", id, err)
		}
		return found, nil
	}
	var u role.Use
	var err error
	if u.Holders, err = names(`
		SELECT u.username FROM user_roles ur JOIN users u ON u.id = ur.user_id
		WHERE ur.role_id = ? AND (ur.ends_at = 0 OR ur.ends_at > ?) ORDER BY ur.user_id LIMIT ?`, id, millis(at), limit); err != nil {
		return role.Use{}, err
	}
	u.Including, err = names(`
		SELECT r.name FROM role_inclusions ri JOIN roles r ON r.id = ri.role_id
		WHERE ri.included_id = ? ORDER BY r.name LIMIT ?`, id, limit)
	return u, err
}

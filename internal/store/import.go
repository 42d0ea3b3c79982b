package store

import (
	"context"
	"fmt"
	"time"

	"github.com/countersign/countersign/internal/ident"
	"github.com/countersign/countersign/internal/importer"
	"github.com/countersign/countersign/internal/user"
)

// What an import writes of many accounts at once.

func scanNames(s scanner) (user.User, error) {
	var u user.User
	err := s.Scan(&u.ID, &u.Username, &u.UsernameKey)
	return u, err
}

// TakenBy implements importer.Store. An account that has two of what is asked for
// is returned twice.
func (db *DB) TakenBy(ctx context.Context, all []user.User) ([]user.User, error) {
	ids, names, keys := make([]string, len(all)), make([]string, len(all)), make([]string, len(all))
	for i, u := range all {
		ids[i], names[i], keys[i] = string(u.ID), u.Username, u.UsernameKey
	}
	var taken []user.User
	for _, by := range []lookup{
		{head: `SELECT id, username, username_key FROM users WHERE id`, keys: ids},
		{head: `SELECT id, username, username_key FROM users WHERE username`, keys: names},
		{head: `SELECT id, username, username_key FROM users WHERE username_key`, keys: keys},
	} {
		found, err := selectIn(ctx, db, by, scanNames)
		if err != nil {
			return nil, fmt.Errorf("look for users: %w", err)
		}
		taken = append(taken, found...)
	}
	return taken, nil
}

// InsertAssignments implements importer.Store.
func (db *DB) InsertAssignments(ctx context.Context, all []importer.Assignment) error {
	rows := make([][]any, len(all))
	for i, a := range all {
		rows[i] = []any{a.UserID, a.RoleID}
	}
	err := db.tx(ctx, func(tx *DB) error {
		return tx.insertRows(ctx, `INSERT INTO user_roles (user_id, role_id) VALUES`, rows)
	})
	if err != nil {
		return fmt.Errorf("assign roles: %w", err)
	}
	return nil
}

// InsertGrants implements importer.Store.
func (db *DB) InsertGrants(ctx context.Context, all []importer.Grant) error {
	rows := make([][]any, len(all))
	for i, g := range all {
		rows[i] = []any{g.UserID, g.Permission}
	}
	err := db.tx(ctx, func(tx *DB) error {
		return tx.insertRows(ctx, `INSERT INTO user_permissions (user_id, permission) VALUES`, rows)
	})
	if err != nil {
		return fmt.Errorf("grant permissions: %w", err)
	}
	return nil
}

// SetUserTimes implements importer.Store.
func (db *DB) SetUserTimes(ctx context.Context, id ident.UserID, joined, lastSignIn time.Time) error {
	n, err := db.exec(ctx, `UPDATE users SET joined_at = ?, last_sign_in_at = ?, version = version + 1 WHERE id = ?`, millis(joined), millis(lastSignIn), id)
	return userChanged("set times of", id, n, err)
}

// RaiseUserNumber implements importer.Store.
func (db *DB) RaiseUserNumber(ctx context.Context, least int64) error {
	_, err := db.exec(ctx, `UPDATE counters SET value = ? WHERE name = ? AND value < ?`, least, userNumbers, least)
	if err != nil {
		return fmt.Errorf("raise counter %s: %w", userNumbers, err)
	}
	return nil
}

package store

import (
	"context"
	"fmt"
)

// The numbers that only ever rise: rows of the table counters, which the
// migrations insert.
const (
	userNumbers    = "users"
	accessVersions = "access_version"
	keyringVersion = "keyring"
	superusersGone = "superusers"
)

// counter returns a number.
func (db *DB) counter(ctx context.Context, name string) (int64, error) {
	var value int64
	if err := db.row(ctx, `SELECT value FROM counters WHERE name = ?`, name).Scan(&value); err != nil {
		return 0, fmt.Errorf("counter %s: %w", name, err)
	}
	return value, nil
}

// raise adds one to a number and returns the new one. The update holds the row
// until the transaction ends, so no two callers get the same.
func (db *DB) raise(ctx context.Context, name string) (int64, error) {
	var value int64
	err := db.tx(ctx, func(tx *DB) error {
		n, err := tx.exec(ctx, `UPDATE counters SET value = value + 1 WHERE name = ?`, name)
		if err != nil {
			return fmt.Errorf("raise counter %s: %w", name, err)
		}
		if n != 1 {
			return fmt.Errorf("raise counter %s: the row is missing", name)
		}
		value, err = tx.counter(ctx, name)
		return err
	})
	if err != nil {
		return 0, err
	}
	return value, nil
}

// NextUserNumber implements user.Store.
func (db *DB) NextUserNumber(ctx context.Context) (int64, error) { return db.raise(ctx, userNumbers) }

// AccessVersion implements role.Store.
func (db *DB) AccessVersion(ctx context.Context) (int64, error) {
	return db.counter(ctx, accessVersions)
}

// RaiseAccessVersion implements role.Store.
func (db *DB) RaiseAccessVersion(ctx context.Context) (int64, error) {
	return db.raise(ctx, accessVersions)
}

// HoldAccessVersion implements role.Store. The update changes nothing and holds the
// row until the transaction ends.
func (db *DB) HoldAccessVersion(ctx context.Context) error {
	if _, err := db.exec(ctx, `UPDATE counters SET value = value WHERE name = ?`, accessVersions); err != nil {
		return fmt.Errorf("hold counter %s: %w", accessVersions, err)
	}
	return nil
}

// KeyringVersion implements keyring.Store.
func (db *DB) KeyringVersion(ctx context.Context) (int64, error) {
	return db.counter(ctx, keyringVersion)
}

// ClaimKeyring implements keyring.Store. The version in the WHERE clause lets one
// caller through.
func (db *DB) ClaimKeyring(ctx context.Context, from int64) (bool, error) {
	n, err := db.exec(ctx, `UPDATE counters SET value = value + 1 WHERE name = ? AND value = ?`, keyringVersion, from)
	if err != nil {
		return false, fmt.Errorf("claim the keyring from version %d: %w", from, err)
	}
	return n == 1, nil
}

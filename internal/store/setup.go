package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// PutSetupLink implements account.Store. The one row is there from the start, so
// everything here is an update.
func (db *DB) PutSetupLink(ctx context.Context, hash []byte, expiresAt time.Time) error {
	_, err := db.exec(ctx, `UPDATE setup_link SET hash = ?, expires_at = ? WHERE id = 1`, hash, millis(expiresAt))
	if err != nil {
		return fmt.Errorf("put setup link: %w", err)
	}
	return nil
}

// SetupLinkLive implements account.Store. What is compared is a hash of a random
// value, so the time that it takes tells nothing.
func (db *DB) SetupLinkLive(ctx context.Context, hash []byte, now time.Time) (bool, error) {
	var one int
	err := db.row(ctx, `SELECT 1 FROM setup_link WHERE id = 1 AND hash = ? AND expires_at > ?`, hash, millis(now)).Scan(&one)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("look for the setup link: %w", err)
	}
	return true, nil
}

// ConsumeSetupLink implements account.Store. The hash in the WHERE clause lets
// one caller through.
func (db *DB) ConsumeSetupLink(ctx context.Context, hash []byte, now time.Time) (bool, error) {
	n, err := db.exec(ctx, `
		UPDATE setup_link SET hash = NULL, expires_at = 0 WHERE id = 1 AND hash = ? AND expires_at > ?`,
		hash, millis(now))
	if err != nil {
		return false, fmt.Errorf("consume setup link: %w", err)
	}
	return n == 1, nil
}

// DropSetupLink implements account.Store.
func (db *DB) DropSetupLink(ctx context.Context) error {
	if _, err := db.exec(ctx, `UPDATE setup_link SET hash = NULL, expires_at = 0 WHERE id = 1`); err != nil {
		return fmt.Errorf("drop setup link: %w", err)
	}
	return nil
}
